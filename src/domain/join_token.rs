//! The secret with which an attendee joins.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::sensitive::Sensitive;

/// 384 random bits, which is 64 characters and needs no padding.
const RANDOM_BYTES: usize = 48;

/// A bearer secret: whoever holds it can join as its attendee. Characters of `[A-Za-z0-9+/]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinToken(Sensitive);

impl JoinToken {
    /// A new secret from the operating system's generator; an error when that gives nothing.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self::stored(STANDARD_NO_PAD.encode(bytes)))
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
    fn it_has_more_than_256_bits_in_the_alphabet_of_the_contract() {
        let token = JoinToken::random().unwrap();
        let text = token.expose();
        assert_eq!(text.len(), 64);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/'));
        assert_ne!(JoinToken::random().unwrap(), token);
    }
}
