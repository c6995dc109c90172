//! The secret with which an attendee joins.

use super::sensitive::Sensitive;
use super::{AttendeeId, MeetingId};

/// The length of a new token: two ids of 32 hexadecimal digits, and 64 random characters (381 bits).
const LENGTH: usize = 128;
/// Letters and digits alone, because client SDKs send the token as a WebSocket subprotocol, which can't
/// contain the `+` and `/` of Base64.
const ALPHABET: [u8; 62] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A bearer secret: anyone who has it can join as its attendee.
///
/// It names its meeting and its attendee, because a media server gets nothing but the token, and needs both
/// ids to ask GetAttendee whether it is valid. Tokens that an earlier version stored contain no ids, and
/// may contain `+` and `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinToken(Sensitive);

impl JoinToken {
    /// A new secret from the operating system's random generator; an error if the generator fails.
    pub fn new(meeting_id: MeetingId, attendee_id: AttendeeId) -> Result<Self, getrandom::Error> {
        let mut token = format!("{meeting_id}{attendee_id}").replace('-', "");
        while token.len() < LENGTH {
            let mut bytes = [0; LENGTH];
            getrandom::fill(&mut bytes)?;
            // Six bits choose one of 64, but the alphabet has 62. Dropping the other two keeps all
            // letters equally likely.
            let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
            let missing = LENGTH - token.len();
            token.extend(letters.take(missing).map(|letter| char::from(*letter)));
        }
        Ok(Self::stored(token))
    }

    /// A secret from the store.
    pub fn stored(text: String) -> Self {
        Self(Sensitive::new(text))
    }

    /// The secret itself, for the store and for the response to the caller.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_two_ids_and_64_equally_likely_letters_and_digits() {
        let meeting = MeetingId::parse("0F8FAD5B-D9CB-469F-A165-70867728950E").unwrap();
        let attendee = AttendeeId::parse("7f0f3517-ecfb-52e2-91ab-88ab0327593f").unwrap();
        let mut counts = std::collections::BTreeMap::<u8, usize>::new();
        let mut secrets = std::collections::BTreeSet::new();
        for _ in 0..1_000 {
            let token = JoinToken::new(meeting, attendee).unwrap();
            let ids = "0f8fad5bd9cb469fa16570867728950e7f0f3517ecfb52e291ab88ab0327593f";
            let secret = token.expose().strip_prefix(ids).unwrap().to_owned();
            assert_eq!(secret.len(), 64);
            secret.bytes().for_each(|byte| *counts.entry(byte).or_default() += 1);
            assert!(secrets.insert(secret));
        }
        // The mean is 1,032 and the standard deviation 32, so chance stays within these limits, and a
        // letter that is twice as likely does not.
        assert!(counts.keys().eq(ALPHABET.iter().collect::<std::collections::BTreeSet<_>>()));
        assert!(counts.values().all(|count| (700..1_400).contains(count)), "{counts:?}");
    }
}
