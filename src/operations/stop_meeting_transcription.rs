//! `POST /meetings/{MeetingId}/transcription?operation=stop`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_StopMeetingTranscription.html>

use super::context::Context;
pub use super::shapes::MeetingPath as Input;
use super::start_meeting_transcription::updated;
use crate::error::Error;

/// Removes the transcription configuration of an active meeting, if it has one.
pub async fn run(context: Context<'_>, input: Input) -> Result<(), Error> {
    updated(context.store.remove_transcription(input.meeting_id, context.now()).await?)
}
