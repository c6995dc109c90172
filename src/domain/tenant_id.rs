//! The tenants of a builder's application.

use super::Constraints;
use super::rule::Rule;

const RULE: Rule = Rule {
    min_length: 2,
    max_length: 256,
    pattern: r"^(?!.*?(.)\1{3})[-_!@#$a-zA-Z0-9]*$",
    matches: |text| {
        let is_allowed =
            |c: char| matches!(c, '-' | '_' | '!' | '@' | '#' | '$') || c.is_ascii_alphanumeric();
        let is_repeated = |four: &[u8]| four.iter().all(|byte| four.first() == Some(byte));
        text.chars().all(is_allowed) && !text.as_bytes().windows(4).any(is_repeated)
    },
};

/// The id of a tenant of the builder's application: 2 to 256 characters, none of them four times in a
/// row.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantId(String);

impl TenantId {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        RULE.check(text).map(Self)
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    #[test]
    fn an_id_obeys_the_rules_of_the_model() {
        let parse = |text: &str| TenantId::parse(text).err();
        assert_eq!(parse("a!@#$-_9"), None);
        assert_eq!(parse("aaab"), None);
        assert_eq!(parse("baaaa"), Some(vec![Constraint::Pattern(RULE.pattern)]));
        assert_eq!(parse("a b"), Some(vec![Constraint::Pattern(RULE.pattern)]));
        assert_eq!(parse("a"), Some(vec![Constraint::MinLength(2)]));
        assert_eq!(parse(&"ab".repeat(129)), Some(vec![Constraint::MaxLength(256)]));
    }
}
