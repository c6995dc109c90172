//! `POST /meetings`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
//!
//! The meeting's id is derived from the request's token, and the write is conditional. So equal requests
//! create one meeting, however many callers send them at once. A replica takes two writes: its primary gets
//! the replica's id first, so that nobody can end the primary without the replica.

use super::context::Context;
pub use super::shapes::MeetingResponse as Output;
use super::shapes::{CreateMeetingRequest, MeetingOutput};
use crate::domain::{Meeting, NewMeeting};
use crate::error::Error;
use crate::rest_json::Bindings;
use crate::store::{ActiveMeeting, FoundMeeting, MeetingCreation, ReplicaReservation};
use crate::violations::{Reported, Violations};

const INVALID_PRIMARY: Error = Error::BadRequest(
    "The PrimaryMeetingId must be the id of an active meeting that is not a replica",
);

pub struct Input {
    meeting: NewMeeting,
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
    new: &NewMeeting,
) -> Result<MeetingOutput, Error> {
    context.log.meeting_id = Some(new.meeting.meeting_id);
    context.log.replay = Some(find_or_create(context, new).await?);
    Ok(MeetingOutput::new(context, &new.meeting))
}

/// Creates the meeting, or finds the one that an equal request created. Returns whether it was found.
async fn find_or_create(context: &Context<'_>, new: &NewMeeting) -> Result<bool, Error> {
    let (store, now, meeting) = (context.store, context.now(), &new.meeting);
    let primary_end = match reserve_replica(context, meeting, now).await {
        Ok(primary_end) => primary_end,
        // The reason for the refusal may be newer than the meeting that an equal request created.
        Err(refusal) if refusal.cause().is_none() => {
            return match store.find_meeting(meeting.meeting_id, now).await? {
                FoundMeeting::Active(found) => equal(&found, meeting),
                FoundMeeting::Ended => Err(Error::TokenUsed),
                FoundMeeting::NoSuchMeeting => Err(refusal),
            };
        }
        Err(failure) => return Err(failure),
    };
    let max_attendees = meeting.features.max_count().unwrap_or(context.settings.max_attendees);
    // With an end of its own, a replica could be over for an instance while its primary is not, and outlive
    // its primary for an instance whose clock is behind.
    // Rounded up, so that a lifetime of n seconds lasts at least n.
    let created_at = context.clock.epoch_seconds_rounded_up();
    let end = primary_end.unwrap_or(created_at + context.settings.meeting_lifetime);
    match store.create_meeting(new, max_attendees, now, end).await? {
        MeetingCreation::Created => Ok(false),
        MeetingCreation::AlreadyExists(found) => equal(&found, meeting),
        MeetingCreation::Ended => Err(Error::TokenUsed),
    }
}

fn equal(found: &ActiveMeeting, meeting: &Meeting) -> Result<bool, Error> {
    if found.meeting()? == *meeting { Ok(true) } else { Err(Error::TokenUsed) }
}

/// Adds the id of a replica to its primary. Returns when the primary ends, in seconds since 1970; `None` for a
/// meeting without one.
async fn reserve_replica(
    context: &Context<'_>,
    meeting: &Meeting,
    now: u64,
) -> Result<Option<u64>, Error> {
    // The time to live may have removed the token's earlier meeting, but not yet its attendees. In a new
    // meeting with the same id their join tokens would be valid again.
    if context.store.has_attendees(meeting.meeting_id).await? {
        return Err(Error::TokenUsed);
    }
    let Some(primary) = meeting.primary_meeting_id else { return Ok(None) };
    if primary == meeting.meeting_id {
        return Err(INVALID_PRIMARY);
    }
    match context.store.reserve_replica(primary, meeting.meeting_id, now).await? {
        ReplicaReservation::Reserved { primary_end } => Ok(Some(primary_end)),
        ReplicaReservation::Full => Err(Error::TooManyReplicas),
        ReplicaReservation::IsReplica
        | ReplicaReservation::Ended
        | ReplicaReservation::NoSuchMeeting => Err(INVALID_PRIMARY),
    }
}
