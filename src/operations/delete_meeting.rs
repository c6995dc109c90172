//! `DELETE /meetings/{MeetingId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_DeleteMeeting.html>
//!
//! A meeting with replicas ends together with them. An unknown meeting counts as ended, so that the
//! response does not change when the time to live removes the item. The maintainers of the real
//! service call the operation idempotent: <https://github.com/aws/amazon-chime-sdk-js/issues/895>

use std::time::Duration;

use super::context::Context;
pub use super::shapes::MeetingPath as Input;
use crate::error::Error;

/// The time for the clean-up. The time to live removes the items that are left.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the item of an ended meeting is kept, in seconds. Until it is removed, its
/// ClientRequestToken can't create another meeting. An hour is longer than clients retry.
const ENDED_RETENTION: u64 = 3_600;

/// Ends a meeting and its replicas, and removes their attendees for up to one second.
pub async fn run(context: Context<'_>, input: Input) -> Result<(), Error> {
    let (store, now) = (context.store, context.now());
    let ended = store.end_meeting(input.meeting_id, now.after(ENDED_RETENTION), now).await?;
    // The meeting has ended, as the caller asked. No caller can see items that are left, because
    // every operation on an attendee checks the meeting first. So a failure is only a warning in
    // the log.
    let cleanup = async {
        for meeting_id in ended {
            store.remove_attendees(meeting_id).await?;
        }
        Ok::<_, Error>(())
    };
    context.log.warning = match tokio::time::timeout(CLEANUP_TIMEOUT, cleanup).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => {
            error.cause().map(|cause| format!("clean-up not finished: {cause}").into())
        }
        Err(_) => Some("clean-up not finished in time".into()),
    };
    Ok(())
}
