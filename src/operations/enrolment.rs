//! Making a user an attendee of a meeting, exactly once.

use super::Call;
use super::wire::AskedFor;
use crate::domain::{
    Attendee, AttendeeId, Capabilities, Constraint, ExcludedMedia, ExternalUserId, JoinToken,
    MediaCapability, MeetingId,
};
use crate::error::Error;
use crate::store::{AttendeePut, MeetingAssumption, Recreation, RequestedMedia, SeatReservation};
use crate::violations::Violations;

/// How long after the latest end of an ordinary meeting its attendees are kept, in seconds; also
/// what the clocks of two instances may differ by.
const KEPT_LONGER: u64 = 3_600;

/// The user's attendee.
pub(super) struct Enrolled {
    /// As it is now.
    pub(super) attendee: Attendee,
    /// What it was created with, which is what a replay asks for.
    pub(super) created_with: Capabilities,
    /// Whether an earlier request made it.
    pub(super) replay: bool,
}

/// Claims the user's seat, then takes the place, or finds who took it with an equal request.
pub(super) async fn enrol(
    call: &Call<'_>,
    meeting_id: MeetingId,
    asked_for: AskedFor,
) -> Result<Enrolled, Error> {
    let (capabilities, expires_at) = claim_seat(call, meeting_id, &asked_for).await?;
    let user = asked_for.external_user_id;
    let enrolled = place(call, meeting_id, user, capabilities, expires_at).await?;
    // Silence about other capabilities would grant other rights than the caller just asked for.
    if enrolled.created_with != capabilities {
        return Err(Error::OtherCapabilities);
    }
    Ok(enrolled)
}

/// Takes the place of a user who has a seat, or finds who took it, with whatever capabilities.
pub(super) async fn place(
    call: &Call<'_>,
    meeting_id: MeetingId,
    external_user_id: ExternalUserId,
    capabilities: Capabilities,
    expires_at: u64,
) -> Result<Enrolled, Error> {
    let mut attendee = newcomer(external_user_id, capabilities)?;
    let mut place = call.store.put_attendee(meeting_id, &attendee, expires_at).await?;
    loop {
        let who_left = match place {
            AttendeePut::Created => {
                return Ok(Enrolled { attendee, created_with: capabilities, replay: false });
            }
            AttendeePut::AlreadyExists { attendee, created_with } => {
                return Ok(Enrolled { attendee: *attendee, created_with, replay: true });
            }
            AttendeePut::Deleted(who_left) => who_left,
        };
        // An attempt whose answer was lost may have made the attendee, others may have found and deleted
        // it since, and nobody comes back as one who was deleted.
        attendee = newcomer(attendee.external_user_id, capabilities)?;
        let now = call.clock.epoch_seconds();
        let store = call.store;
        place = match store
            .recreate_attendee(meeting_id, &attendee, who_left, expires_at, now)
            .await?
        {
            Recreation::Put(place) => place,
            Recreation::NoTombstone => {
                store.put_attendee(meeting_id, &attendee, expires_at).await?
            }
            Recreation::Full => return Err(Error::MeetingFull),
            Recreation::Ended => return Err(Error::MeetingEnded),
        };
    }
}

/// An attendee that nobody has been before.
fn newcomer(
    external_user_id: ExternalUserId,
    capabilities: Capabilities,
) -> Result<Attendee, Error> {
    Ok(Attendee {
        attendee_id: AttendeeId::random(),
        external_user_id,
        join_token: JoinToken::random()
            .map_err(|_| Error::Failure("no random bytes from the operating system".into()))?,
        capabilities,
        revision: 0,
    })
}

/// By when a meeting that this instance opened now would be over, in seconds since 1970.
pub(super) fn over_by(call: &Call<'_>) -> u64 {
    call.clock.epoch_seconds() + call.settings.meeting_lifetime + KEPT_LONGER
}

/// Claims the user's seat. Gives the capabilities that hold in this meeting, and a time, in seconds
/// since 1970, by which the meeting is over.
async fn claim_seat(
    call: &Call<'_>,
    meeting_id: MeetingId,
    asked_for: &AskedFor,
) -> Result<(Capabilities, u64), Error> {
    let (media, excluded) = match asked_for.capabilities {
        None => (RequestedMedia::Default, call.store.likely_excluded_media(meeting_id)),
        // What is wrong with naming these is told by the meeting itself, if it has not ended.
        Some(named) => {
            let video = named.video() != MediaCapability::None;
            let content = named.content() != MediaCapability::None;
            (RequestedMedia::Named { video, content }, ExcludedMedia::default())
        }
    };
    let mut assumed = MeetingAssumption { latest_end: over_by(call), excluded_media: excluded };
    // Twice at most: what is assumed of a meeting never changes, so it is wrong once at most.
    for _ in 0..2 {
        let capabilities = effective(asked_for.capabilities, assumed.excluded_media, "")?;
        let now = call.clock.epoch_seconds();
        let user = &asked_for.external_user_id;
        match call.store.reserve_seat(meeting_id, user, media, assumed, now).await? {
            SeatReservation::Reserved => return Ok((capabilities, assumed.latest_end)),
            SeatReservation::AssumptionFailed(actual) => assumed = actual,
            SeatReservation::Full => return Err(Error::MeetingFull),
            SeatReservation::Ended => return Err(Error::MeetingEnded),
            SeatReservation::NoSuchMeeting => return Err(Error::NoSuchMeeting),
        }
    }
    // The last claim may have told why the request can't be.
    effective(asked_for.capabilities, assumed.excluded_media, "")?;
    Err(Error::Failure("a meeting that changed what never changes".into()))
}

/// What is granted in a meeting without these media, or what is wrong with asking for it. `at` is put
/// before the names of members in messages; it ends with a dot or is empty.
pub(super) fn effective(
    asked_for: Option<Capabilities>,
    excluded: ExcludedMedia,
    at: &str,
) -> Result<Capabilities, Error> {
    let Some(named) = asked_for else { return Ok(excluded.default_capabilities()) };
    let mut violations = Violations::default();
    for (is_excluded, medium, capability) in
        [(excluded.video, "video", named.video()), (excluded.content, "content", named.content())]
    {
        if is_excluded && capability != MediaCapability::None {
            let member = format!("{at}capabilities.{medium}");
            let _ = violations.check::<()>(&member, Err(Constraint::ExcludedByMeeting(medium)));
        }
    }
    if violations.iter().len() == 0 { Ok(named) } else { Err(Error::Invalid(violations)) }
}
