//! Attendees of a meeting.

use super::{AttendeeId, Capabilities, ExternalUserId, JoinToken};

/// An attendee. Repeating the CreateAttendee request changes none of its fields.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_Attendee.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attendee {
    /// A random id that the service generated.
    pub attendee_id: AttendeeId,
    /// The user's id in the builder's application.
    pub external_user_id: ExternalUserId,
    /// The secret with which the attendee joins.
    pub join_token: JoinToken,
    /// What the attendee may do.
    pub capabilities: Capabilities,
    /// What it could do when it was created, which a replay of its CreateAttendee asks for.
    pub created_with: Capabilities,
    /// The number of changes of the capabilities so far.
    pub revision: u64,
}
