//! A member of a meeting.

use super::{AttendeeId, Capabilities, ExternalUserId, JoinToken};

/// An attendee as the API shows it; nothing in it changes by a repeated CreateAttendee.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_Attendee.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// Random, given by the service.
    pub attendee_id: AttendeeId,
    /// The user, as the builder's application names it.
    pub external_user_id: ExternalUserId,
    /// The secret to join with.
    pub join_token: JoinToken,
    /// What the attendee may do.
    pub capabilities: Capabilities,
    /// How often the capabilities were changed.
    pub revision: u64,
}
