//! `POST /meetings?operation=create-attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeetingWithAttendees.html>
//!
//! The operation is idempotent as a whole: the same token with other attendees is a conflict. Repeating a
//! request that failed half-way completes it, because each step finds what an earlier one has stored.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::batch_create_attendee::{self as batch, create_attendees, validate_attendees};
use super::context::Context;
use super::create_meeting::create_meeting;
use super::shapes::{
    AttendeeRequest, CreateAttendeeRequestItem, CreateMeetingRequest, MeetingOutput,
};
use crate::domain::{MeetingId, NewMeeting};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

objects!(Body);

const MAX_ATTENDEES: usize = 20;

pub struct Input {
    meeting: NewMeeting,
    attendees: Vec<AttendeeRequest>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Body {
    #[serde(flatten)]
    meeting: CreateMeetingRequest,
    attendees: Member<Vec<Member<CreateAttendeeRequestItem>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    #[serde(flatten)]
    attendees: batch::Output,
    meeting: MeetingOutput,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let body: Body = http.body(violations)?;
        let meeting = body.meeting.validate(violations);
        let attendees = validate_attendees(body.attendees, MAX_ATTENDEES, violations);
        let (mut new, attendees) = (meeting?, attendees?);
        new.meeting.attendees_digest = Some(digest(new.meeting.meeting_id, &attendees));
        Ok(Self { meeting: new, attendees })
    }
}

/// Creates the meeting of a token and its attendees, or finds what an equal request created.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<Output, Error> {
    let meeting_id = input.meeting.meeting.meeting_id;
    let meeting = create_meeting(&mut context, &input.meeting).await?;
    let attendees = create_attendees(&mut context, meeting_id, &input.attendees).await;
    let attendees = attendees.map_err(|error| match error {
        // Somebody has ended the meeting meanwhile. This operation has no NotFoundException.
        Error::MeetingEnded | Error::NoSuchMeeting => Error::TokenUsed,
        other => other,
    })?;
    Ok(Output { attendees, meeting })
}

/// A digest that is equal for the same attendees in the same order.
fn digest(meeting: MeetingId, attendees: &[AttendeeRequest]) -> Uuid {
    let line = |attendee: &AttendeeRequest| {
        let media = attendee.capabilities.map_or(["", "", ""], |named| {
            [named.audio(), named.video(), named.content()].map(|medium| medium.as_str())
        });
        format!("{}\0{}\n", attendee.external_user_id.expose(), media.join("\0"))
    };
    meeting.digest_of(&attendees.iter().map(line).collect::<String>())
}
