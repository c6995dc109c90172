//! Requests with recognizable secrets in every place that callers fill, and a search for them in logs.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use rollcall::domain::{ClientRequestToken, MeetingId};
use rollcall::operations::OPERATIONS;
use rollcall_testing::events;
use serde_json::{Value, json};

use crate::suite::UNKNOWN_ID;

/// The prefix of every secret. The rest of a secret names its place.
const MARK: &str = "Qz7v";

/// A text that appears nowhere else, of characters that every member allows.
pub fn secret(name: &str) -> String {
    format!("{MARK}{name}")
}

/// The id of the meeting that [`Request::create_meeting`] creates with this token.
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

/// A request of one operation, with a secret wherever one is possible.
#[derive(Clone)]
pub struct Request {
    pub operation: &'static str,
    pub method: &'static str,
    pub path: String,
    pub query: Value,
    pub content_type: &'static str,
    pub body: String,
}

impl Request {
    pub fn new(operation: &'static str, method: &'static str, path: impl Into<String>) -> Self {
        let content_type = "application/json";
        let (path, body) = (path.into(), String::new());
        Self { operation, method, path, query: json!({}), content_type, body }
    }

    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query[name] = value.into();
        self
    }

    pub fn body(self, body: impl ToString) -> Self {
        Self { body: body.to_string(), ..self }
    }

    /// The event of an API Gateway REST API.
    pub fn event(&self) -> Value {
        let mut query = self.query.clone();
        query[secret("QueryName")] = secret("QueryValue").into();
        let mut event = events::rest(self.method, &self.path, &self.body);
        event["resource"] = "/{proxy+}".into();
        event["headers"] = json!({
            "Content-Type": self.content_type,
            "Authorization": format!("Bearer {}", secret("Authorization")),
            "Cookie": secret("Cookie"),
            secret("HeaderName"): "x",
        });
        event["queryStringParameters"] = query;
        event["pathParameters"] = json!({"proxy": self.path.trim_start_matches('/')});
        let context = &mut event["requestContext"];
        context["resourcePath"] = "/{proxy+}".into();
        context["stage"] = "prod".into();
        context["authorizer"] = json!({"principalId": secret("Principal")});
        context["identity"] = json!({"userArn": secret("Caller")});
        event
    }

    pub fn create_attendee(meeting_id: &str, user: &str) -> Self {
        let path = format!("/meetings/{meeting_id}/attendees");
        let body = json!({"ExternalUserId": secret(user), "Unknown": secret("Unknown")});
        Self::new("CreateAttendee", "POST", path).body(body)
    }

    /// One user who gets the only seat, and one who finds the meeting full.
    pub fn batch_create_attendee(meeting_id: &str, user: &str) -> Self {
        let path = format!("/meetings/{meeting_id}/attendees");
        let attendee = |user: &str| json!({"ExternalUserId": secret(user)});
        Self::new("BatchCreateAttendee", "POST", path)
            .query("operation", "batch-create")
            .body(json!({"Attendees": [attendee(user), attendee("Late")]}))
    }

    pub fn update_attendee_capabilities(meeting_id: &str, attendee_id: &str) -> Self {
        let path = format!("/meetings/{meeting_id}/attendees/{attendee_id}/capabilities");
        Self::new("UpdateAttendeeCapabilities", "PUT", path)
            .body(json!({"Capabilities": receiving(), "Unknown": secret("Unknown")}))
    }

    pub fn batch_update_attendee_capabilities_except(meeting_id: &str, attendee_id: &str) -> Self {
        let path = format!("/meetings/{meeting_id}/attendees/capabilities");
        let excluded = json!([{"AttendeeId": attendee_id, "Unknown": secret("Unknown")}]);
        Self::new("BatchUpdateAttendeeCapabilitiesExcept", "PUT", path)
            .query("operation", "batch-update-except")
            .body(json!({"Capabilities": receiving(), "ExcludedAttendeeIds": excluded}))
    }

    pub fn create_meeting(token: &str) -> Self {
        Self::new("CreateMeeting", "POST", "/meetings").body(meeting(token))
    }

    /// A meeting with one seat, and two users.
    pub fn create_meeting_with_attendees(token: &str) -> Self {
        let mut body = meeting(token);
        let attendee = |user: &str| json!({"ExternalUserId": secret(user)});
        body["Attendees"] = [attendee("First"), attendee("Second")].into();
        Self::new("CreateMeetingWithAttendees", "POST", "/meetings")
            .query("operation", "create-attendees")
            .body(body)
    }

    /// The request with a `PrimaryMeetingId`.
    pub fn replica_of(self, primary: &str) -> Self {
        let mut body: Value = serde_json::from_str(&self.body).unwrap();
        body["PrimaryMeetingId"] = primary.into();
        self.body(body)
    }

    pub fn get_meeting(meeting_id: &str) -> Self {
        Self::new("GetMeeting", "GET", format!("/meetings/{meeting_id}"))
    }

    pub fn get_attendee(meeting_id: &str, attendee_id: &str) -> Self {
        let path = format!("/meetings/{meeting_id}/attendees/{attendee_id}");
        Self::new("GetAttendee", "GET", path)
    }

    pub fn delete_attendee(meeting_id: &str, attendee_id: &str) -> Self {
        let path = format!("/meetings/{meeting_id}/attendees/{attendee_id}");
        Self::new("DeleteAttendee", "DELETE", path)
    }

    pub fn list_attendees(meeting_id: &str) -> Self {
        Self::new("ListAttendees", "GET", format!("/meetings/{meeting_id}/attendees"))
    }

    pub fn delete_meeting(meeting_id: &str) -> Self {
        Self::new("DeleteMeeting", "DELETE", format!("/meetings/{meeting_id}"))
    }

    pub fn list_tags_for_resource(arn: &str) -> Self {
        Self::new("ListTagsForResource", "GET", "/tags").query("arn", arn)
    }

    pub fn tag_resource(arn: &str, tags: Value) -> Self {
        Self::new("TagResource", "POST", "/tags")
            .query("operation", "tag-resource")
            .body(json!({"ResourceARN": arn, "Tags": tags}))
    }

    pub fn untag_resource(arn: &str) -> Self {
        Self::new("UntagResource", "POST", "/tags")
            .query("operation", "untag-resource")
            .body(json!({"ResourceARN": arn, "TagKeys": [secret("TagKey")]}))
    }

    /// `names` are the names of vocabularies and of a language model.
    pub fn start_meeting_transcription(meeting_id: &str, names: &str) -> Self {
        let settings = json!({
            "VocabularyName": secret("Vocabulary"),
            "VocabularyFilterName": secret("Filter"),
            "VocabularyNames": names,
            "VocabularyFilterNames": names,
            "LanguageModelName": names,
            "Unknown": secret("Unknown"),
        });
        Self::new("StartMeetingTranscription", "POST", transcription(meeting_id))
            .query("operation", "start")
            .body(json!({"TranscriptionConfiguration": {"EngineTranscribeSettings": settings}}))
    }

    pub fn stop_meeting_transcription(meeting_id: &str) -> Self {
        Self::new("StopMeetingTranscription", "POST", transcription(meeting_id))
            .query("operation", "stop")
    }

    /// One request of each operation, for the meeting of this token.
    pub fn each(token: &str) -> Vec<Self> {
        let meeting_id = meeting_of(token);
        let arn = arn_of(&meeting_id);
        of_every_operation(vec![
            Self::create_attendee(&meeting_id, "User"),
            Self::batch_create_attendee(&meeting_id, "User"),
            Self::update_attendee_capabilities(&meeting_id, UNKNOWN_ID),
            Self::batch_update_attendee_capabilities_except(&meeting_id, UNKNOWN_ID),
            Self::create_meeting(token),
            Self::create_meeting_with_attendees(token),
            Self::get_meeting(&meeting_id),
            Self::get_attendee(&meeting_id, UNKNOWN_ID),
            Self::delete_attendee(&meeting_id, UNKNOWN_ID),
            Self::list_attendees(&meeting_id),
            Self::list_tags_for_resource(&arn),
            Self::tag_resource(&arn, json!([tag()])),
            Self::untag_resource(&arn),
            Self::start_meeting_transcription(&meeting_id, &secret("Vocabulary")),
            Self::stop_meeting_transcription(&meeting_id),
            Self::delete_meeting(&meeting_id),
        ])
    }

    /// One invalid request of each operation.
    pub fn each_invalid() -> Vec<Self> {
        let foreign = secret("Foreign");
        of_every_operation(vec![
            Self::create_attendee(&foreign, "%"),
            Self::batch_create_attendee(&foreign, "%"),
            Self::update_attendee_capabilities(&foreign, &foreign),
            Self::batch_update_attendee_capabilities_except(&foreign, &foreign),
            Self::create_meeting("%"),
            Self::create_meeting_with_attendees("%"),
            Self::get_meeting(&foreign),
            Self::get_attendee(&foreign, &foreign),
            Self::delete_attendee(&foreign, &foreign),
            Self::list_attendees(&foreign).query("next-token", &foreign),
            Self::list_tags_for_resource(&foreign),
            Self::tag_resource(&foreign, json!([{"Key": secret("%"), "Value": secret("%")}])),
            Self::untag_resource(&foreign),
            Self::start_meeting_transcription(&foreign, &secret("%")),
            Self::stop_meeting_transcription(&foreign),
            Self::delete_meeting(&foreign),
        ])
    }
}

/// Asserts that there is one request of each operation.
fn of_every_operation(requests: Vec<Request>) -> Vec<Request> {
    let mut names: Vec<_> = requests.iter().map(|request| request.operation).collect();
    let mut expected: Vec<_> = OPERATIONS.iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected);
    requests
}

/// The ARN that the function of the tests gives a meeting.
pub fn arn_of(meeting_id: &str) -> String {
    format!("arn:aws:chime:eu-central-1:123456789012:meeting/{meeting_id}")
}

fn transcription(meeting_id: &str) -> String {
    format!("/meetings/{meeting_id}/transcription")
}

fn receiving() -> Value {
    json!({"Audio": "Receive", "Video": "Receive", "Content": "Receive"})
}

fn tag() -> Value {
    json!({"Key": secret("TagKey"), "Value": secret("TagValue")})
}

fn meeting(token: &str) -> Value {
    json!({
        "ClientRequestToken": secret(token),
        "ExternalMeetingId": secret("Meeting"),
        "MeetingHostId": secret("Host"),
        "MediaRegion": "eu-central-1",
        "MeetingFeatures": {"Attendee": {"MaxCount": 1}},
        "NotificationsConfiguration": {
            "LambdaFunctionArn": format!("arn:aws:lambda:{}", secret("Function")),
            "SnsTopicArn": format!("arn:aws:sns:{}", secret("Topic")),
            "SqsQueueArn": format!("arn:aws:sqs:{}", secret("Queue")),
        },
        "TenantIds": [secret("Tenant")],
        "Tags": [tag()],
    })
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
