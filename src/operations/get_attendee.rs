//! `GET /meetings/{MeetingId}/attendees/{AttendeeId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_GetAttendee.html>

use futures_util::future::try_join;

use super::context::Context;
use super::shapes::AttendeeOutput;
pub use super::shapes::{AttendeePath as Input, AttendeeResponse as Output};
use crate::error::Error;

/// Finds an attendee of an active meeting.
pub async fn run(context: Context<'_>, input: Input) -> Result<Output, Error> {
    let Input { meeting_id, attendee_id } = input;
    let found = context.store.find_attendee(meeting_id, attendee_id);
    let (_, found) = try_join(context.active_meeting(meeting_id), found).await?;
    let attendee = found.ok_or(Error::NoSuchAttendee)?.attendee()?;
    context.log.attendee_id = Some(attendee_id);
    Ok(Output { attendee: AttendeeOutput::from(&attendee) })
}
