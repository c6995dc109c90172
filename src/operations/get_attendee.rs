//! `GET /meetings/{MeetingId}/attendees/{AttendeeId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_GetAttendee.html>

use futures_util::future::try_join;
use serde::Serialize;

use super::Call;
use super::wire::AttendeeOutput;
use crate::error::Error;
use crate::store::StoredAttendee;

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attendee: AttendeeOutput,
}

/// Finds an attendee of an active meeting.
pub(super) async fn get_attendee(
    mut call: Call<'_>,
    meeting_id: &str,
    attendee_id: &str,
) -> Result<Output, Error> {
    let (meeting_id, attendee_id) = call.ids(meeting_id, attendee_id)?;
    let found = call.store.find_attendee(meeting_id, attendee_id);
    let (_, attendee) = try_join(call.active_meeting(meeting_id), found).await?;
    let Some(StoredAttendee::Present(attendee)) = attendee else {
        return Err(Error::NoSuchAttendee);
    };
    call.facts.attendee_id = Some(attendee_id);
    Ok(Output { attendee: AttendeeOutput::from(&attendee) })
}
