//! `DELETE /meetings/{MeetingId}/attendees/{AttendeeId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_DeleteAttendee.html>
//!
//! A caller who got no response can retry: the response is the same until the user gets a new
//! attendee.

use futures_util::future::try_join;

use super::context::Context;
pub use super::shapes::AttendeePath as Input;
use crate::error::Error;
use crate::store::AttendeeDeletion;

/// Deletes an attendee and its join token, and frees the seat.
pub async fn run(context: Context<'_>, input: Input) -> Result<(), Error> {
    let Input { meeting_id, attendee_id } = input;
    let found = context.store.find_attendee(meeting_id, attendee_id);
    let (meeting, found) = try_join(context.active_meeting(meeting_id), found).await?;
    let attendee = found.ok_or(Error::NoSuchAttendee)?;
    context.log.attendee_id = Some(attendee_id);
    if attendee.is_deleted() {
        return Ok(());
    }
    let (end, now) = (meeting.end()?, context.now());
    match context.store.delete_attendee(meeting_id, &attendee, end, now).await? {
        AttendeeDeletion::Deleted => Ok(()),
        AttendeeDeletion::NoSuchAttendee => Err(Error::NoSuchAttendee),
        AttendeeDeletion::Ended => Err(Error::MeetingEnded),
    }
}
