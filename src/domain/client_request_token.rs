//! The idempotency token of CreateMeeting.

use super::sensitive::Sensitive;
use super::{Constraint, Constraints};

const MIN_LENGTH: usize = 2;
const MAX_LENGTH: usize = 64;
const PATTERN: &str = "[-_a-zA-Z0-9]*";

/// What makes a repeated CreateMeeting the same request: 2 to 64 of `[-_a-zA-Z0-9]`, compared
/// exactly. Marked sensitive in the service model.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRequestToken(Sensitive);

impl ClientRequestToken {
    /// Every broken rule is reported, not only the first.
    pub fn parse(text: String) -> Result<Self, Constraints> {
        let mut broken = Constraints::new();
        let length = text.chars().count();
        if length < MIN_LENGTH {
            broken.push(Constraint::MinLength(MIN_LENGTH));
        }
        if length > MAX_LENGTH {
            broken.push(Constraint::MaxLength(MAX_LENGTH));
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
            broken.push(Constraint::Pattern(PATTERN));
        }
        if broken.is_empty() { Ok(Self(Sensitive::new(text))) } else { Err(broken) }
    }

    /// The token itself, for deriving the meeting's id.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_model_hold() {
        let parse = |text: &str| ClientRequestToken::parse(text.to_owned()).err();
        assert_eq!(parse("a-"), None);
        assert_eq!(parse(&"_".repeat(64)), None);
        assert_eq!(parse("a"), Some(vec![Constraint::MinLength(2)]));
        assert_eq!(parse(&"a".repeat(65)), Some(vec![Constraint::MaxLength(64)]));
        assert_eq!(parse("a b"), Some(vec![Constraint::Pattern(PATTERN)]));
        assert_eq!(parse("é"), Some(vec![Constraint::MinLength(2), Constraint::Pattern(PATTERN)]));
    }
}
