//! What the operator sets, read once at start and strictly: a function that starts is a function
//! that is set up.

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;

/// Names the DynamoDB table of meetings; required.
pub const MEETINGS_TABLE: &str = "MEETINGS_TABLE";
/// Names the DynamoDB table of attendees; required.
pub const ATTENDEES_TABLE: &str = "ATTENDEES_TABLE";
/// How long a meeting lasts unless it is deleted, in seconds; a day when not set.
pub const MEETING_LIFETIME_SECONDS: &str = "MEETING_LIFETIME_SECONDS";
/// How many attendees a meeting holds; 250, which is also the most, when not set.
pub const MAX_ATTENDEES: &str = "MAX_ATTENDEES";

/// A year is far more than any meeting, and far less than what overflows.
const LIFETIME_RANGE: RangeInclusive<u64> = 1..=31_536_000;
const DEFAULT_LIFETIME: u64 = 86_400;
/// The most that the API allows in a meeting.
const ATTENDEES_RANGE: RangeInclusive<u64> = 1..=250;
const DEFAULT_ATTENDEES: u64 = 250;

/// The service's settings, all checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Name or ARN of the table of meetings.
    pub meetings_table: String,
    /// Name or ARN of the table of attendees.
    pub attendees_table: String,
    /// In seconds.
    pub meeting_lifetime: u64,
    /// Per meeting.
    pub max_attendees: u64,
}

/// A variable that is missing or makes no sense. Names the variable; never its value.
#[derive(Debug, PartialEq, Eq)]
pub enum SettingsError {
    /// A required variable is not set, or empty.
    Missing(&'static str),
    /// Not UTF-8.
    NotText(&'static str),
    /// Not a whole number in decimal digits within the range.
    OutOfRange(&'static str, RangeInclusive<u64>),
    /// None of the words it can be.
    NotOneOf(&'static str, &'static [&'static str]),
}

impl Settings {
    /// Settings that name the tables and leave everything else as it is by default.
    pub fn new(meetings_table: impl Into<String>, attendees_table: impl Into<String>) -> Self {
        Self {
            meetings_table: meetings_table.into(),
            attendees_table: attendees_table.into(),
            meeting_lifetime: DEFAULT_LIFETIME,
            max_attendees: DEFAULT_ATTENDEES,
        }
    }

    /// Reads the variables through `var`, usually [`std::env::var_os`].
    pub fn from_env(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let required = |name| text(&var, name)?.ok_or(SettingsError::Missing(name));
        let number = |name, range: RangeInclusive<u64>, default| match text(&var, name)? {
            None => Ok(default),
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => digits
                .parse()
                .ok()
                .filter(|number| range.contains(number))
                .ok_or(SettingsError::OutOfRange(name, range)),
            Some(_) => Err(SettingsError::OutOfRange(name, range)),
        };
        Ok(Self {
            meetings_table: required(MEETINGS_TABLE)?,
            attendees_table: required(ATTENDEES_TABLE)?,
            meeting_lifetime: number(MEETING_LIFETIME_SECONDS, LIFETIME_RANGE, DEFAULT_LIFETIME)?,
            max_attendees: number(MAX_ATTENDEES, ATTENDEES_RANGE, DEFAULT_ATTENDEES)?,
        })
    }
}

/// The text of a variable; an empty one counts as not set.
pub(crate) fn text(
    var: impl Fn(&str) -> Option<OsString>,
    name: &'static str,
) -> Result<Option<String>, SettingsError> {
    match var(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) if text.is_empty() => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(SettingsError::NotText(name)),
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name} is not set: it names a DynamoDB table"),
            Self::NotText(name) => write!(f, "{name} is not UTF-8"),
            Self::OutOfRange(name, range) => {
                write!(f, "{name} is not a whole number from {} to {}", range.start(), range.end())
            }
            Self::NotOneOf(name, words) => write!(f, "{name} is none of {}", words.join(", ")),
        }
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::from_env(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    const TABLES: [(&str, &str); 2] = [(MEETINGS_TABLE, "m"), (ATTENDEES_TABLE, "a")];

    #[test]
    fn the_tables_are_enough() {
        assert_eq!(read(&TABLES), Ok(Settings::new("m", "a")));
    }

    #[test]
    fn a_missing_table_is_named() {
        let error = read(&[(MEETINGS_TABLE, "m"), (ATTENDEES_TABLE, "")]).unwrap_err();
        assert_eq!(error.to_string(), "ATTENDEES_TABLE is not set: it names a DynamoDB table");
    }

    #[test]
    fn numbers_are_read_strictly() {
        let with = |name, value| read(&[TABLES[0], TABLES[1], (name, value)]);
        assert_eq!(with(MAX_ATTENDEES, "25").map(|s| s.max_attendees), Ok(25));
        assert_eq!(with(MEETING_LIFETIME_SECONDS, "60").map(|s| s.meeting_lifetime), Ok(60));
        for value in ["0", "251", " 25", "25 ", "+25", "-1", "2.5", "many", "99999999999999999999"]
        {
            assert_eq!(
                with(MAX_ATTENDEES, value).unwrap_err().to_string(),
                "MAX_ATTENDEES is not a whole number from 1 to 250",
                "{value}"
            );
        }
    }
}
