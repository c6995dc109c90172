//! `POST /meetings?operation=create-attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeetingWithAttendees.html>
//!
//! Idempotent as a whole: the same token with other attendees is a conflict, and a request that
//! broke off half-way is completed by its repetition, because each of its steps finds what is there.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Call;
use super::enrolment::enrol;
use super::meeting_arn::meeting_arn;
use super::meeting_input::MeetingInput;
use super::opening::open;
use super::wire::{AskedFor, AttendeeItem, AttendeeOutput, MeetingOutput};
use crate::domain::MeetingId;
use crate::error::Error;
use crate::json::{Member, objects};
use crate::violations::Violations;

objects!(AttendeesInput);

/// The member that it has beside those of CreateMeeting.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct AttendeesInput {
    attendees: Member<Vec<Member<AttendeeItem>>>,
}

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attendees: Vec<AttendeeOutput>,
    errors: Vec<CreateAttendeeError>,
    meeting: MeetingOutput,
}

/// An attendee that could not be.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateAttendeeError {
    error_code: &'static str,
    error_message: String,
    external_user_id: String,
}

/// Creates the meeting of a token and its attendees, or finds what an equal request created.
pub(super) async fn create_meeting_with_attendees(
    call: Call<'_>,
    meeting: MeetingInput,
    input: AttendeesInput,
) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let meeting = meeting.read(&mut violations);
    let asked_for =
        violations.required_structure("attendees", input.attendees, |violations, list| {
            violations.elements("attendees", list, 1..=20, |violations, at, item| {
                item.read(violations, &format!("{at}."))
            })
        });
    let (Some(mut meeting), Some(asked_for)) = (meeting, asked_for) else {
        return Err(Error::Invalid(violations));
    };
    call.facts.meeting_id = Some(meeting.meeting_id);
    meeting.attendees = Some(digest(meeting.meeting_id, &asked_for));
    call.facts.replay = Some(open(&call, &meeting).await?);

    let (mut attendees, mut errors) = (Vec::new(), Vec::new());
    // One after the other, so that it is the first who get the seats where there are too few.
    for (index, asked_for) in asked_for.into_iter().enumerate() {
        let external_user_id = asked_for.external_user_id.expose().to_owned();
        let at = format!("attendees.{}.member.", index + 1);
        match enrol(&call, meeting.meeting_id, asked_for, &at).await {
            Ok(enrolled) => attendees.push(AttendeeOutput::from(&enrolled.attendee)),
            // These are of this attendee alone; what else fails, fails the request, which can be
            // repeated as a whole.
            Err(error @ (Error::Invalid(_) | Error::MeetingFull | Error::OtherCapabilities)) => {
                errors.push(CreateAttendeeError {
                    error_code: error.code(),
                    error_message: error.message().into_owned(),
                    external_user_id,
                });
            }
            // Only if somebody ended it meanwhile; this operation has no NotFoundException.
            Err(Error::MeetingEnded | Error::NoSuchMeeting) => return Err(Error::TokenUsed),
            Err(error) => return Err(error),
        }
    }
    let arn = meeting_arn(call.function_arn, meeting.meeting_id);
    Ok(Output { attendees, errors, meeting: MeetingOutput::new(&meeting, arn) })
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
