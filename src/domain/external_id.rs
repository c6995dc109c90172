//! The ids that a builder's application gives to its users, meetings and hosts.

use super::Constraints;
use super::rule::Rule;
use super::sensitive::Sensitive;

const RULE: Rule = Rule {
    min_length: 2,
    max_length: 64,
    pattern: PATTERN,
    matches: |text| text.chars().all(is_allowed),
};
const HOST_RULE: Rule = Rule { pattern: ".*", matches: |_| true, ..RULE };
/// The pattern in the service model's documentation of both members.
const PATTERN: &str = r##"[-_&@+=,(){}\[\]\/«».:|'"#a-zA-Z0-9À-ÿ\s]*"##;

/// The builder's own id of a user, and the idempotency token of CreateAttendee within a meeting. 2 to 64
/// code points, compared exactly: no case folding, no normalisation, no trimming.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_Attendee.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalUserId(Sensitive);

/// The builder's own id of a meeting, with the same rules as [`ExternalUserId`].
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_Meeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalMeetingId(Sensitive);

/// The builder's own id of a meeting's host: 2 to 64 code points, and no pattern.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_Meeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingHostId(Sensitive);

impl MeetingHostId {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        HOST_RULE.check(text).map(Sensitive::new).map(Self)
    }

    /// The id itself, for the store and for the response to the caller.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl ExternalUserId {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        RULE.check_unreserved(text).map(Sensitive::new).map(Self)
    }

    /// The id itself, for the store and for the response to the caller.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl ExternalMeetingId {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        RULE.check_unreserved(text).map(Sensitive::new).map(Self)
    }

    /// The id itself, for the store and for the response to the caller.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

fn is_allowed(c: char) -> bool {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => true,
        '-' | '_' | '&' | '@' | '+' | '=' | ',' | '(' | ')' | '{' | '}' | '[' | ']' | '/' => true,
        '.' | ':' | '|' | '\'' | '"' | '#' | '«' | '»' => true,
        // The whole range, including the multiplication and division signs among the letters.
        '\u{C0}'..='\u{FF}' => true,
        // In a Java pattern without flags, `\s` matches these six and no Unicode white space.
        '\t' | '\n' | '\u{0B}' | '\u{0C}' | '\r' | ' ' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    fn parse(text: &str) -> Result<ExternalUserId, Constraints> {
        ExternalUserId::parse(text)
    }

    /// The punctuation of the pattern, copied from the documentation.
    const PUNCTUATION: &str = "-_&@+=,(){}[]/«».:|'\"#";

    #[test]
    fn exactly_the_documented_characters_are_allowed() {
        for c in (0..=0x17F).filter_map(char::from_u32) {
            let documented = c.is_ascii_alphanumeric()
                || PUNCTUATION.contains(c)
                || ('À'..='ÿ').contains(&c)
                || " \t\n\r\u{b}\u{c}".contains(c);
            let outcome = parse(&format!("x{c}"));
            if documented {
                assert_eq!(outcome.map(|id| id.expose().to_owned()), Ok(format!("x{c}")));
            } else {
                assert_eq!(outcome, Err(vec![Constraint::Pattern(PATTERN)]), "U+{:04X}", c as u32);
            }
        }
    }

    #[test]
    fn the_reserved_prefix_is_refused_in_any_case_and_only_as_a_prefix() {
        for reserved in ["aws:", "AWS:x", "aWs:user"] {
            assert_eq!(parse(reserved), Err(vec![Constraint::ReservedPrefix("aws:")]));
        }
        for free in ["aws", "aws-x:", " aws:x", "xaws:"] {
            assert!(parse(free).is_ok(), "{free}");
        }
    }

    #[test]
    fn the_id_of_a_host_has_a_length_and_no_pattern() {
        let host = |text: &str| MeetingHostId::parse(text);
        for text in ["aws:x", "a*", "日本", &"😀".repeat(64)] {
            assert_eq!(host(text).unwrap().expose(), text);
        }
        assert_eq!(host("x").unwrap_err(), [Constraint::MinLength(2)]);
        assert_eq!(host(&"x".repeat(65)).unwrap_err(), [Constraint::MaxLength(64)]);
    }
}
