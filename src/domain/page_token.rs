//! Where a list goes on.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::{AttendeeId, Constraint, MeetingId};

/// Says after which attendee of a meeting a page begins: the attendee's id, which tells nothing of
/// the user, and a digest that no other meeting has.
///
/// It is no secret and gives no rights; the digest keeps a token that was made up, mixed up or cut
/// from being taken for a place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageToken {
    /// The last attendee of the page before.
    pub after: AttendeeId,
}

impl PageToken {
    /// Reads a token of this meeting.
    pub fn parse(text: &str, meeting: MeetingId) -> Result<Self, Constraint> {
        let read = || {
            let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
            let (id, digest) = bytes.split_first_chunk::<16>()?;
            let token = Self { after: AttendeeId::from(Uuid::from_bytes(*id)) };
            (digest == token.digest(meeting)).then_some(token)
        };
        read().ok_or(Constraint::PageToken)
    }

    /// The text of the token, in letters, digits, `-` and `_`.
    pub fn text(self, meeting: MeetingId) -> String {
        let id = Uuid::from(self.after);
        URL_SAFE_NO_PAD.encode([*id.as_bytes(), self.digest(meeting)].concat())
    }

    fn digest(self, meeting: MeetingId) -> [u8; 16] {
        meeting.digest_of(&format!("list-attendees\0{}", self.after)).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meeting(last: char) -> MeetingId {
        MeetingId::parse(&format!("0f8fad5b-d9cb-469f-a165-70867728950{last}")).unwrap()
    }

    #[test]
    fn a_token_is_read_as_it_was_written_and_by_its_meeting_alone() {
        let token = PageToken { after: AttendeeId::random() };
        let text = token.text(meeting('e'));
        assert_eq!(PageToken::parse(&text, meeting('e')), Ok(token));
        assert_eq!(PageToken::parse(&text, meeting('f')), Err(Constraint::PageToken));
    }

    #[test]
    fn a_token_that_nobody_wrote_is_refused() {
        let text = PageToken { after: AttendeeId::random() }.text(meeting('e'));
        let other = if text.starts_with('A') { "B" } else { "A" };
        for forged in [
            String::new(),
            "next".to_owned(),
            format!("{text}="),
            format!("{text}A"),
            text.chars().skip(1).collect(),
            text.chars().take(22).collect(),
            text.chars()
                .enumerate()
                .map(|(i, c)| if i == 0 { other.into() } else { c.to_string() })
                .collect(),
        ] {
            assert_eq!(
                PageToken::parse(&forged, meeting('e')),
                Err(Constraint::PageToken),
                "{forged}"
            );
        }
    }
}
