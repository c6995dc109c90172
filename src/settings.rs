//! The operator's settings, read once from environment variables. An invalid setting stops the
//! function at start, before it accepts requests.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;

use lambda_http::http::uri::Authority;

use crate::domain::{InvalidMediaPlacement, MediaPlacement, MediaPlacementMembers};
use crate::json::{self, objects};

objects!(MediaPlacementMembers);

/// The name or ARN of the DynamoDB table of meetings; required.
pub const MEETINGS_TABLE: &str = "MEETINGS_TABLE";
/// The name or ARN of the DynamoDB table of attendees; required.
pub const ATTENDEES_TABLE: &str = "ATTENDEES_TABLE";
/// The seconds after which a meeting ends if nobody deletes it; a day by default.
pub const MEETING_LIFETIME_SECONDS: &str = "MEETING_LIFETIME_SECONDS";
/// The maximum number of attendees of a meeting; 250 by default, which the API does not exceed.
pub const MAX_ATTENDEES: &str = "MAX_ATTENDEES";
/// The URLs of the media servers that meetings return: a JSON object of the members of the service
/// model's `MediaPlacement`; none by default.
pub const MEDIA_PLACEMENT: &str = "MEDIA_PLACEMENT";
/// The prefix of request paths, such as `/api`; none by default. Only used where an event names no
/// route: behind a load balancer, a function URL, or the `$default` route of an HTTP API.
pub const BASE_PATH: &str = "BASE_PATH";

/// The variables that the Lambda runtime needs to start.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const LAMBDA_VARIABLES: [&str; 4] =
    [RUNTIME_API, "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", MEMORY_SIZE];
/// A host and a port.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
/// In megabytes.
const MEMORY_SIZE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

/// At most a year, which is longer than any meeting and too short for a sum of times to overflow.
const LIFETIME_SECONDS: RangeInclusive<u64> = 1..=31_536_000;
const DEFAULT_LIFETIME_SECONDS: u64 = 86_400;
/// How long an attendee is kept after its meeting must have ended, in seconds. It covers the difference
/// between the clocks of two instances.
const EXTRA_RETENTION: u64 = 3_600;
/// The API allows 250 attendees in a meeting.
const ATTENDEES: RangeInclusive<u64> = 1..=250;
const DEFAULT_ATTENDEES: u64 = 250;

/// Valid settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The name or ARN of the table of meetings.
    pub meetings_table: String,
    /// The name or ARN of the table of attendees.
    pub attendees_table: String,
    /// The lifetime of a meeting in seconds.
    pub meeting_lifetime: u64,
    /// The maximum number of attendees of a meeting.
    pub max_attendees: u64,
    /// The URLs of the media servers, which meetings return.
    pub media_placement: Option<MediaPlacement>,
    /// The prefix of request paths. It begins with a slash and does not end with one; empty for none.
    pub base_path: String,
}

/// A missing or invalid variable: its name and what is wrong with it, never its value.
#[derive(Debug, PartialEq, Eq)]
pub struct SettingsError {
    variable: &'static str,
    problem: Cow<'static, str>,
}

impl Settings {
    /// The default settings for these tables.
    pub fn new(meetings_table: impl Into<String>, attendees_table: impl Into<String>) -> Self {
        Self {
            meetings_table: meetings_table.into(),
            attendees_table: attendees_table.into(),
            meeting_lifetime: DEFAULT_LIFETIME_SECONDS,
            max_attendees: DEFAULT_ATTENDEES,
            media_placement: None,
            base_path: String::new(),
        }
    }

    /// Reads the variables through `var`, usually [`std::env::var_os`]. The error is about the first
    /// missing or invalid variable.
    pub fn from_env(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let required = |name| {
            let missing = || SettingsError::new(name, "is not set: it names a DynamoDB table");
            text(&var, name)?.ok_or_else(missing)
        };
        let number = |name, range: RangeInclusive<u64>, default| {
            let Some(digits) = text(&var, name)? else { return Ok(default) };
            let is_number = digits.bytes().all(|b| b.is_ascii_digit());
            let number = digits.parse().ok().filter(|number| is_number && range.contains(number));
            let (min, max) = range.into_inner();
            number.ok_or_else(|| {
                SettingsError::new(name, format!("is not a whole number from {min} to {max}"))
            })
        };
        let base_path = text(&var, BASE_PATH)?.unwrap_or_default();
        if !base_path.is_empty() && !is_base_path(&base_path) {
            return Err(SettingsError::new(BASE_PATH, "is not a path such as /api or /api/v1"));
        }
        Ok(Self {
            meetings_table: required(MEETINGS_TABLE)?,
            attendees_table: required(ATTENDEES_TABLE)?,
            meeting_lifetime: number(
                MEETING_LIFETIME_SECONDS,
                LIFETIME_SECONDS,
                DEFAULT_LIFETIME_SECONDS,
            )?,
            max_attendees: number(MAX_ATTENDEES, ATTENDEES, DEFAULT_ATTENDEES)?,
            media_placement: text(&var, MEDIA_PLACEMENT)?
                .as_deref()
                .map(parse_media_placement)
                .transpose()?,
            base_path,
        })
    }

    /// How long the item of an attendee is kept, in seconds: until every meeting that exists when it is
    /// created has ended, and some time longer.
    pub fn attendee_retention(&self) -> u64 {
        self.meeting_lifetime.saturating_add(EXTRA_RETENTION)
    }

    /// What is valid and most likely a mistake.
    pub fn warning(&self) -> Option<&'static str> {
        let placement = self.media_placement.as_ref()?;
        (!placement.has_signaling_url()).then_some(
            "MEDIA_PLACEMENT has no SignalingUrl: client SDKs cannot start a session without it",
        )
    }
}

fn parse_media_placement(json: &str) -> Result<MediaPlacement, SettingsError> {
    // The reader's own error would repeat names of members.
    json::document(json.as_bytes())
        .map_err(|_| InvalidMediaPlacement::members())
        .and_then(MediaPlacement::parse)
        .map_err(|InvalidMediaPlacement(problem)| SettingsError::new(MEDIA_PLACEMENT, problem))
}

/// Whether a path begins with a slash, and no segment of it is empty.
fn is_base_path(path: &str) -> bool {
    path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|segment| !segment.is_empty()))
}

/// Checks the variables that Lambda sets. The Lambda runtime would panic without them.
pub fn require_lambda(var: impl Fn(&str) -> Option<OsString>) -> Result<(), SettingsError> {
    for name in LAMBDA_VARIABLES {
        let is_valid = text(&var, name)?.is_some_and(|value| match name {
            RUNTIME_API => value.parse::<Authority>().is_ok(),
            MEMORY_SIZE => value.parse::<i32>().is_ok(),
            _ => true,
        });
        if !is_valid {
            let problem = "is not as AWS Lambda sets it; to run outside of Lambda: cargo local";
            return Err(SettingsError::new(name, problem));
        }
    }
    Ok(())
}

/// Reads the text of a variable. An empty variable counts as not set.
pub(crate) fn text(
    var: impl Fn(&str) -> Option<OsString>,
    name: &'static str,
) -> Result<Option<String>, SettingsError> {
    match var(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) if text.is_empty() => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(SettingsError::new(name, "is not UTF-8")),
    }
}

impl SettingsError {
    /// `problem` continues the sentence that begins with the variable.
    pub(crate) fn new(variable: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.problem)
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
    fn only_the_tables_are_required() {
        assert_eq!(read(&TABLES), Ok(Settings::new("m", "a")));
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

    #[test]
    fn a_base_path_begins_with_a_slash_and_ends_without() {
        let with = |value| read(&[TABLES[0], TABLES[1], (BASE_PATH, value)]);
        for path in ["", "/api", "/api/v1"] {
            assert_eq!(with(path).map(|s| s.base_path), Ok(path.to_owned()));
        }
        for path in ["api", "/", "/api/", "//api", "/api//v1"] {
            assert_eq!(
                with(path).unwrap_err().to_string(),
                "BASE_PATH is not a path such as /api or /api/v1",
                "{path}"
            );
        }
    }

    #[test]
    fn a_media_placement_is_read_strictly() {
        let with = |value| read(&[TABLES[0], TABLES[1], (MEDIA_PLACEMENT, value)]);
        assert_eq!(with("").map(|s| s.media_placement), Ok(None));
        let url = "wss://example.com/control/{MeetingId}";
        let members = serde_json::from_value(serde_json::json!({"SignalingUrl": url})).unwrap();
        assert_eq!(
            with(r#"{"SignalingUrl": "wss://example.com/control/{MeetingId}"}"#)
                .map(|s| s.media_placement),
            Ok(Some(MediaPlacement::parse(members).unwrap()))
        );
        let members = "is not a JSON object with no other members than these, each a string and at \
                       most once: AudioFallbackUrl, AudioHostUrl, EventIngestionUrl, ScreenDataUrl, \
                       ScreenSharingUrl, ScreenViewingUrl, SignalingUrl, TurnControlUrl";
        let eight_urls = format!("[{}]", [r#""wss://secret""#; 8].join(","));
        for (value, message) in [
            ("secret", members),
            ("null", members),
            (r#"{"SignalingUrl": "wss://secret",}"#, members),
            (r#"["wss://secret"]"#, members),
            (&eight_urls, members),
            (r#"{"SignalingUrl": null}"#, members),
            (r#"{"SignalingUrl": 1}"#, members),
            (r#"{"SignalingUrl": ["wss://secret"]}"#, members),
            (r#"{"signalingUrl": "wss://secret"}"#, members),
            (r#"{"Secret": "wss://secret"}"#, members),
            (r#"{"SignalingUrl": "wss://secret", "SignalingUrl": "wss://secret"}"#, members),
            ("{}", "has no member"),
            (
                r#"{"SignalingUrl": "wss://example.com/{secret}"}"#,
                "has a brace in SignalingUrl that belongs to neither {MeetingId} nor {MediaRegion}",
            ),
            (
                r#"{"SignalingUrl": "https://secret"}"#,
                "has text in SignalingUrl that does not begin with ws:// or wss://, or that has a \
                 query or a fragment: clients append their own query",
            ),
        ] {
            assert_eq!(with(value).unwrap_err().to_string(), format!("MEDIA_PLACEMENT {message}"));
        }
    }

    #[test]
    fn a_missing_or_invalid_variable_of_lambda_is_named() {
        let set = |changed: &str, value: &str| {
            require_lambda(|name| Some(if name == changed { value.into() } else { "128".into() }))
        };
        assert_eq!(set("", ""), Ok(()));
        let wrong =
            LAMBDA_VARIABLES.map(|name| (name, "")).into_iter().chain([(MEMORY_SIZE, "much")]);
        for (name, value) in wrong {
            let message = set(name, value).unwrap_err().to_string();
            assert!(
                message.starts_with(&format!("{name} is not as AWS Lambda sets it")),
                "{message}"
            );
        }
    }
}
