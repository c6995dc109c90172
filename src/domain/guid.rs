//! The ids that the service generates.

use uuid::Uuid;
use uuid::fmt::Hyphenated;

use super::{ClientRequestToken, Constraint, Constraints};

const PATTERN: &str = "[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}";

/// The UUID namespace of meeting ids. It must never change, because a retried CreateMeeting finds its
/// meeting by the derived id.
const MEETING_NAMESPACE: Uuid = Uuid::from_u128(0x5f2b_2f0e_6a0c_4d5e_9d2b_0b8c_7d31_46a1);

/// A meeting's id. Its text is lower-case, even if the caller sent upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MeetingId(Uuid);

/// An attendee's id. It is random, so it reveals nothing about the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttendeeId(Uuid);

impl MeetingId {
    /// Parses the hyphenated form, in upper or lower case.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Constraints> {
        parse(text.as_ref()).map(Self)
    }

    /// The id of the meeting that this token creates. It is a UUID v5, so the same token always gives the
    /// same id.
    pub fn for_token(token: &ClientRequestToken) -> Self {
        Self(Uuid::new_v5(&MEETING_NAMESPACE, token.expose().as_bytes()))
    }

    /// The seat of a user in this meeting: the same 16 bytes at every attempt (a UUID v5 in the namespace of
    /// the meeting). They don't contain the user's id, but show whether a guessed id is right.
    pub fn seat_of(self, external_user_id: &str) -> [u8; 16] {
        self.digest_of(external_user_id)
    }

    /// A digest of text that belongs to this meeting (a UUID v5 in the namespace of the meeting). The text
    /// can't be read from it, but a guess can be checked.
    pub(super) fn digest_of(self, text: &str) -> [u8; 16] {
        Uuid::new_v5(&self.0, text.as_bytes()).into_bytes()
    }
}

impl AttendeeId {
    /// Parses the hyphenated form, in upper or lower case.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, Constraints> {
        parse(text.as_ref()).map(Self)
    }

    /// A new id, a UUID v4.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl From<Uuid> for AttendeeId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl From<AttendeeId> for Uuid {
    fn from(id: AttendeeId) -> Self {
        id.0
    }
}

impl std::fmt::Display for MeetingId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for AttendeeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Parses the only form that the API accepts: no braces, no URN, and not without hyphens.
fn parse(text: &str) -> Result<Uuid, Constraints> {
    let id = text.parse::<Hyphenated>();
    id.map(Hyphenated::into_uuid).map_err(|_| vec![Constraint::Pattern(PATTERN)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

    #[test]
    fn any_version_and_variant_is_an_id() {
        assert!(MeetingId::parse("00000000-0000-0000-0000-000000000000").is_ok());
        assert!(MeetingId::parse("ffffffff-ffff-ffff-ffff-ffffffffffff").is_ok());
    }

    #[test]
    fn only_the_hyphenated_form_is_parsed() {
        let unhyphenated = GUID.replace('-', "");
        for text in [
            "",
            "not-a-meeting-id",
            &unhyphenated,
            &format!("{{{GUID}}}"),
            &format!("urn:uuid:{GUID}"),
            &format!("{GUID} "),
            &format!("{GUID}\n"),
            &GUID.replace('0', "g"),
            &GUID.replace('-', "_"),
            // Braces around the unhyphenated form, then two spaces: 36 bytes.
            &format!("{{{unhyphenated}}}  "),
            // 36 bytes, the hyphens in other places.
            "0f8fad5-bd9cb-469f-a165-70867728950e",
            // 36 bytes, fewer characters.
            "0f8fad5b-d9cb-469f-a165-7086772895é",
        ] {
            assert_eq!(MeetingId::parse(text), Err(vec![Constraint::Pattern(PATTERN)]), "{text}");
        }
    }

    #[test]
    fn a_seat_depends_on_the_meeting_and_on_the_user() {
        let one = MeetingId::parse(GUID).unwrap();
        let other = MeetingId::parse("0f8fad5b-d9cb-469f-a165-70867728950f").unwrap();
        assert_eq!(one.seat_of("alice"), one.seat_of("alice"));
        assert_ne!(one.seat_of("alice"), one.seat_of("Alice"));
        assert_ne!(one.seat_of("alice"), other.seat_of("alice"));
    }

    #[test]
    fn a_token_s_meeting_id_never_changes() {
        let token = ClientRequestToken::parse("daily-standup".to_owned()).unwrap();
        assert_eq!(
            MeetingId::for_token(&token).to_string(),
            "7f0f3517-ecfb-52e2-91ab-88ab0327593f",
            "a deployment that derives other ids makes a second meeting of a retried request"
        );
    }
}
