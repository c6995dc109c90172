//! `POST /meetings/{MeetingId}/attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateAttendee.html>
//!
//! The external user id is the idempotency token within a meeting: every request with the same id gets
//! the attendee that the first one created. The operation is two writes, and anyone can retry each of
//! them: [`reserve_seat`] on the meeting's item, then [`put_attendee`].

use super::context::Context;
pub use super::shapes::AttendeeResponse as Output;
use super::shapes::{
    AttendeeOutput, AttendeeRequest, CreateAttendeeRequestItem, meeting_id, resolve_capabilities,
};
use crate::clock::Timestamp;
use crate::domain::{
    Attendee, AttendeeId, Capabilities, ExcludedMedia, ExternalUserId, JoinToken, MediaCapability,
    MeetingId,
};
use crate::error::Error;
use crate::rest_json::Bindings;
use crate::store::{AttendeePut, MeetingAssumption, Recreation, RequestedMedia, SeatReservation};
use crate::violations::{Reported, Violations};

pub struct Input {
    meeting_id: MeetingId,
    attendee: AttendeeRequest,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let meeting_id = meeting_id(http, violations);
        let body: CreateAttendeeRequestItem = http.body(violations)?;
        let attendee = body.validate(violations);
        Ok(Self { meeting_id: meeting_id?, attendee: attendee? })
    }
}

/// Creates the user's attendee, or finds the one that an equal request created.
pub async fn run(context: Context<'_>, input: Input) -> Result<Output, Error> {
    let Input { meeting_id, attendee: request } = input;
    let (capabilities, expires_at) = reserve_seat(&context, meeting_id, &request).await?;
    let user = request.external_user_id;
    let put = put_attendee(&context, meeting_id, user, capabilities, expires_at).await?;
    let created = put.resolve(&context, meeting_id, expires_at).await?;
    // Returning an attendee with other capabilities would grant other rights than the caller asked for.
    if created.attendee.created_with != capabilities {
        return Err(Error::OtherCapabilities);
    }
    context.log.attendee_id = Some(created.attendee.attendee_id);
    context.log.replay = Some(created.is_replay);
    Ok(Output { attendee: AttendeeOutput::from(&created.attendee) })
}

/// Reserves the user's seat. Returns the attendee's capabilities, and when its item may expire: a
/// time at which the meeting will have ended.
async fn reserve_seat(
    context: &Context<'_>,
    meeting_id: MeetingId,
    request: &AttendeeRequest,
) -> Result<(Capabilities, Timestamp), Error> {
    let (media, excluded_media) = match request.capabilities {
        None => (RequestedMedia::Default, context.store.likely_excluded_media(meeting_id)),
        // The meeting itself refuses the media that it excludes, unless it has ended.
        Some(named) => {
            let video = named.video() != MediaCapability::None;
            let content = named.content() != MediaCapability::None;
            (RequestedMedia::Named { video, content }, ExcludedMedia::default())
        }
    };
    let mut assumed = MeetingAssumption { latest_end: latest_end(context), excluded_media };
    // These properties of a meeting never change, so an assumption fails at most once. The store
    // never returns the assumption that failed.
    loop {
        let capabilities = Violations::collect(|violations| {
            resolve_capabilities(request.capabilities, assumed.excluded_media, violations)
        })?;
        let (user, now) = (&request.external_user_id, context.now());
        match context.store.reserve_seat(meeting_id, user, media, assumed, now).await? {
            SeatReservation::Reserved => return Ok((capabilities, assumed.latest_end)),
            SeatReservation::AssumptionFailed(actual) => assumed = actual,
            SeatReservation::Full => return Err(Error::MeetingFull),
            SeatReservation::Ended => return Err(Error::MeetingEnded),
            SeatReservation::NoSuchMeeting => return Err(Error::NoSuchMeeting),
        }
    }
}

/// A time at which every meeting that was created with the current settings has ended.
pub fn latest_end(context: &Context<'_>) -> Timestamp {
    context.now().after(context.settings.attendee_retention())
}

/// An attendee that was created, by this or an earlier request.
pub struct CreatedAttendee {
    pub attendee: Attendee,
    /// Whether an earlier request created it.
    pub is_replay: bool,
}

/// The put of a new attendee, and its outcome.
pub struct Put {
    attendee: Attendee,
    outcome: AttendeePut,
}

/// Puts a new attendee of a user who has a seat.
pub async fn put_attendee(
    context: &Context<'_>,
    meeting_id: MeetingId,
    external_user_id: ExternalUserId,
    capabilities: Capabilities,
    expires_at: Timestamp,
) -> Result<Put, Error> {
    let attendee = new_attendee(meeting_id, external_user_id, capabilities)?;
    let outcome = context.store.put_attendee(meeting_id, &attendee, expires_at).await?;
    Ok(Put { attendee, outcome })
}

impl Put {
    /// Gives the attendee that was put, or the one that the user already has, whatever its capabilities.
    /// For a user whose attendee was deleted it creates another one.
    pub async fn resolve(
        self,
        context: &Context<'_>,
        meeting_id: MeetingId,
        expires_at: Timestamp,
    ) -> Result<CreatedAttendee, Error> {
        let Self { mut attendee, mut outcome } = self;
        let (store, capabilities) = (context.store, attendee.capabilities);
        loop {
            let deleted = match outcome {
                AttendeePut::Created => {
                    return Ok(CreatedAttendee { attendee, is_replay: false });
                }
                AttendeePut::AlreadyExists(attendee) => {
                    return Ok(CreatedAttendee { attendee: *attendee, is_replay: true });
                }
                AttendeePut::Deleted(deleted) => deleted,
                AttendeePut::Unreadable(error) => return Err(error),
            };
            // An earlier attempt whose response was lost may have created this attendee, and another
            // caller may have deleted it. A deleted id must not be used again.
            attendee = new_attendee(meeting_id, attendee.external_user_id, capabilities)?;
            let now = context.now();
            let recreation =
                store.recreate_attendee(meeting_id, &attendee, deleted, expires_at, now).await?;
            outcome = match recreation {
                // The tombstone is as it was, so another attempt would be refused too.
                Recreation::Put(AttendeePut::Deleted(again)) if again == deleted => {
                    return Err(Error::Failure("a tombstone can't be replaced".into()));
                }
                Recreation::Put(outcome) => outcome,
                Recreation::NoTombstone => {
                    store.put_attendee(meeting_id, &attendee, expires_at).await?
                }
                Recreation::Full => return Err(Error::MeetingFull),
                Recreation::Ended => return Err(Error::MeetingEnded),
            };
        }
    }
}

/// An attendee with a new id and a new token.
fn new_attendee(
    meeting_id: MeetingId,
    external_user_id: ExternalUserId,
    capabilities: Capabilities,
) -> Result<Attendee, Error> {
    let attendee_id = AttendeeId::random();
    Ok(Attendee {
        attendee_id,
        external_user_id,
        join_token: JoinToken::new(meeting_id, attendee_id)
            .map_err(|_| Error::Failure("no random bytes from the operating system".into()))?,
        capabilities,
        created_with: capabilities,
        revision: 0,
    })
}
