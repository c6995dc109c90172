//! `POST /meetings/{MeetingId}/transcription?operation=stop`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_StopMeetingTranscription.html>

use super::Call;
use super::transcription::kept;
use crate::error::Error;

/// Forgets the configuration of an active meeting; one that was never started has none to forget.
pub(super) async fn stop_meeting_transcription(
    mut call: Call<'_>,
    meeting_id: &str,
) -> Result<(), Error> {
    let meeting_id = call.meeting_id(meeting_id)?;
    kept(call.store.remove_transcription(meeting_id, call.clock.epoch_seconds()).await?)
}
