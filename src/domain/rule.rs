//! Rules for text, as the service model states them.

use super::{Constraint, Constraints};

/// Length in Unicode code points, and a pattern that is one class of characters, repeated.
pub(super) struct Rule {
    pub(super) min_length: usize,
    pub(super) max_length: usize,
    /// As in the service model, for messages.
    pub(super) pattern: &'static str,
    /// The same, as it is checked.
    pub(super) allowed: fn(char) -> bool,
}

impl Rule {
    /// Every part of the rule that the text breaks.
    pub(super) fn broken(&self, text: &str) -> Constraints {
        let length = text.chars().count();
        let parts = [
            (length < self.min_length, Constraint::MinLength(self.min_length)),
            (length > self.max_length, Constraint::MaxLength(self.max_length)),
            (!text.chars().all(self.allowed), Constraint::Pattern(self.pattern)),
        ];
        parts.into_iter().filter(|(broken, _)| *broken).map(|(_, part)| part).collect()
    }

    /// The same for a pattern that says more than which characters there may be: `fits` tells
    /// whether the text does what else it says.
    pub(super) fn broken_unless(&self, fits: bool, text: &str) -> Constraints {
        let mut broken = self.broken(text);
        let pattern = Constraint::Pattern(self.pattern);
        if !fits && !broken.contains(&pattern) {
            broken.push(pattern);
        }
        broken
    }
}

/// Whether the text begins with a prefix that AWS reserves, in any case.
pub(super) fn has_reserved_prefix(text: &str) -> bool {
    // Byte-wise, because a prefix of four bytes may end within a character.
    let prefix = text.as_bytes().get(..RESERVED_PREFIX.len());
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(RESERVED_PREFIX.as_bytes()))
}

/// What external ids and the keys of tags must not begin with.
pub(super) const RESERVED_PREFIX: &str = "aws:";

/// The value, if it broke nothing.
pub(super) fn unless_broken<T>(
    broken: Constraints,
    value: impl FnOnce() -> T,
) -> Result<T, Constraints> {
    if broken.is_empty() { Ok(value()) } else { Err(broken) }
}
