//! The tags of meetings.

use super::Constraints;
use super::rule::Rule;

const KEY: Rule = Rule {
    min_length: 1,
    max_length: 128,
    pattern: "^[a-zA-Z+-=._:/]+$",
    // `+-=` is a range in this pattern. It contains the digits and `+,-./:;<=`.
    matches: |text| text.chars().all(|c| matches!(c, 'a'..='z' | 'A'..='Z' | '+'..='=' | '_')),
};
const VALUE: Rule = Rule {
    min_length: 0,
    max_length: 256,
    pattern: r"[\s\w+-=\.:/@]*",
    matches: |text| {
        text.chars()
            .all(|c| matches!(c, 'a'..='z' | 'A'..='Z' | '+'..='=' | '_' | '@' | '\t'..='\r' | ' '))
    },
};

/// The maximum number of tags of one request, and of one meeting.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_TagResource.html>
pub const MAX_TAGS: usize = 50;

/// The key of a tag: 1 to 128 characters that do not begin with the reserved prefix `aws:`.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_Tag.html>
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagKey(String);

/// The value of a tag: up to 256 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagValue(String);

impl TagKey {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        KEY.check_unreserved(text).map(Self)
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TagValue {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        VALUE.check(text).map(Self)
    }

    /// The value's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    #[test]
    fn keys_and_values_obey_the_rules_of_the_model() {
        let key = |text: &str| TagKey::parse(text).err();
        let value = |text: &str| TagValue::parse(text).err();
        assert_eq!(key("team:a/b_c.d=9<;"), None);
        assert_eq!(key(""), Some(vec![Constraint::MinLength(1)]));
        assert_eq!(key("a b"), Some(vec![Constraint::Pattern(KEY.pattern)]));
        assert_eq!(key("AWS:x"), Some(vec![Constraint::ReservedPrefix("aws:")]));
        assert_eq!(key(&"k".repeat(129)), Some(vec![Constraint::MaxLength(128)]));
        assert_eq!(value(""), None);
        assert_eq!(value("a b\t@_"), None);
        assert_eq!(value("é"), Some(vec![Constraint::Pattern(VALUE.pattern)]));
        assert_eq!(value(&"v".repeat(257)), Some(vec![Constraint::MaxLength(256)]));
    }
}
