//! Amazon Resource Names (ARNs).

use super::Constraints;
use super::rule::{Rule, unless_broken};
use super::sensitive::Sensitive;

const TARGET: Rule = Rule {
    min_length: 1,
    max_length: 1024,
    pattern: r"^arn[\/\:\-\_\.a-zA-Z0-9]+$",
    allowed: |c| matches!(c, '/' | ':' | '-' | '_' | '.') || c.is_ascii_alphanumeric(),
};
const RESOURCE: Rule = Rule {
    min_length: 1,
    max_length: 1011,
    pattern: "^arn:.*",
    // In a Java pattern, `.` matches any character except line terminators.
    allowed: |c| !matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'),
};

/// The target of a meeting's notifications. The service model marks it as sensitive.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_NotificationsConfiguration.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetArn(Sensitive);

/// The resource of a request about tags: 1 to 1011 characters that begin with `arn:`. It is free text,
/// so its `Debug` form shows nothing of it.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_TagResource.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceArn(Sensitive);

impl TargetArn {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: String) -> Result<Self, Constraints> {
        let begins = text.starts_with("arn") && text.len() > "arn".len();
        unless_broken(TARGET.broken_unless(begins, &text), || Self(Sensitive::new(text)))
    }

    /// The ARN itself, for the store.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl ResourceArn {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: String) -> Result<Self, Constraints> {
        let begins = text.starts_with("arn:");
        unless_broken(RESOURCE.broken_unless(begins, &text), || Self(Sensitive::new(text)))
    }

    /// The ARN itself, for finding the resource and for the response to the caller.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    #[test]
    fn a_target_obeys_the_rules_of_the_model() {
        let parse = |text: &str| TargetArn::parse(text.to_owned()).err();
        assert_eq!(parse("arn:aws:sqs:us-east-1:123456789012:queue_1.fifo"), None);
        for wrong in ["arn", "aws:sqs", "arn:aws:sqs:*", "Arn:x"] {
            assert_eq!(parse(wrong), Some(vec![Constraint::Pattern(TARGET.pattern)]), "{wrong}");
        }
        let long = format!("arn{}", "a".repeat(1022));
        assert_eq!(parse(&long), Some(vec![Constraint::MaxLength(1024)]));
    }

    #[test]
    fn a_resource_obeys_the_rules_of_the_model() {
        let parse = |text: &str| ResourceArn::parse(text.to_owned()).err();
        assert_eq!(parse("arn:"), None);
        assert_eq!(parse("arn:aws:chime:é *"), None);
        assert_eq!(parse("arn"), Some(vec![Constraint::Pattern(RESOURCE.pattern)]));
        let both = vec![Constraint::MinLength(1), Constraint::Pattern(RESOURCE.pattern)];
        assert_eq!(parse(""), Some(both));
        let long = format!("arn:{}", "a".repeat(1008));
        assert_eq!(parse(&long), Some(vec![Constraint::MaxLength(1011)]));
    }
}
