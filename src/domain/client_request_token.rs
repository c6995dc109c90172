//! The idempotency token of CreateMeeting.

use super::Constraints;
use super::rule::{Rule, unless_broken};
use super::sensitive::Sensitive;

const RULE: Rule = Rule {
    min_length: 2,
    max_length: 64,
    pattern: "[-_a-zA-Z0-9]*",
    allowed: |c| matches!(c, '-' | '_') || c.is_ascii_alphanumeric(),
};

/// What makes a repeated CreateMeeting the same request: 2 to 64 of `[-_a-zA-Z0-9]`, compared
/// exactly. Marked sensitive in the service model.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRequestToken(Sensitive);

impl ClientRequestToken {
    /// Every broken rule is reported, not only the first.
    pub fn parse(text: String) -> Result<Self, Constraints> {
        unless_broken(RULE.broken(&text), || Self(Sensitive::new(text)))
    }

    /// The token itself, for deriving the meeting's id.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    #[test]
    fn the_rules_of_the_model_hold() {
        let parse = |text: &str| ClientRequestToken::parse(text.to_owned()).err();
        assert_eq!(parse("a-"), None);
        assert_eq!(parse(&"_".repeat(64)), None);
        assert_eq!(parse("a"), Some(vec![Constraint::MinLength(2)]));
        assert_eq!(parse(&"a".repeat(65)), Some(vec![Constraint::MaxLength(64)]));
        assert_eq!(parse("a b"), Some(vec![Constraint::Pattern(RULE.pattern)]));
        assert_eq!(
            parse("é"),
            Some(vec![Constraint::MinLength(2), Constraint::Pattern(RULE.pattern)])
        );
    }
}
