//! `GET /meetings/{MeetingId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_GetMeeting.html>

use serde::Serialize;

use super::Call;
use super::meeting_arn::meeting_arn;
use super::wire::MeetingOutput;
use crate::error::Error;

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    meeting: MeetingOutput,
}

/// Finds a meeting that is active.
pub(super) async fn get_meeting(mut call: Call<'_>, meeting_id: &str) -> Result<Output, Error> {
    let meeting_id = call.meeting_id(meeting_id)?;
    let (meeting, _) = call.active_meeting(meeting_id).await?;
    let arn = meeting_arn(call.function_arn, meeting_id);
    Ok(Output { meeting: MeetingOutput::new(&meeting, arn) })
}
