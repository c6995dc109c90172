//! `POST /meetings?operation=create-attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeetingWithAttendees.html>
//!
//! The meeting is found or created as CreateMeeting does it, and then each attendee as
//! BatchCreateAttendee does it. So every caller with the token can join by a request that names
//! only its own user, and a retry of a request that failed half-way completes it.

use serde::{Deserialize, Serialize};

use super::batch_create_attendee::{self as batch, create_attendees, validate_attendees};
use super::context::Context;
use super::create_meeting::find_or_create_meeting;
use super::shapes::{
    AttendeeRequest, CreateAttendeeRequestItem, CreateMeetingRequest, MeetingOutput,
};
use crate::domain::NewMeeting;
use crate::error::Error;
use crate::json::{List, Member, objects};
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

objects!(Body);

const MAX_BATCH: usize = 20;

pub struct Input {
    meeting: NewMeeting,
    attendees: Vec<AttendeeRequest>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Body {
    attendees: Member<List<CreateAttendeeRequestItem, MAX_BATCH>>,
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
        // Both are read from the whole body, because `#[serde(flatten)]` would keep all elements.
        let meeting: CreateMeetingRequest = http.body(violations)?;
        let body: Body = http.body(violations)?;
        let meeting = meeting.validate(violations);
        let attendees = validate_attendees(body.attendees, violations);
        Ok(Self { meeting: meeting?, attendees: attendees? })
    }
}

/// Finds the meeting that the token names, or creates it, and then finds or creates the attendees.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<Output, Error> {
    let meeting_id = input.meeting.meeting.meeting_id;
    let meeting = find_or_create_meeting(&mut context, input.meeting).await?;
    let attendees = create_attendees(&mut context, meeting_id, &input.attendees).await;
    let attendees = attendees.map_err(|error| match error {
        // Somebody has ended the meeting meanwhile. This operation has no NotFoundException.
        Error::MeetingEnded | Error::NoSuchMeeting => Error::TokenUsed,
        other => other,
    })?;
    Ok(Output { attendees, meeting })
}
