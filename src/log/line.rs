//! The fields of each kind of log line, in the order in which JSON lines show them.

use serde::Serialize;

/// The fields of the line about one request. Of what a request contains, the line only has well-formed
/// ids of a meeting and an attendee.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine<'a> {
    /// The id that the caller sees in `x-amzn-RequestId`.
    pub request_id: &'a str,
    /// Lambda's request id, which the platform's own log lines show; only where it differs from
    /// `request_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_request_id: Option<&'a str>,
    /// The operation's name, or `Unknown`.
    pub operation: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// `Success`, or the name of the exception.
    pub outcome: &'static str,
    /// Why a request was refused: the error's message, which names members and rules, never a value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// The cause of an error that the caller did not make, or a warning about a successful request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'a str>,
    /// The meeting's id; absent while it is not known to be well-formed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_id: Option<String>,
    /// The id of the attendee that was created or found, or whose item can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee_id: Option<String>,
    /// Whether the response repeats that of an earlier request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<bool>,
    /// Milliseconds from the event's arrival to the response.
    pub duration_ms: f64,
    /// Whether this was the instance's first request.
    pub cold_start: bool,
}

/// The fields of the line that an instance logs when it starts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartLine<'a> {
    /// The version of this program.
    pub version: &'static str,
    /// The AWS region of the tables; absent where the environment names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<&'a str>,
    /// The name or ARN of the table of meetings.
    pub meetings_table: &'a str,
    /// The name or ARN of the table of attendees.
    pub attendees_table: &'a str,
}

/// The field of any other line.
#[derive(Serialize)]
pub(super) struct CauseLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<&'a str>,
}
