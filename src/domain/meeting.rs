//! What attendees belong to.

use super::{ExternalMeetingId, MediaRegion, MeetingId};

/// A meeting as it was created. Two requests with one token make one meeting if these are equal.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_Meeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Derived from the request's token.
    pub meeting_id: MeetingId,
    /// The meeting, as the builder's application names it.
    pub external_meeting_id: ExternalMeetingId,
    /// Where its media would be.
    pub media_region: MediaRegion,
}
