//! Enums of the service model.

/// Defines an enum with the methods `parse` and `as_str`. Parsing is case-sensitive, as everywhere in the
/// API.
macro_rules! enumeration {
    ($(#[$about:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $value:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            const VALUES: &[&str] = &[$($value),*];

            /// Parses a value of the API, case-sensitively.
            pub fn parse(text: impl AsRef<str>) -> Result<Self, $crate::domain::Constraints> {
                match text.as_ref() {
                    $($value => Ok(Self::$variant),)*
                    _ => Err(vec![$crate::domain::Constraint::OneOf(Self::VALUES)]),
                }
            }

            /// The value as the API writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)*
                }
            }
        }
    };
}

pub(super) use enumeration;
