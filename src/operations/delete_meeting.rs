//! `DELETE /meetings/{MeetingId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_DeleteMeeting.html>
//!
//! One write ends the meeting at once and for everybody. An unknown meeting is one that has ended, so that
//! the answer is the same before and after the time to live removes the item. The service's maintainers
//! call the operation idempotent: <https://github.com/aws/amazon-chime-sdk-js/issues/895>

use std::time::Duration;

use super::Call;
use crate::error::Error;

/// What the removal of the attendees may take. What is left then is removed by its time to live.
const REMOVAL: Duration = Duration::from_secs(1);

/// Ends a meeting, and removes its attendees as far as that is quick.
pub(super) async fn delete_meeting(mut call: Call<'_>, meeting_id: &str) -> Result<(), Error> {
    let meeting_id = call.meeting_id(meeting_id)?;
    if !call.store.end_meeting(meeting_id, call.clock.epoch_seconds()).await? {
        return Ok(());
    }
    // The meeting has ended, which is what was asked for; whether its attendees' items are gone is
    // seen by nobody, because every look at one begins with the meeting. The log tells of it.
    let removal = tokio::time::timeout(REMOVAL, call.store.remove_attendees(meeting_id)).await;
    call.facts.left_undone = match removal {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            error.cause().map(|cause| format!("attendees not removed: {cause}").into())
        }
        Err(_) => Some("attendees not removed in time".into()),
    };
    Ok(())
}
