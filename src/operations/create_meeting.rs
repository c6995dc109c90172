//! `POST /meetings`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
//!
//! The meeting's id is derived from the request's token, and the write is conditional. So equal requests
//! create one meeting, however many callers send them at once.

use serde::Serialize;

use super::context::Context;
use super::shapes::{CreateMeetingRequest, MeetingOutput};
use crate::domain::Meeting;
use crate::error::Error;
use crate::rest_json::Bindings;
use crate::store::{FoundMeeting, MeetingCreation};
use crate::violations::{Reported, Violations};

pub struct Input {
    meeting: Meeting,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    meeting: MeetingOutput,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let body: CreateMeetingRequest = http.body(violations)?;
        Ok(Self { meeting: body.validate(violations)? })
    }
}

/// Creates the meeting of a token, or finds the one that an equal request created.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<Output, Error> {
    let meeting = create_meeting(&mut context, &input.meeting).await?;
    Ok(Output { meeting })
}

/// Stores the meeting, or finds the one that an equal request stored.
pub async fn create_meeting(
    context: &mut Context<'_>,
    meeting: &Meeting,
) -> Result<MeetingOutput, Error> {
    context.log.meeting_id = Some(meeting.meeting_id);
    context.log.replay = Some(is_replay(context, meeting).await?);
    Ok(MeetingOutput::new(context, meeting))
}

/// Stores the meeting, and tells whether an equal request had stored it before.
async fn is_replay(context: &Context<'_>, meeting: &Meeting) -> Result<bool, Error> {
    let (store, now) = (context.store, context.now());
    if let Some(obstacle) = obstacle(context, meeting, now).await? {
        // The obstacle may have come up after an equal request had created the meeting.
        return match store.find_meeting(meeting.meeting_id, now).await? {
            FoundMeeting::Active(stored, _) if *stored == *meeting => Ok(true),
            FoundMeeting::Active(..) | FoundMeeting::Ended => Err(Error::TokenUsed),
            FoundMeeting::NoSuchMeeting => Err(obstacle),
        };
    }
    let max_attendees = meeting.features.max_count().unwrap_or(context.settings.max_attendees);
    let end = now + context.settings.meeting_lifetime;
    match store.create_meeting(meeting, max_attendees, now, end).await? {
        MeetingCreation::Created => Ok(false),
        MeetingCreation::AlreadyExists(stored) if *stored == *meeting => Ok(true),
        MeetingCreation::AlreadyExists(_) | MeetingCreation::Ended => Err(Error::TokenUsed),
    }
}

/// The reason why a new meeting can't be created, if there is one.
async fn obstacle(
    context: &Context<'_>,
    meeting: &Meeting,
    now: u64,
) -> Result<Option<Error>, Error> {
    // The time to live may have removed the token's earlier meeting, but not yet its attendees. In a new
    // meeting with the same id their join tokens would be valid again.
    if context.store.has_attendees(meeting.meeting_id).await? {
        return Ok(Some(Error::TokenUsed));
    }
    let Some(primary) = meeting.primary_meeting_id else { return Ok(None) };
    match context.store.find_meeting(primary, now).await? {
        FoundMeeting::Active(..) => Ok(None),
        FoundMeeting::Ended | FoundMeeting::NoSuchMeeting => {
            Ok(Some(Error::BadRequest("The PrimaryMeetingId is not that of an active meeting")))
        }
    }
}
