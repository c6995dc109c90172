//! `GET /meetings/{MeetingId}/attendees/{AttendeeId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_GetAttendee.html>

use futures_util::future::try_join;
use serde::Serialize;

use super::Call;
use super::wire::AttendeeOutput;
use crate::domain::{AttendeeId, MeetingId};
use crate::error::Error;
use crate::store::Stored;
use crate::violations::Violations;

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attendee: AttendeeOutput,
}

/// Finds an attendee of an active meeting.
pub(super) async fn get_attendee(
    call: Call<'_>,
    meeting_id: &str,
    attendee_id: &str,
) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let meeting_id = violations.check("meetingId", MeetingId::parse(meeting_id));
    let attendee_id = violations.check("attendeeId", AttendeeId::parse(attendee_id));
    call.facts.meeting_id = meeting_id;
    let (Some(meeting_id), Some(attendee_id)) = (meeting_id, attendee_id) else {
        return Err(Error::Invalid(violations));
    };
    let found = call.store.find_attendee(meeting_id, attendee_id);
    let (_, attendee) = try_join(call.active_meeting(meeting_id), found).await?;
    let Some(Stored::Attendee(attendee)) = attendee else { return Err(Error::NoSuchAttendee) };
    call.facts.attendee_id = Some(attendee_id);
    Ok(Output { attendee: AttendeeOutput::from(&attendee) })
}
