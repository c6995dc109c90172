//! `DELETE /meetings/{MeetingId}/attendees/{AttendeeId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_DeleteAttendee.html>
//!
//! It can be repeated by a caller whose answer was lost: until the user comes back, the answer is the
//! same.

use futures_util::future::try_join;

use super::Call;
use crate::error::Error;
use crate::store::{AttendeeDeletion, StoredAttendee};

/// Deletes an attendee, with its join token, and frees the seat.
pub(super) async fn delete_attendee(
    mut call: Call<'_>,
    meeting_id: &str,
    attendee_id: &str,
) -> Result<(), Error> {
    let (meeting_id, attendee_id) = call.ids(meeting_id, attendee_id)?;
    let found = call.store.find_attendee(meeting_id, attendee_id);
    let (_, found) = try_join(call.active_meeting(meeting_id), found).await?;
    let attendee = match found.ok_or(Error::NoSuchAttendee)? {
        StoredAttendee::Present(attendee) => attendee,
        StoredAttendee::Deleted(_) => {
            call.facts.attendee_id = Some(attendee_id);
            return Ok(());
        }
    };
    call.facts.attendee_id = Some(attendee_id);
    match call.store.delete_attendee(meeting_id, &attendee, call.clock.epoch_seconds()).await? {
        AttendeeDeletion::Deleted => Ok(()),
        AttendeeDeletion::NoSuchAttendee => Err(Error::NoSuchAttendee),
        AttendeeDeletion::Ended => Err(Error::MeetingEnded),
    }
}
