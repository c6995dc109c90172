//! The idempotency token of CreateMeeting.

use super::Constraints;
use super::rule::Rule;
use super::sensitive::Sensitive;

const RULE: Rule = Rule {
    min_length: 2,
    max_length: 64,
    pattern: "[-_a-zA-Z0-9]*",
    matches: |text| text.chars().all(|c| matches!(c, '-' | '_') || c.is_ascii_alphanumeric()),
};

/// The token that identifies a repeated CreateMeeting: 2 to 64 characters of `[-_a-zA-Z0-9]`, compared
/// exactly. The service model marks it as sensitive.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRequestToken(Sensitive);

impl ClientRequestToken {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        RULE.check(text).map(Sensitive::new).map(Self)
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
    fn a_token_obeys_the_rules_of_the_model() {
        let parse = |text: &str| ClientRequestToken::parse(text).err();
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
