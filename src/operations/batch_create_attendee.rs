//! `POST /meetings/{MeetingId}/attendees?operation=batch-create`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_BatchCreateAttendee.html>
//!
//! Each attendee is as idempotent as CreateAttendee's, so the whole can be repeated, in parts too.

use serde::Deserialize;

use super::Call;
use super::batch_enrolment::{Enrolments, enrol_all};
use super::wire::{AskedFor, AttendeeItem};
use crate::domain::MeetingId;
use crate::error::Error;
use crate::json::{Member, objects};
use crate::violations::Violations;

objects!(AttendeesInput);

/// The body.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct AttendeesInput {
    attendees: Member<Vec<Member<AttendeeItem>>>,
}

impl AttendeesInput {
    /// Checks every attendee; there can be `most`.
    pub(super) fn read(self, violations: &mut Violations, most: usize) -> Option<Vec<AskedFor>> {
        violations.required_structure("attendees", self.attendees, |violations, list| {
            violations.elements("attendees", list, 1..=most, |violations, at, item| {
                item.read(violations, &format!("{at}."))
            })
        })
    }
}

/// Creates attendees, or finds those that equal requests created.
pub(super) async fn batch_create_attendee(
    call: Call<'_>,
    meeting_id: &str,
    input: AttendeesInput,
) -> Result<Enrolments, Error> {
    let mut violations = Violations::default();
    let meeting_id = violations.check("meetingId", MeetingId::parse(meeting_id));
    call.facts.meeting_id = meeting_id;
    let asked_for = input.read(&mut violations, 100);
    let (Some(meeting_id), Some(asked_for)) = (meeting_id, asked_for) else {
        return Err(Error::Invalid(violations));
    };
    enrol_all(&call, meeting_id, &asked_for).await
}
