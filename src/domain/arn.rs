//! Names of AWS resources.

use super::rule::{Rule, unless_broken};
use super::sensitive::Sensitive;
use super::{Constraint, Constraints};

const RULE: Rule = Rule {
    min_length: 1,
    max_length: 1024,
    pattern: r"^arn[\/\:\-\_\.a-zA-Z0-9]+$",
    allowed: |c| matches!(c, '/' | ':' | '-' | '_' | '.') || c.is_ascii_alphanumeric(),
};

/// A target of notifications. Marked sensitive in the service model.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_NotificationsConfiguration.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetArn(Sensitive);

impl TargetArn {
    /// Every broken rule is reported, not only the first.
    pub fn parse(text: String) -> Result<Self, Constraints> {
        let mut broken = RULE.broken(&text);
        let begins = text.strip_prefix("arn").is_some_and(|rest| !rest.is_empty());
        if !begins && !broken.contains(&Constraint::Pattern(RULE.pattern)) {
            broken.push(Constraint::Pattern(RULE.pattern));
        }
        unless_broken(broken, || Self(Sensitive::new(text)))
    }

    /// The ARN itself, for the store.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_model_hold() {
        let parse = |text: &str| TargetArn::parse(text.to_owned()).err();
        assert_eq!(parse("arn:aws:sqs:us-east-1:123456789012:queue_1.fifo"), None);
        for wrong in ["arn", "aws:sqs", "arn:aws:sqs:*", "Arn:x"] {
            assert_eq!(parse(wrong), Some(vec![Constraint::Pattern(RULE.pattern)]), "{wrong}");
        }
        assert_eq!(
            parse(&format!("arn{}", "a".repeat(1022))),
            Some(vec![Constraint::MaxLength(1024)])
        );
    }
}
