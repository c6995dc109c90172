//! `POST /meetings`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
//!
//! The token of the request gives the meeting its id, so that the same request makes the same
//! meeting, from any number of callers at once.

use serde::Serialize;

use super::Call;
use super::meeting_arn::meeting_arn;
use super::meeting_input::MeetingInput;
use super::opening::open;
use super::wire::MeetingOutput;
use crate::error::Error;
use crate::violations::Violations;

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    meeting: MeetingOutput,
}

/// Creates the meeting of a token, or finds the one that an equal request created.
pub(super) async fn create_meeting(call: Call<'_>, input: MeetingInput) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let Some(meeting) = input.read(&mut violations) else {
        return Err(Error::Invalid(violations));
    };
    call.facts.meeting_id = Some(meeting.meeting_id);
    call.facts.replay = Some(open(&call, &meeting).await?);
    let arn = meeting_arn(call.function_arn, meeting.meeting_id);
    Ok(Output { meeting: MeetingOutput::new(&meeting, arn) })
}
