//! The secret with which an attendee joins.

use super::sensitive::Sensitive;

/// 381 random bits.
const LENGTH: usize = 64;
/// Client SDKs send the token as a WebSocket subprotocol, which can't hold the `+` and `/` of Base64.
const ALPHABET: [u8; 62] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A bearer secret: whoever holds it can join as its attendee. ASCII letters and digits; one that was
/// stored by an earlier version may hold `+` and `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinToken(Sensitive);

impl JoinToken {
    /// A new secret from the operating system's generator; an error when that gives nothing.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut token = String::with_capacity(LENGTH);
        while token.len() < LENGTH {
            let mut bytes = [0; LENGTH];
            getrandom::fill(&mut bytes)?;
            // Six bits choose from 64 letters. The two that the alphabet lacks are drawn again, so that
            // each letter is as likely as any other.
            let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 63)));
            let missing = LENGTH - token.len();
            token.extend(letters.take(missing).map(|letter| char::from(*letter)));
        }
        Ok(Self::stored(token))
    }

    /// A secret that was made before, as the store kept it.
    pub fn stored(text: String) -> Self {
        Self(Sensitive::new(text))
    }

    /// The secret itself, for the store and for the answer to the caller.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_64_letters_and_digits_each_as_likely_as_any_other() {
        let mut counts = std::collections::BTreeMap::<u8, usize>::new();
        for _ in 0..1_000 {
            let token = JoinToken::random().unwrap();
            assert_eq!(token.expose().len(), LENGTH);
            assert!(token.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert_ne!(JoinToken::random().unwrap(), token);
            token.expose().bytes().for_each(|byte| *counts.entry(byte).or_default() += 1);
        }
        // 1,032 on average. A letter that is twice as likely is far outside, and chance never is: the
        // standard deviation is 32.
        assert_eq!(counts.len(), ALPHABET.len());
        assert!(counts.values().all(|count| (700..1_400).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_token_of_the_earlier_alphabet_stays_as_it_was() {
        let token = "ab+/".repeat(16);
        assert_eq!(JoinToken::stored(token.clone()).expose(), token);
    }
}
