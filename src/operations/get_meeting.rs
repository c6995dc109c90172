//! `GET /meetings/{MeetingId}`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_GetMeeting.html>

use super::context::Context;
use super::shapes::MeetingOutput;
pub use super::shapes::{MeetingPath as Input, MeetingResponse as Output};
use crate::error::Error;

/// Finds an active meeting.
pub async fn run(context: Context<'_>, input: Input) -> Result<Output, Error> {
    let found = context.active_meeting(input.meeting_id).await?;
    Ok(Output { meeting: MeetingOutput::new(&context, &found.meeting()?) })
}
