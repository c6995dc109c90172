//! Enums of the service model: words that are read and written exactly so.

/// Makes an enum whose `parse` reads its words case-sensitively, as everywhere in the API, and whose
/// `as_str` writes them.
macro_rules! enumeration {
    ($(#[$about:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$each])* $variant,)*
        }

        impl $name {
            const WORDS: &[&str] = &[$($word),*];

            /// Reads the word in its own case.
            pub fn parse(text: &str) -> Result<Self, $crate::domain::Constraint> {
                match text {
                    $($word => Ok(Self::$variant),)*
                    _ => Err($crate::domain::Constraint::OneOf(Self::WORDS)),
                }
            }

            /// The word as the API writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

pub(super) use enumeration;
