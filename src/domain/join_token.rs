//! The secret with which an attendee joins.

use super::sensitive::Sensitive;

/// The characters of a new token, which are 381 random bits.
const LENGTH: usize = 64;
/// Letters and digits alone, because client SDKs send the token as a WebSocket subprotocol, which can't
/// contain the `+` and `/` of Base64.
const ALPHABET: [u8; 62] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A bearer secret: anyone who has it can join as its attendee. It consists of ASCII letters and digits;
/// tokens that an earlier version stored may contain `+` and `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinToken(Sensitive);

impl JoinToken {
    /// A new secret from the operating system's random generator; an error if the generator fails.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut token = String::with_capacity(LENGTH);
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
    fn a_token_is_64_equally_likely_letters_and_digits() {
        let mut counts = std::collections::BTreeMap::<u8, usize>::new();
        for _ in 0..1_000 {
            let token = JoinToken::random().unwrap();
            assert_eq!(token.expose().len(), LENGTH);
            assert!(token.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert_ne!(JoinToken::random().unwrap(), token);
            token.expose().bytes().for_each(|byte| *counts.entry(byte).or_default() += 1);
        }
        // The mean is 1,032 and the standard deviation 32, so chance stays within these limits, and a
        // letter that is twice as likely does not.
        assert_eq!(counts.len(), ALPHABET.len());
        assert!(counts.values().all(|count| (700..1_400).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_stored_token_of_the_earlier_alphabet_is_unchanged() {
        let token = "ab+/".repeat(16);
        assert_eq!(JoinToken::stored(token.clone()).expose(), token);
    }
}
