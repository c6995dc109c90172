//! Any input gets a response that the service model allows.

use std::sync::OnceLock;

use proptest::prelude::*;
use rollcall_testing::events;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::app::TestApp;

const MODELLED: &[(u64, &str)] = &[
    (400, "BadRequestException"),
    (404, "NotFoundException"),
    (404, "UnknownOperationException"),
    (404, "ResourceNotFoundException"),
    (409, "ConflictException"),
    (422, "UnprocessableEntityException"),
];

fn app() -> &'static (Runtime, TestApp, String) {
    static APP: OnceLock<(Runtime, TestApp, String)> = OnceLock::new();
    APP.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        // High enough for the attendees of all cases.
        let app = runtime.block_on(TestApp::with(|settings| settings.max_attendees = 1_000_000));
        let meeting_id = runtime.block_on(app.create_meeting());
        (runtime, app, meeting_id)
    })
}

/// Sends an event, checks that the model allows the response, and returns its status.
fn check(event: &str) -> u64 {
    let (runtime, app, _) = app();
    let response = runtime.block_on(app.event_text(event));
    let status = response["statusCode"].as_u64().unwrap();
    let header = |name: &str| response["headers"][name].as_str().map(str::to_owned);
    let request_id = header("x-amzn-requestid").unwrap();
    let is_transcription = event.contains("/transcription");
    if status == 204 || status == 200 && is_transcription {
        assert_eq!(response["body"], "");
        return status;
    }
    let body: Value = serde_json::from_str(response["body"].as_str().unwrap()).unwrap();
    if status == 200 {
        let ids = [&body["Attendee"]["AttendeeId"], &body["Meeting"]["MeetingId"]];
        assert!(ids.iter().any(|id| id.is_string()) || body["Tags"].is_array(), "{body}");
    } else {
        let error = header("x-amzn-errortype").unwrap();
        assert!(MODELLED.contains(&(status, error.as_str())), "{status} {error} to {event}");
        assert_eq!(body["RequestId"], request_id.as_str());
        assert!(body["Code"].is_string() && body["Message"].is_string());
    }
    status
}

fn post(path: &str, body: &[u8]) -> Value {
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(body);
    let mut event = events::rest("POST", path, &body);
    event["isBase64Encoded"] = true.into();
    event
}

/// Paths of operations with a body, and values of the query parameter `operation`.
fn with_body() -> [(String, Option<&'static str>); 6] {
    [
        (attendees(), None),
        ("/meetings".to_owned(), None),
        ("/meetings".to_owned(), Some("create-attendees")),
        (format!("/meetings/{}/transcription", app().2), Some("start")),
        ("/tags".to_owned(), Some("tag-resource")),
        ("/tags".to_owned(), Some("untag-resource")),
    ]
}

fn attendees() -> String {
    format!("/meetings/{}/attendees", app().2)
}

/// JSON that resembles a request.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,70}".prop_map(Value::from),
        prop_oneof!["SendReceive", "Send", "Receive", "None", "aws:x", "alice"]
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof![
            "ExternalUserId",
            "Capabilities",
            "Audio",
            "Video",
            "Content",
            "MediaRegion",
            "ExternalMeetingId",
            "ClientRequestToken",
            "MeetingFeatures",
            "MaxResolution",
            "MaxCount",
            "Attendee",
            "Attendees",
            "PrimaryMeetingId",
            "TenantIds",
            "Tags",
            "TagKeys",
            "Key",
            "Value",
            "ResourceARN",
            "NotificationsConfiguration",
            "TranscriptionConfiguration",
            "EngineTranscribeSettings",
            "EngineTranscribeMedicalSettings",
            "VocabularyName",
            "IdentifyLanguage",
            ".{0,8}"
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_as_a_body_get_a_valid_response(body in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&post(&attendees(), &body).to_string());
    }

    #[test]
    fn any_json_as_a_body_gets_a_valid_response(body in json_value()) {
        for (path, operation) in with_body() {
            let mut event = post(&path, body.to_string().as_bytes());
            event["queryStringParameters"] = json!({"operation": operation});
            if operation.is_none() {
                event["queryStringParameters"] = Value::Null;
            }
            check(&event.to_string());
        }
    }

    #[test]
    fn a_body_with_one_byte_changed_gets_a_valid_response(at in 0..100usize, byte in any::<u8>()) {
        let mut body = br#"{"ExternalUserId":"alice","Capabilities":{"Audio":"Send","Video":"Send","Content":"None"}}"#.to_vec();
        let length = body.len();
        body[at % length] = byte;
        check(&post(&attendees(), &body).to_string());
    }

    #[test]
    fn any_path_method_and_query_get_a_valid_response(
        path in prop_oneof![".{0,80}", "/.{0,80}", "(/(meetings|attendees|tags|prod|%2e|%|\\.\\.|[a-f0-9-]{36})){0,5}"],
        method in "GET|POST|DELETE|[A-Z]{0,7}|.{0,5}",
        query in ".{0,40}",
    ) {
        // The form is the point here, so this event is written out.
        let event = json!({
            "rawPath": path,
            "rawQueryString": query,
            "requestContext": {"http": {"method": method}, "stage": "prod"},
            "headers": {"host": query},
        });
        check(&event.to_string());
    }

    #[test]
    fn any_event_gets_a_valid_response(event in json_value(), member in "[a-zA-Z]{1,12}|path|headers|body|requestContext|pathParameters|multiValueHeaders|resource|isBase64Encoded|queryStringParameters") {
        check(&event.to_string());
        let mut usual = post(&attendees(), b"{}");
        usual[member] = event;
        check(&usual.to_string());
    }

    #[test]
    fn a_well_formed_request_always_succeeds(
        user in "[-_&@+=,(){}\\[\\]/«».:|'\"#a-zA-Z0-9À-ÿ \t\n\r\u{b}\u{c}]{2,64}",
    ) {
        prop_assume!(!user.to_lowercase().starts_with("aws:"));
        let body = json!({"ExternalUserId": user}).to_string();
        prop_assert_eq!(check(&post(&attendees(), body.as_bytes()).to_string()), 200);
    }
}
