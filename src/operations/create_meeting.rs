//! `POST /meetings`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
//!
//! The meeting's id is derived from the request's token. While the meeting is active, the token
//! names it: each request with the token gets the meeting as it was created, whatever else the
//! request says. The write is conditional, so many concurrent requests create one meeting. A public
//! report shows the same of the real service:
//! <https://github.com/aws/amazon-chime-sdk-js/issues/2433>

use super::context::Context;
pub use super::shapes::MeetingResponse as Output;
use super::shapes::{CreateMeetingRequest, MeetingOutput};
use crate::domain::{Meeting, MeetingId, NewMeeting};
use crate::error::Error;
use crate::rest_json::Bindings;
use crate::store::{FoundMeeting, ReplicaCreation};
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

/// Finds the meeting that the token names, or creates it.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<Output, Error> {
    Ok(Output { meeting: find_or_create_meeting(&mut context, input.meeting).await? })
}

/// Finds the meeting that the token names, or creates it.
pub async fn find_or_create_meeting(
    context: &mut Context<'_>,
    new: NewMeeting,
) -> Result<MeetingOutput, Error> {
    let meeting_id = new.meeting.meeting_id;
    context.log.meeting_id = Some(meeting_id);
    let found = match find_meeting(context, meeting_id).await? {
        None => match create_meeting(context, &new).await {
            Ok(()) => None,
            // A concurrent request with the token may have created the meeting since. The reason
            // for the refusal may be newer.
            Err(refusal) if refusal.cause().is_none() => {
                Some(find_meeting(context, meeting_id).await?.ok_or(refusal)?)
            }
            Err(failure) => return Err(failure),
        },
        found => found,
    };
    context.log.replay = Some(found.is_some());
    Ok(MeetingOutput::new(context, &found.unwrap_or(new.meeting)))
}

/// The active meeting that a token names; `None` if the token can still create one.
async fn find_meeting(
    context: &Context<'_>,
    meeting_id: MeetingId,
) -> Result<Option<Meeting>, Error> {
    match context.store.find_meeting(meeting_id, context.now()).await? {
        FoundMeeting::Active(found) => found.meeting().map(Some),
        FoundMeeting::Ended => Err(Error::TokenUsed),
        FoundMeeting::NoSuchMeeting => Ok(None),
    }
}

/// Creates a meeting.
async fn create_meeting(context: &Context<'_>, new: &NewMeeting) -> Result<(), Error> {
    let (store, meeting, settings) = (context.store, &new.meeting, context.settings);
    // The time to live may have removed the token's earlier meeting, but not yet its attendees. In
    // a new meeting with the same id their join tokens would be valid again.
    if store.has_attendees(meeting.meeting_id).await? {
        return Err(Error::TokenUsed);
    }
    let max_attendees = meeting.features.max_count().unwrap_or(settings.max_attendees);
    if let Some(primary) = meeting.primary_meeting_id {
        return create_replica(context, new, primary, max_attendees).await;
    }
    // Rounded up, so that a lifetime of n seconds lasts at least n.
    let end = context.clock.timestamp_rounded_up().after(settings.meeting_lifetime);
    let is_created = store.create_meeting(new, max_attendees, end).await?;
    if is_created { Ok(()) } else { Err(Error::TokenUsed) }
}

async fn create_replica(
    context: &Context<'_>,
    new: &NewMeeting,
    primary: MeetingId,
    max_attendees: u64,
) -> Result<(), Error> {
    if primary == new.meeting.meeting_id {
        return Err(INVALID_PRIMARY);
    }
    // A replica takes its primary's end. An end of its own would differ where clocks differ.
    let end = match context.store.find_meeting(primary, context.now()).await? {
        FoundMeeting::Active(primary) => primary.end()?,
        FoundMeeting::Ended | FoundMeeting::NoSuchMeeting => return Err(INVALID_PRIMARY),
    };
    let now = context.now();
    match context.store.create_replica(new, primary, max_attendees, end, now).await? {
        ReplicaCreation::Created => Ok(()),
        ReplicaCreation::AlreadyExists => Err(Error::TokenUsed),
        ReplicaCreation::Full => Err(Error::TooManyReplicas),
        ReplicaCreation::InvalidPrimary => Err(INVALID_PRIMARY),
    }
}
