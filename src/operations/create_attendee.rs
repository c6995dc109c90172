//! `POST /meetings/{MeetingId}/attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateAttendee.html>
//!
//! The external user id is the idempotency token within a meeting: whoever asks again, however
//! often and from however many places at once, gets the attendee that came first.

use serde::Serialize;

use super::Call;
use super::enrolment::{Enrolled, enrol};
use super::wire::{AttendeeItem, AttendeeOutput};
use crate::domain::MeetingId;
use crate::error::Error;
use crate::violations::Violations;

/// As it comes.
pub(super) struct Input {
    /// From the path.
    pub(super) meeting_id: String,
    /// The body.
    pub(super) attendee: AttendeeItem,
}

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attendee: AttendeeOutput,
}

/// Creates the user's attendee, or finds the one that an equal request created.
pub(super) async fn create_attendee(call: Call<'_>, input: Input) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let meeting_id = violations.check("meetingId", MeetingId::parse(&input.meeting_id));
    call.facts.meeting_id = meeting_id;
    let asked_for = input.attendee.read(&mut violations, "");
    let (Some(meeting_id), Some(asked_for)) = (meeting_id, asked_for) else {
        return Err(Error::Invalid(violations));
    };

    let Enrolled { attendee, replay, .. } = enrol(&call, meeting_id, asked_for).await?;
    call.facts.attendee_id = Some(attendee.attendee_id);
    call.facts.replay = Some(replay);
    Ok(Output { attendee: AttendeeOutput::from(&attendee) })
}
