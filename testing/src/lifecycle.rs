//! The lifecycle events of meetings and attendees, from the old and new images of their items in the
//! streams of the two tables: <https://docs.aws.amazon.com/chime-sdk/latest/dg/using-events.html>
//!
//! | table | old image → new image | event |
//! | --- | --- | --- |
//! | meetings | not active → active | `MeetingStarted` |
//! | meetings | active → not active, or removed | `MeetingEnded` |
//! | attendees | absent, deleted, or another attendee of the user → present | `AttendeeAdded` |
//! | attendees | present → deleted | `AttendeeDeleted` |
//! | attendees | present → present, with other capabilities | `AttendeeCapabilitiesUpdated` |
//!
//! Everything else is no event, also the removal of attendees with their meeting.
//!
//! A deployed stack sends no events. It could, with a small function that reads these streams and
//! calls PutEvents: no request would take longer, an outage of up to 24 hours would lose nothing, and
//! a meeting's end by its lifetime would be as late as the time to live.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use dynoxide::Item;
use rollcall::store::schema;
use serde::Serialize;
use uuid::Uuid;

use crate::attributes::{capabilities, number, text};
use crate::gateway::FUNCTION_ARN;

const UPDATED: &str = "chime:AttendeeCapabilitiesUpdated";

/// A change of an item, as its stream describes it.
pub struct Change {
    /// Different for each change.
    pub id: Uuid,
    /// The table of the item.
    pub table: Table,
    /// The item before the change.
    pub old: Option<Item>,
    /// The item after the change.
    pub new: Option<Item>,
    /// When it happened, in seconds since 1970.
    pub at: i64,
}

/// The table of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// One item for each meeting.
    Meetings,
    /// One item for each user of a meeting.
    Attendees,
}

/// An event, in the envelope of EventBridge. It is equal each time that it is made of the same change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event {
    version: &'static str,
    id: String,
    detail_type: &'static str,
    source: &'static str,
    account: &'static str,
    time: String,
    region: &'static str,
    resources: [&'static str; 0],
    /// What happened.
    pub detail: Detail,
}

/// The part of an event that is about the meeting or attendee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    version: &'static str,
    /// For example `chime:MeetingStarted`.
    pub event_type: &'static str,
    /// In milliseconds since 1970.
    pub timestamp: i64,
    /// The meeting.
    pub meeting_id: String,
    /// The attendee, in an event of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee_id: Option<String>,
    /// The attendee's user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_user_id: Option<String>,
    /// Absent if the meeting's item is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_meeting_id: Option<String>,
    /// Absent if the meeting's item is not there any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    success: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attendee_capabilities: Option<Capabilities>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Capabilities {
    audio: String,
    video: String,
    content: String,
}

/// The event that a change means, if it means one. `meeting` finds the item of an attendee's meeting.
pub fn event(change: &Change, meeting: impl FnOnce(&str) -> Option<Item>) -> Option<Event> {
    let (old, new) = (change.old.as_ref(), change.new.as_ref());
    let meeting_id = text(new.or(old)?, "MeetingId")?;
    match change.table {
        Table::Meetings => match (old.filter(is_active), new.filter(is_active)) {
            (None, Some(meeting)) => {
                Some(change.event("chime:MeetingStarted", meeting_id, meeting))
            }
            (Some(meeting), None) => {
                let mut event = change.event("chime:MeetingEnded", meeting_id, meeting);
                // Whoever ended or removed a meeting whose lifetime was over already did not end it then.
                let lifetime =
                    number(meeting, schema::EXPIRES_AT).map(|end| end.saturating_mul(1_000));
                event.detail.timestamp = event.detail.timestamp.min(lifetime.unwrap_or(i64::MAX));
                Some(event)
            }
            _ => None,
        },
        Table::Attendees => {
            let (old, new) = (old.filter(|old| is_present(old)), new?);
            let differs = |old: &Item, name| old.get(name) != new.get(name);
            let event_type = match (old, is_present(new)) {
                (None, true) => "chime:AttendeeAdded",
                (Some(old), true) if differs(old, "AttendeeId") => "chime:AttendeeAdded",
                (Some(old), true) if differs(old, "Revision") => UPDATED,
                (Some(_), false) => "chime:AttendeeDeleted",
                _ => return None,
            };
            let meeting = meeting(&meeting_id).unwrap_or_default();
            let mut event = change.event(event_type, meeting_id, &meeting);
            event.detail.attendee_id = Some(text(new, "AttendeeId")?);
            event.detail.external_user_id = Some(text(new, "ExternalUserId")?);
            if event_type == UPDATED {
                event.detail.success = Some("1");
                let [audio, video, content] = capabilities(new);
                let (audio, video, content) = (audio?, video?, content?);
                event.detail.attendee_capabilities = Some(Capabilities { audio, video, content });
            }
            Some(event)
        }
    }
}

impl Detail {
    /// The capabilities for audio, video and content, in an event of their update.
    pub fn capabilities(&self) -> Option<[&str; 3]> {
        let Capabilities { audio, video, content } = self.attendee_capabilities.as_ref()?;
        Some([audio, video, content])
    }
}

impl Change {
    fn event(&self, event_type: &'static str, meeting_id: String, meeting: &Item) -> Event {
        let mut arn = FUNCTION_ARN.split(':').skip(3);
        Event {
            version: "0",
            id: self.id.to_string(),
            detail_type: "Chime Meeting State Change",
            source: "aws.chime",
            region: arn.next().unwrap_or_default(),
            account: arn.next().unwrap_or_default(),
            time: DateTime::from_secs(self.at).fmt(Format::DateTime).unwrap_or_default(),
            resources: [],
            detail: Detail {
                version: "0",
                event_type,
                timestamp: self.at * 1_000,
                meeting_id,
                attendee_id: None,
                external_user_id: None,
                external_meeting_id: text(meeting, "ExternalMeetingId"),
                media_region: text(meeting, "MediaRegion"),
                success: None,
                attendee_capabilities: None,
            },
        }
    }
}

/// Whether a meeting's item is that of a meeting which was not deleted. It may also be a placeholder.
fn is_active(item: &&Item) -> bool {
    item.contains_key("ExternalMeetingId") && !item.contains_key("EndedAt")
}

/// Whether an attendee's item is not a tombstone.
fn is_present(item: &Item) -> bool {
    !item.contains_key("DeletedAt")
}
