//! Requests with recognizable secrets in every place that callers fill, and a search for them in logs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use rollcall::domain::{ClientRequestToken, MeetingId};
use rollcall::operations::{OPERATIONS, Operation};
use rollcall_testing::calls::{self, Call, Subject};
use rollcall_testing::{events, function};
use serde_json::{Value, json};

use crate::suite::UNKNOWN_ID;

/// The prefix of every secret. The rest of a secret names its place.
const MARK: &str = "Qz7v";

/// A text that appears nowhere else, of characters that every member allows.
pub fn secret(name: &str) -> String {
    format!("{MARK}{name}")
}

/// The id of the meeting that CreateMeeting creates with this token.
pub fn meeting_of(token: &str) -> String {
    let token = ClientRequestToken::parse(secret(token)).unwrap();
    MeetingId::for_token(&token).to_string()
}

/// Asserts that `written` contains no secret, in any form. `tokens` are secrets that the service itself
/// created, such as join tokens.
pub fn assert_no_secrets(written: &str, tokens: &[String]) {
    let secrets = tokens.iter().map(String::as_str).chain([MARK]);
    for secret in secrets {
        for form in forms(secret) {
            assert!(!written.contains(&form), "{secret} as {form} in {written}");
        }
        let lower = written.to_lowercase();
        assert!(!lower.contains(&secret.to_lowercase()), "{secret} in {written}");
    }
    // Items in DynamoDB's protocol, and in the SDK's `Debug` form.
    for shape in ["{\"S\":", "{\"N\":", "\\\"S\\\":", "AttributeValue", "S(\"", "S(\\\"", "Blob"] {
        assert!(!written.contains(shape), "{shape} in {written}");
    }
}

/// The text itself, and in the forms of URLs, JSON, base64 and `Debug` of bytes.
fn forms(text: &str) -> Vec<String> {
    let percent = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let escaped = text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect::<String>();
    let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let list = text.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    let mut forms = vec![text.to_owned(), percent, escaped, hex, list];
    // Depending on the bytes before it, the middle of the text has one of three base64 forms.
    for before in 0..3 {
        let padded = [&vec![0; before], text.as_bytes(), &[0, 0]].concat();
        let (first, last) = ([0, 2, 3][before], (before + text.len()) * 8 / 6);
        for encoded in [STANDARD.encode(&padded), URL_SAFE.encode(&padded)] {
            forms.push(encoded.get(first..last).unwrap().to_owned());
        }
    }
    forms
}

/// A request with a secret wherever one is possible.
#[derive(Clone)]
pub struct Request {
    /// Empty if the request matches no operation.
    pub operation: &'static str,
    /// The event of an API Gateway REST API.
    pub event: Value,
}

impl Request {
    pub fn new(operation: &'static str, method: &str, path: &str) -> Self {
        let mut event = events::rest(method, path, "");
        event["resource"] = "/{proxy+}".into();
        event["headers"] = json!({
            "Content-Type": "application/json",
            "Authorization": format!("Bearer {}", secret("Authorization")),
            "Cookie": secret("Cookie"),
            secret("HeaderName"): "x",
        });
        event["queryStringParameters"] = json!({secret("QueryName"): secret("QueryValue")});
        event["pathParameters"] = json!({"proxy": path.trim_start_matches('/')});
        let context = &mut event["requestContext"];
        context["resourcePath"] = "/{proxy+}".into();
        context["stage"] = "prod".into();
        context["authorizer"] = json!({"principalId": secret("Principal")});
        context["identity"] = json!({"userArn": secret("Caller")});
        Self { operation, event }
    }

    /// The call of an operation, in which each text that the caller chooses is a secret. The meetings that
    /// it creates have one seat.
    pub fn of(operation: &'static str, subject: &Subject) -> Self {
        let mut call = Call::new(operation, subject);
        calls::texts(&mut call.body, &|text| *text = text.replace(calls::ANY, MARK));
        add_unknown(&mut call.body);
        if call.body["ClientRequestToken"].is_string() {
            call.body["MeetingFeatures"] = json!({"Attendee": {"MaxCount": 1}});
        }
        let request = Self::new(operation, &call.method, &call.path).body(call.text());
        call.query.iter().fold(request, |request, (name, value)| request.query(name, value))
    }

    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.event["queryStringParameters"][name] = value.into();
        self
    }

    pub fn content_type(mut self, content_type: &str) -> Self {
        self.event["headers"]["Content-Type"] = content_type.into();
        self
    }

    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.event["body"] = body.into().into();
        self
    }

    /// The request with another value of a member.
    pub fn with(self, member: &str, value: impl Into<Value>) -> Self {
        let mut body = function::body(&self.event);
        body[member] = value.into();
        self.body(body.to_string())
    }

    /// One request of each operation, for the meeting of this token.
    pub fn each(token: &str) -> Vec<Self> {
        let subject = subject(token);
        OPERATIONS.iter().map(|operation| Self::of(operation.name, &subject)).collect()
    }

    /// One invalid request of each operation.
    pub fn each_invalid() -> Vec<Self> {
        let foreign = secret("Foreign");
        let [meeting_id, attendee_id, token] = [(); 3].map(|()| foreign.clone());
        let subject = Subject { meeting_id, attendee_id, token };
        let invalid = |operation: &Operation| {
            let request = Self::of(operation.name, &subject);
            let request = request.query("next-token", &foreign).query("arn", &foreign);
            // No name and no token may have a `%`, and an ARN has a prefix.
            let body = request.event["body"].as_str().unwrap().replace(MARK, &format!("{MARK}%"));
            request.body(body.replace("arn:aws:chime:", ""))
        };
        OPERATIONS.iter().map(invalid).collect()
    }
}

/// An attendee who does not exist, in the meeting of a token.
pub fn subject(token: &str) -> Subject {
    let (meeting_id, attendee_id) = (meeting_of(token), UNKNOWN_ID.to_owned());
    Subject { meeting_id, attendee_id, token: secret(token) }
}

/// Adds a secret as an unknown member to each structure.
fn add_unknown(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(add_unknown),
        Value::Object(members) => {
            members.values_mut().for_each(add_unknown);
            members.insert("Unknown".to_owned(), secret("Unknown").into());
        }
        _ => {}
    }
}

#[test]
fn secrets_are_found_in_every_form() {
    let user = secret("User");
    let line = |text: String| format!("{{\"cause\":\"{text}\"}}");
    let encoded = |before: &str| STANDARD.encode(format!("{before}{user}!"));
    for leak in [
        user.clone(),
        user.to_uppercase(),
        format!("{:?}", user.as_bytes()),
        user.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        user.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
        encoded(""),
        encoded("a"),
        encoded("ab"),
        "{\"S\":\"x\"}".to_owned(),
    ] {
        let written = line(leak);
        let found = std::panic::catch_unwind(|| assert_no_secrets(&written, &[]));
        assert!(found.is_err(), "{written}");
    }
    assert_no_secrets(&line("DynamoDB answered 500".to_owned()), &[]);
}
