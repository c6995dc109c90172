//! What must hold of every answer and of the line that is logged of it.

use rollcall::domain::{AttendeeId, MeetingId};
use serde_json::Value;

/// The errors that a request alone can bring about, in the service model's list of each operation.
/// Those of the 5xx and throttling are not among them: no input may cause one.
const ERRORS: &[(&str, &[(u64, &str)])] = &[
    ("BatchCreateAttendee", &[BAD_REQUEST, NOT_FOUND]),
    ("BatchUpdateAttendeeCapabilitiesExcept", &[BAD_REQUEST, CONFLICT, NOT_FOUND]),
    ("CreateAttendee", &[BAD_REQUEST, LIMIT_EXCEEDED, NOT_FOUND, UNPROCESSABLE]),
    ("CreateMeeting", &[BAD_REQUEST, CONFLICT]),
    ("CreateMeetingWithAttendees", &[BAD_REQUEST, CONFLICT]),
    ("DeleteAttendee", &[BAD_REQUEST, NOT_FOUND]),
    ("DeleteMeeting", &[BAD_REQUEST]),
    ("GetAttendee", &[BAD_REQUEST, NOT_FOUND]),
    ("GetMeeting", &[BAD_REQUEST, NOT_FOUND]),
    ("ListAttendees", &[BAD_REQUEST, NOT_FOUND]),
    ("ListTagsForResource", &[BAD_REQUEST, NO_RESOURCE]),
    ("StartMeetingTranscription", &[BAD_REQUEST, NOT_FOUND]),
    ("StopMeetingTranscription", &[BAD_REQUEST, NOT_FOUND]),
    ("TagResource", &[BAD_REQUEST, NO_RESOURCE, TOO_MANY_TAGS]),
    ("UntagResource", &[BAD_REQUEST, NO_RESOURCE]),
    ("UpdateAttendeeCapabilities", &[BAD_REQUEST, CONFLICT, NOT_FOUND]),
];
/// Those of a request that is for no operation.
const WITHOUT_OPERATION: &[(u64, &str)] = &[BAD_REQUEST, (404, "UnknownOperationException")];
/// The operations that answer 200 without a body.
const WITHOUT_OUTPUT: [&str; 3] = [
    "BatchUpdateAttendeeCapabilitiesExcept",
    "StartMeetingTranscription",
    "StopMeetingTranscription",
];
/// The message where an event can't be made a request.
pub const NO_REQUEST: &str = "The event is no HTTP request";
/// What the log calls that operation.
const UNKNOWN: &str = "Unknown";
const BAD_REQUEST: (u64, &str) = (400, "BadRequestException");
const CONFLICT: (u64, &str) = (409, "ConflictException");
const LIMIT_EXCEEDED: (u64, &str) = (400, "LimitExceededException");
const NOT_FOUND: (u64, &str) = (404, "NotFoundException");
const NO_RESOURCE: (u64, &str) = (404, "ResourceNotFoundException");
const TOO_MANY_TAGS: (u64, &str) = (400, "TooManyTagsException");
const UNPROCESSABLE: (u64, &str) = (422, "UnprocessableEntityException");

/// What an answer says.
#[derive(Debug, PartialEq)]
pub struct Answer {
    /// The name of the operation, from the log.
    pub operation: Option<String>,
    pub status: u64,
    pub request_id: String,
    /// The name of the exception.
    pub error: Option<String>,
    pub body: Value,
}

impl Answer {
    /// Its message, if it is an error.
    pub fn message(&self) -> Option<&str> {
        self.error.as_ref().and(self.body["Message"].as_str())
    }
}

/// Reads an answer as a gateway and an SDK do.
pub fn check(answer: &Value, log: &[u8]) -> Answer {
    let header = |name: &str| answer["headers"][name].as_str().map(str::to_owned);
    assert_eq!(answer["isBase64Encoded"], false);
    let status = answer["statusCode"].as_u64().unwrap();
    let request_id = header("x-amzn-requestid").unwrap();
    let visible = request_id.bytes().all(|byte| byte.is_ascii_graphic());
    assert!(visible && !request_id.is_empty(), "no header: {request_id:?}");

    let line = read_line(log);
    let operation = line["operation"].as_str().filter(|name| *name != UNKNOWN);
    assert_eq!(line["status"].as_u64(), Some(status));
    assert_eq!(line["requestId"], request_id.as_str());

    let text = answer["body"].as_str().unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(text).unwrap() };
    let is_empty = status == 204
        || status == 200 && operation.is_some_and(|name| WITHOUT_OUTPUT.contains(&name));
    let content_type = (!is_empty).then(|| "application/json".to_owned());
    assert_eq!(header("content-type"), content_type);
    assert_eq!(header("retry-after"), None);
    let error = header("x-amzn-errortype");
    assert_eq!(line["outcome"], error.as_deref().unwrap_or("Success"));
    if let Some(error) = &error {
        let listed = match operation {
            None => WITHOUT_OPERATION,
            Some(operation) => ERRORS.iter().find(|(name, _)| *name == operation).unwrap().1,
        };
        assert!(listed.contains(&(status, error)), "{status} {error} of {operation:?}: {line}");
        let members: Vec<_> = body.as_object().unwrap().keys().collect();
        let mut expected = vec!["Code", "Message", "RequestId"];
        if [NO_RESOURCE.1, TOO_MANY_TAGS.1].contains(&error.as_str()) {
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
    Answer { operation: operation.map(str::to_owned), status, request_id, error, body }
}

/// Reads the one line that was logged, and finds each of its fields to be of a kind that can hold
/// nothing of a request.
fn read_line(log: &[u8]) -> Value {
    let text = std::str::from_utf8(log).unwrap().strip_suffix('\n').unwrap();
    assert!(!text.contains('\n'), "one line a request: {text}");
    let line: Value = serde_json::from_str(text).unwrap();
    for (name, value) in line.as_object().unwrap() {
        let of_its_kind = match (name.as_str(), value) {
            ("timestamp", Value::String(time)) => time == "2027-01-15T08:00:00Z",
            ("level", Value::String(level)) => level == "INFO",
            ("message", Value::String(message)) => message == "request",
            // Held against the header, which is held against the event where that is known.
            ("requestId", Value::String(_)) => true,
            ("lambdaRequestId", Value::String(id)) => id == super::trial::INVOCATION_ID,
            ("operation", Value::String(operation)) => {
                operation == UNKNOWN || ERRORS.iter().any(|(name, _)| name == operation)
            }
            // Held against the answer's.
            ("status", Value::Number(_)) | ("outcome" | "reason", Value::String(_)) => true,
            ("meetingId", Value::String(id)) => {
                MeetingId::parse(id).is_ok_and(|parsed| parsed.to_string() == *id)
            }
            ("attendeeId", Value::String(id)) => AttendeeId::parse(id).is_ok(),
            ("replay" | "coldStart", Value::Bool(_)) | ("durationMs", Value::Number(_)) => true,
            _ => false,
        };
        assert!(of_its_kind, "{name} in {text}");
    }
    line
}
