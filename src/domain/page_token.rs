//! The token of a list's next page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{AttendeeId, Constraint, Constraints, MeetingId};

/// The start of a page in the list of a meeting's attendees. Its text contains the id of the attendee
/// before the page, which reveals nothing about the user, and a digest of that id in the meeting.
///
/// The token is not a secret and grants nothing. The digest only detects tokens that are invented, cut
/// or from another meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// The last attendee of the previous page.
    pub after: AttendeeId,
}

impl PageToken {
    /// Parses a token of this meeting.
    pub fn parse(text: &str, meeting: MeetingId) -> Result<Self, Constraints> {
        let parsed = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (id, digest) = bytes.split_first_chunk::<16>()?;
            let token = Self { after: AttendeeId::from(Uuid::from_bytes(*id)) };
            (digest == token.digest(meeting)).then_some(token)
        };
        parsed().ok_or_else(|| vec![Constraint::PageToken])
    }

    /// The text of the token: letters, digits, `-` and `_`.
    pub fn text(self, meeting: MeetingId) -> String {
        let id = Uuid::from(self.after);
        URL_SAFE_NO_PAD.encode([*id.as_bytes(), self.digest(meeting)].concat())
    }

    fn digest(self, meeting: MeetingId) -> [u8; 16] {
        meeting.digest_of(&format!("list-attendees\0{}", self.after))
    }
}
