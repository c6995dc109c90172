//! The service model's rules for text.

use super::{Constraint, Constraints};

/// A range of lengths in Unicode code points, and a pattern that repeats one class of characters.
pub struct Rule {
    pub(super) min_length: usize,
    pub(super) max_length: usize,
    /// The pattern of the service model, for messages.
    pub(super) pattern: &'static str,
    /// Whether the pattern's class contains a character.
    pub(super) allowed: fn(char) -> bool,
}

impl Rule {
    /// The parts of the rule that the text breaks.
    pub(super) fn broken(&self, text: &str) -> Constraints {
        let length = text.chars().count();
        let parts = [
            (length < self.min_length, Constraint::MinLength(self.min_length)),
            (length > self.max_length, Constraint::MaxLength(self.max_length)),
            (!text.chars().all(self.allowed), Constraint::Pattern(self.pattern)),
        ];
        parts.into_iter().filter(|(broken, _)| *broken).map(|(_, part)| part).collect()
    }

    /// The same for a pattern that requires more than a class of characters; `fits` is whether the text
    /// meets that other requirement.
    pub(super) fn broken_unless(&self, fits: bool, text: &str) -> Constraints {
        let mut broken = self.broken(text);
        let pattern = Constraint::Pattern(self.pattern);
        if !fits && !broken.contains(&pattern) {
            broken.push(pattern);
        }
        broken
    }
}

/// Whether the text begins with the prefix that AWS reserves, in upper or lower case.
pub(super) fn has_reserved_prefix(text: &str) -> bool {
    // Compares bytes, because the fourth byte may be in the middle of a character.
    let prefix = text.as_bytes().get(..RESERVED_PREFIX.len());
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(RESERVED_PREFIX.as_bytes()))
}

/// The prefix that external ids and the keys of tags must not have.
pub(super) const RESERVED_PREFIX: &str = "aws:";

/// The value if its text broke no rule, else the broken rules.
pub(super) fn unless_broken<T>(
    broken: Constraints,
    value: impl FnOnce() -> T,
) -> Result<T, Constraints> {
    if broken.is_empty() { Ok(value()) } else { Err(broken) }
}
