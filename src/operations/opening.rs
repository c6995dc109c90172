//! Opening a meeting, once for a token.

use super::Call;
use crate::domain::Meeting;
use crate::error::Error;
use crate::store::{FoundMeeting, MeetingCreation};

/// Opens the meeting, or finds the one that an equal request opened. Tells whether it was opened
/// before.
pub(super) async fn open(call: &Call<'_>, meeting: &Meeting) -> Result<bool, Error> {
    let now = call.clock.epoch_seconds();
    if let Some(obstacle) = obstacle(call, meeting, now).await? {
        // Nothing stands in the way of a request that was answered before.
        return match call.store.find_meeting(meeting.meeting_id, now).await? {
            FoundMeeting::Active(before, _) if *before == *meeting => Ok(true),
            FoundMeeting::Active(..) | FoundMeeting::Ended => Err(Error::TokenUsed),
            FoundMeeting::NoSuchMeeting => Err(obstacle),
        };
    }
    let max_attendees = meeting.features.max_count().unwrap_or(call.settings.max_attendees);
    let end = now + call.settings.meeting_lifetime;
    match call.store.create_meeting(meeting, max_attendees, now, end).await? {
        MeetingCreation::Created => Ok(false),
        MeetingCreation::AlreadyExists(before) if *before == *meeting => Ok(true),
        MeetingCreation::AlreadyExists(_) | MeetingCreation::Ended => Err(Error::TokenUsed),
    }
}

/// What keeps a meeting that is not there yet from being opened.
async fn obstacle(call: &Call<'_>, meeting: &Meeting, now: u64) -> Result<Option<Error>, Error> {
    // Time to live may have removed the token's last meeting and not yet its attendees: in a new
    // meeting of the same id their tokens would come to life again.
    if call.store.has_attendees(meeting.meeting_id).await? {
        return Ok(Some(Error::TokenUsed));
    }
    let Some(primary) = meeting.primary_meeting_id else { return Ok(None) };
    match call.store.find_meeting(primary, now).await? {
        FoundMeeting::Active(..) => Ok(None),
        FoundMeeting::Ended | FoundMeeting::NoSuchMeeting => {
            Ok(Some(Error::BadRequest("The PrimaryMeetingId is not that of an active meeting")))
        }
    }
}
