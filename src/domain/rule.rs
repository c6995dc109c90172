//! The service model's rules for text.

use super::{Constraint, Constraints};

/// The prefix that external ids and the keys of tags must not have, in upper or lower case.
const RESERVED_PREFIX: &str = "aws:";

/// A range of lengths in Unicode code points, and a pattern.
pub struct Rule {
    pub(super) min_length: usize,
    pub(super) max_length: usize,
    /// The pattern of the service model, for messages.
    pub(super) pattern: &'static str,
    /// Whether a text that is long enough matches the pattern.
    pub(super) matches: fn(&str) -> bool,
}

impl Rule {
    /// Returns the text, or every part of the rule that it breaks.
    pub fn check(&self, text: impl Into<String>) -> Result<String, Constraints> {
        let text = text.into();
        let broken = self.broken(&text);
        if broken.is_empty() { Ok(text) } else { Err(broken) }
    }

    /// Checks the text like [`Rule::check`], and that it does not begin with the reserved prefix.
    pub(super) fn check_unreserved(&self, text: impl Into<String>) -> Result<String, Constraints> {
        let text = text.into();
        // Compares bytes, because the fourth byte may be in the middle of a character.
        let prefix = text.as_bytes().get(..RESERVED_PREFIX.len());
        if !prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(RESERVED_PREFIX.as_bytes())) {
            return self.check(text);
        }
        let mut broken = self.broken(&text);
        broken.push(Constraint::ReservedPrefix(RESERVED_PREFIX));
        Err(broken)
    }

    fn broken(&self, text: &str) -> Constraints {
        let length = text.chars().count();
        let parts = [
            (length < self.min_length, Constraint::MinLength(self.min_length)),
            (length > self.max_length, Constraint::MaxLength(self.max_length)),
            (!(self.matches)(text), Constraint::Pattern(self.pattern)),
        ];
        parts.into_iter().filter(|(broken, _)| *broken).map(|(_, part)| part).collect()
    }
}
