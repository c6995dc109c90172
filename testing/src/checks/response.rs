//! The rules of every response and of its log line.

use rollcall::domain::{AttendeeId, MeetingId};
use rollcall::operations::OPERATIONS;
use serde_json::Value;

use crate::calls;

/// Lambda's id of every invocation.
pub const INVOCATION_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
/// The message for an event that can't be converted into a request.
pub const UNREADABLE_EVENT: &str = "The gateway's event cannot be read";
/// The log's operation for a request that matches none.
const UNKNOWN: &str = "Unknown";
/// The statuses of errors that a request alone can cause.
const STATUSES: [(&str, u64); 8] = [
    ("BadRequestException", 400),
    ("ConflictException", 409),
    ("LimitExceededException", 400),
    ("NotFoundException", 404),
    ("ResourceNotFoundException", 404),
    ("TooManyTagsException", 400),
    ("UnknownOperationException", 404),
    ("UnprocessableEntityException", 422),
];

/// The contents of a response.
#[derive(Debug, PartialEq)]
pub struct Response {
    /// The operation's name, from the log.
    pub operation: Option<String>,
    pub status: u64,
    pub request_id: String,
    /// The exception's name.
    pub error: Option<String>,
    pub body: Value,
    /// Whether the response may depend on the tables.
    pub used_tables: bool,
}

impl Response {
    /// The message of an error.
    pub fn message(&self) -> Option<&str> {
        self.error.as_ref().and(self.body["Message"].as_str())
    }
}

/// Checks a response and its log line as a gateway and an SDK read them. It leaves `used_tables` to the
/// caller.
pub fn check(response: &Value, log: &str) -> Response {
    let header = |name: &str| response["headers"][name].as_str().map(str::to_owned);
    assert_eq!(response["isBase64Encoded"], false);
    let status = response["statusCode"].as_u64().unwrap();
    let request_id = header("x-amzn-requestid").unwrap();
    let visible = request_id.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(visible && !request_id.is_empty(), "unfit for a header: {request_id:?}");

    let line = read_line(log);
    let operation = line["operation"].as_str().filter(|name| *name != UNKNOWN);
    assert_eq!(line["status"].as_u64(), Some(status));
    assert_eq!(line["requestId"], request_id.as_str());

    let text = response["body"].as_str().unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap() };
    let is_empty =
        status == 204 || status == 200 && operation.is_some_and(|name| calls::of(name).empty);
    let content_type = (!is_empty).then(|| "application/json".to_owned());
    assert_eq!(header("content-type"), content_type);
    assert_eq!(header("retry-after"), None);
    let error = header("x-amzn-errortype");
    assert_eq!(line["outcome"], error.as_deref().unwrap_or("Success"));
    if let Some(error) = &error {
        assert!(STATUSES.contains(&(&**error, status)), "{status} {error}");
        let is_listed = match operation {
            None => ["BadRequestException", "UnknownOperationException"].contains(&&**error),
            Some(operation) => calls::of(operation).errors.contains(error),
        };
        assert!(is_listed, "{error} of {operation:?}: {line}");
        let members: Vec<_> = body.as_object().unwrap().keys().collect();
        let mut expected = vec!["Code", "Message", "RequestId"];
        if ["ResourceNotFoundException", "TooManyTagsException"].contains(&error.as_str()) {
            expected.push("ResourceName");
        }
        assert_eq!(members, expected);
        assert_eq!(body["Code"], error.as_str());
        let message = body["Message"].as_str().unwrap();
        assert!((1..=4096).contains(&message.chars().count()), "{message}");
        assert_eq!(line["reason"], message);
        assert_eq!(body["RequestId"], request_id.as_str());
    } else {
        assert!(matches!(status, 200 | 204), "{status} without an error");
        assert_eq!(body.is_null(), is_empty);
    }
    let operation = operation.map(str::to_owned);
    Response { operation, status, request_id, error, body, used_tables: false }
}

/// Parses the single log line, and checks that no field has a form in which it could contain parts of
/// the request.
fn read_line(log: &str) -> Value {
    let text = log.strip_suffix('\n').unwrap();
    assert!(!text.contains('\n'), "one line for each request: {text}");
    let line: Value = serde_json::from_str(text).unwrap();
    for (name, value) in line.as_object().unwrap() {
        let is_allowed = match (name.as_str(), value) {
            ("timestamp", Value::String(time)) => time == "2027-01-15T08:00:00Z",
            ("level", Value::String(level)) => level == "INFO",
            ("message", Value::String(message)) => message == "request",
            // Compared with the header, which `event::check` compares with the event.
            ("requestId", Value::String(_)) => true,
            ("lambdaRequestId", Value::String(id)) => id == INVOCATION_ID,
            ("operation", Value::String(operation)) => {
                operation == UNKNOWN || OPERATIONS.iter().any(|known| known.name == operation)
            }
            // Compared with the response.
            ("status", Value::Number(_)) | ("outcome" | "reason", Value::String(_)) => true,
            ("meetingId", Value::String(id)) => {
                MeetingId::parse(id).is_ok_and(|parsed| parsed.to_string() == *id)
            }
            ("attendeeId", Value::String(id)) => AttendeeId::parse(id).is_ok(),
            ("replay" | "coldStart", Value::Bool(_)) | ("durationMs", Value::Number(_)) => true,
            _ => false,
        };
        assert!(is_allowed, "{name} in {text}");
    }
    line
}
