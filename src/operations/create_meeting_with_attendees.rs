//! `POST /meetings?operation=create-attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeetingWithAttendees.html>
//!
//! Idempotent as a whole: the same token with other attendees is a conflict, and a request that
//! broke off half-way is completed by its repetition, because each of its steps finds what is there.

use serde::Serialize;
use uuid::Uuid;

use super::Call;
use super::batch_create_attendee::AttendeesInput;
use super::batch_enrolment::{Enrolments, enrol_all};
use super::meeting_arn::meeting_arn;
use super::meeting_input::MeetingInput;
use super::opening::open;
use super::wire::{AskedFor, MeetingOutput};
use crate::domain::MeetingId;
use crate::error::Error;
use crate::violations::Violations;

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    #[serde(flatten)]
    enrolments: Enrolments,
    meeting: MeetingOutput,
}

/// Creates the meeting of a token and its attendees, or finds what an equal request created.
pub(super) async fn create_meeting_with_attendees(
    call: Call<'_>,
    meeting: MeetingInput,
    input: AttendeesInput,
) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let meeting = meeting.read(&mut violations);
    let asked_for = input.read(&mut violations, 20);
    let (Some(mut meeting), Some(asked_for)) = (meeting, asked_for) else {
        return Err(Error::Invalid(violations));
    };
    call.facts.meeting_id = Some(meeting.meeting_id);
    meeting.attendees = Some(digest(meeting.meeting_id, &asked_for));
    call.facts.replay = Some(open(&call, &meeting).await?);

    let enrolments = enrol_all(&call, meeting.meeting_id, &asked_for).await.map_err(|error| {
        match error {
            // Only if somebody ended it meanwhile; this operation has no NotFoundException.
            Error::MeetingEnded | Error::NoSuchMeeting => Error::TokenUsed,
            other => other,
        }
    })?;
    let arn = meeting_arn(call.function_arn, meeting.meeting_id);
    Ok(Output { enrolments, meeting: MeetingOutput::new(&meeting, arn) })
}

/// The same for the same attendees in the same order, and nothing of their names (UUID v5).
fn digest(meeting: MeetingId, asked_for: &[AskedFor]) -> Uuid {
    let line = |one: &AskedFor| {
        let media = one.capabilities.map_or(["", "", ""], |named| {
            [named.audio(), named.video(), named.content()].map(|medium| medium.as_str())
        });
        format!("{}\0{}\n", one.external_user_id.expose(), media.join("\0"))
    };
    meeting.digest_of(&asked_for.iter().map(line).collect::<String>())
}
