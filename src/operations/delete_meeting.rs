//! `DELETE /meetings/{MeetingId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_DeleteMeeting.html>
//!
//! One write ends the meeting at once for everybody. An unknown meeting counts as one that has ended, so
//! that the answer does not change when the time to live removes the item. The maintainers of the real
//! service call the operation idempotent: <https://github.com/aws/amazon-chime-sdk-js/issues/895>

use std::time::Duration;

use super::context::Context;
pub use super::shapes::MeetingPath as Input;
use crate::error::Error;

/// The time for removing the attendees' items. The time to live removes the rest.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(1);

/// Ends a meeting and removes its attendees for up to one second; the time to live removes the rest.
pub async fn run(context: Context<'_>, input: Input) -> Result<(), Error> {
    let Input { meeting_id } = input;
    if !context.store.end_meeting(meeting_id, context.now()).await? {
        return Ok(());
    }
    // The meeting has ended, as the caller asked. No caller can see items that are left, because every
    // operation on an attendee checks the meeting first. So a failure is only a warning in the log.
    let cleanup = context.store.remove_attendees(meeting_id);
    context.log.warning = match tokio::time::timeout(CLEANUP_TIMEOUT, cleanup).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            error.cause().map(|cause| format!("attendees not removed: {cause}").into())
        }
        Err(_) => Some("attendees not removed in time".into()),
    };
    Ok(())
}
