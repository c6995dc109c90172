//! Text that must not appear in logs, spans or error messages.

use std::fmt;

/// Text that the service model marks as `sensitive`, or that a caller chose freely. Its `Debug` form
/// shows nothing of it, and it has no `Display` form: code that needs the text must call `expose`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sensitive(String);

impl Sensitive {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sensitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sensitive]")
    }
}

#[cfg(test)]
mod tests {
    use super::Sensitive;

    #[test]
    fn its_debug_form_shows_nothing_of_the_text() {
        let shown = format!("{:?}", Sensitive::new("alice@example.com".into()));
        assert_eq!(shown, "[sensitive]");
    }
}
