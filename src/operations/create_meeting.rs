//! `POST /meetings`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
//!
//! The meeting's id is derived from the request's token, and the write is conditional. So equal requests
//! create one meeting, however many callers send them at once. A replica takes two writes: its primary gets
//! the replica's id first, so that nobody can end the primary without the replica.

use serde::Serialize;

use super::context::Context;
use super::shapes::{CreateMeetingRequest, MeetingOutput};
use crate::domain::Meeting;
use crate::error::Error;
use crate::rest_json::Bindings;
use crate::store::{FoundMeeting, MeetingCreation, ReplicaReservation};
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

/// Stores the meeting. Returns whether an equal request had stored it before.
async fn is_replay(context: &Context<'_>, meeting: &Meeting) -> Result<bool, Error> {
    let (store, now) = (context.store, context.now());
    let primary_end = match primary_end(context, meeting, now).await? {
        Ok(primary_end) => primary_end,
        // The obstacle may have come up after an equal request had created the meeting.
        Err(obstacle) => {
            return match store.find_meeting(meeting.meeting_id, now).await? {
                FoundMeeting::Active(found) if found.meeting == *meeting => Ok(true),
                FoundMeeting::Active(_) | FoundMeeting::Ended => Err(Error::TokenUsed),
                FoundMeeting::NoSuchMeeting => Err(obstacle),
            };
        }
    };
    let max_attendees = meeting.features.max_count().unwrap_or(context.settings.max_attendees);
    // With an end of its own, a replica could be over for an instance while its primary is not, and outlive
    // its primary for an instance whose clock is behind.
    let end = primary_end.unwrap_or(now + context.settings.meeting_lifetime);
    match store.create_meeting(meeting, max_attendees, now, end).await? {
        MeetingCreation::Created => Ok(false),
        MeetingCreation::AlreadyExists(found) if found.meeting == *meeting => Ok(true),
        MeetingCreation::AlreadyExists(_) | MeetingCreation::Ended => Err(Error::TokenUsed),
    }
}

/// When the primary of a new meeting ends, in seconds since 1970, if it has one, or why the meeting can't be
/// created.
async fn primary_end(
    context: &Context<'_>,
    meeting: &Meeting,
    now: u64,
) -> Result<Result<Option<u64>, Error>, Error> {
    const INVALID_PRIMARY: Error = Error::BadRequest(
        "The PrimaryMeetingId must be the id of an active meeting that is not a replica",
    );
    // The time to live may have removed the token's earlier meeting, but not yet its attendees. In a new
    // meeting with the same id their join tokens would be valid again.
    if context.store.has_attendees(meeting.meeting_id).await? {
        return Ok(Err(Error::TokenUsed));
    }
    let Some(primary) = meeting.primary_meeting_id else { return Ok(Ok(None)) };
    Ok(match context.store.reserve_replica(primary, meeting.meeting_id, now).await? {
        ReplicaReservation::Reserved { primary_end } => Ok(Some(primary_end)),
        ReplicaReservation::Full => Err(Error::TooManyReplicas),
        ReplicaReservation::IsReplica
        | ReplicaReservation::Ended
        | ReplicaReservation::NoSuchMeeting => Err(INVALID_PRIMARY),
    })
}
