//! `PUT /meetings/{MeetingId}/attendees/capabilities?operation=batch-update-except`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_BatchUpdateAttendeeCapabilitiesExcept.html>
//!
//! It is not done at one moment: who joins while it is under way keeps the capabilities that were asked
//! for, and after a failure some are changed and some are not. The same update can be repeated.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use serde::Deserialize;

use super::batch_enrolment::AT_ONCE;
use super::enrolment::effective;
use super::update_attendee_capabilities::read;
use super::wire::CapabilitiesInput;
use super::{Call, MOST_ATTENDEES};
use crate::domain::{AttendeeId, MeetingId};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::store::CapabilityUpdate;
use crate::violations::Violations;

objects!(Body, AttendeeIdItem);

/// The body.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Body {
    capabilities: Member<CapabilitiesInput>,
    excluded_attendee_ids: Member<Vec<Member<AttendeeIdItem>>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AttendeeIdItem {
    attendee_id: Member<String>,
}

/// Gives all attendees but some other capabilities.
pub(super) async fn batch_update_attendee_capabilities_except(
    call: Call<'_>,
    meeting_id: &str,
    body: Body,
) -> Result<(), Error> {
    let mut violations = Violations::default();
    let meeting_id = violations.check("meetingId", MeetingId::parse(meeting_id));
    call.facts.meeting_id = meeting_id;
    let excluded = violations.required_structure(
        "excludedAttendeeIds",
        body.excluded_attendee_ids,
        |violations, list| {
            violations.elements("excludedAttendeeIds", list, 1..=250, |violations, at, item| {
                let parse = |text: String| AttendeeId::parse(&text);
                violations.required(&format!("{at}.attendeeId"), item.attendee_id, parse)
            })
        },
    );
    let capabilities = read(&mut violations, body.capabilities);
    let (Some(meeting_id), Some(excluded), Some(capabilities)) =
        (meeting_id, excluded, capabilities)
    else {
        return Err(Error::Invalid(violations));
    };
    let (meeting, _) = call.active_meeting(meeting_id).await?;
    effective(Some(capabilities), meeting.features.excluded_media(), "")?;
    let mut attendees = call.store.list_attendees(meeting_id, None, MOST_ATTENDEES).await?;
    let excluded: HashSet<_> = excluded.into_iter().collect();
    attendees.retain(|attendee| !excluded.contains(&attendee.attendee_id));
    let store = call.store;
    let changes = attendees.into_iter().map(|attendee| async move {
        store.update_capabilities(meeting_id, &attendee, capabilities).await
    });
    // Whatever becomes of one, the others are changed.
    let changes: Vec<_> = stream::iter(changes).buffer_unordered(AT_ONCE).collect().await;
    let mut conflict = false;
    for change in changes {
        // Who is gone needs no capabilities.
        conflict |= change? == CapabilityUpdate::ChangedMeanwhile;
    }
    if conflict { Err(Error::ChangedMeanwhile) } else { Ok(()) }
}
