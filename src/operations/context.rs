//! What an operation may use, and what it adds to the request's log line.

use crate::clock::{Clock, Timestamp};
use crate::domain::{AttendeeId, MeetingId, ResourceArn, Tags};
use crate::error::{Cause, Error};
use crate::settings::Settings;
use crate::store::{ActiveMeeting, FoundMeeting, Store};

/// What an operation may use. It knows nothing of HTTP, of events or of the log's form.
pub struct Context<'a> {
    /// The meetings and attendees.
    pub store: &'a Store,
    /// The time of day.
    pub clock: &'a Clock,
    /// The operator's settings.
    pub settings: &'a Settings,
    /// The function's own ARN, or an empty string. The ARNs of meetings take their account and region
    /// from it.
    pub function_arn: &'a str,
    /// The fields of the request's log line.
    pub log: &'a mut LogFields,
}

/// The fields that an operation adds to the request's log line. Its ids are parsed, so they contain no other
/// text of the request.
#[derive(Debug, Default)]
pub struct LogFields {
    /// The meeting of the request, once its id is known to be well-formed.
    pub meeting_id: Option<MeetingId>,
    /// The attendee that was created or found.
    pub attendee_id: Option<AttendeeId>,
    /// Whether the response repeats that of an earlier request.
    pub replay: Option<bool>,
    /// What failed without changing the response.
    pub warning: Option<Cause>,
}

impl Context<'_> {
    /// The time of day.
    pub fn now(&self) -> Timestamp {
        self.clock.timestamp()
    }

    /// The meeting, or the error of one that is unknown or has ended.
    pub async fn active_meeting(&self, meeting_id: MeetingId) -> Result<ActiveMeeting, Error> {
        match self.store.find_meeting(meeting_id, self.now()).await? {
            FoundMeeting::Active(found) => Ok(found),
            FoundMeeting::Ended => Err(Error::MeetingEnded),
            FoundMeeting::NoSuchMeeting => Err(Error::NoSuchMeeting),
        }
    }

    /// Warns in the log of attendees that can't be read, and names the first of them: the others of
    /// the meeting are none the worse.
    pub fn warn_of_unreadable<'e>(&mut self, errors: impl IntoIterator<Item = &'e Error>) {
        let mut errors = errors.into_iter();
        let Some(first) = errors.next() else { return };
        self.log.attendee_id = first.attendee_id();
        let (count, cause) = (1 + errors.count(), first.cause().unwrap_or_default());
        self.log.warning = Some(format!("{count} of the attendees can't be read: {cause}").into());
    }

    /// The active meeting with this ARN, and its current tags.
    pub async fn tagged_meeting(&mut self, arn: &ResourceArn) -> Result<(MeetingId, Tags), Error> {
        let unknown = || Error::NoSuchResource(arn.clone());
        let meeting_id = arn.meeting().ok_or_else(unknown)?;
        self.log.meeting_id = Some(meeting_id);
        match self.store.find_meeting(meeting_id, self.now()).await? {
            FoundMeeting::Active(found) => Ok((meeting_id, found.tags()?)),
            FoundMeeting::Ended | FoundMeeting::NoSuchMeeting => Err(unknown()),
        }
    }
}
