//! `POST /meetings/{MeetingId}/transcription?operation=stop`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_StopMeetingTranscription.html>
//!
//! Nothing was transcribed, so there is nothing to stop.

use super::context::Context;
pub use super::shapes::MeetingPath as Input;
use crate::error::Error;

/// Finds out whether the meeting is active.
pub async fn run(context: Context<'_>, input: Input) -> Result<(), Error> {
    context.active_meeting(input.meeting_id).await.map(drop)
}
