//! The Lambda binary, started as Lambda starts it.

use std::time::Duration;

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use rollcall_testing::events;
use serde_json::{Value, json};

use crate::app::{LAMBDA_REQUEST_ID, TestApp, listen};
use crate::gateways::unreadable_events;
use crate::lambda_process::{Lambda, binary};

#[tokio::test(flavor = "multi_thread")]
async fn it_responds_to_events_and_logs_one_json_line_for_each() {
    let app = TestApp::new().await;
    let (mut lambda, meeting_id) = start(&app).await;
    let create_attendee = create_attendee(&meeting_id, "secret-user");
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let created = lambda.respond(create_attendee.clone()).await;
        assert_eq!(created["statusCode"], 200, "{created}");
        bodies.push(created["body"].clone());
    }
    assert_eq!(bodies[0], bodies[1]);

    let [out, err] = lambda.stop().await;
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (start, lines) = lines.split_first().unwrap();
    assert_eq!(start["message"], "start");
    assert_eq!(lines.len(), 3, "{out}");
    assert_eq!(lines[0]["coldStart"], true);
    assert_eq!(lines[1]["requestId"], "r-1");
    assert_eq!(lines[1]["lambdaRequestId"], LAMBDA_REQUEST_ID);
    assert_eq!(lines[2]["replay"], true);
    assert_eq!(lines[2]["functionName"], "rollcall");
    assert_eq!(lines[2]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Rollcall");
    assert_eq!(err, "", "only the log writes output");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_responds_to_events_that_can_not_be_read_and_goes_on() {
    let app = TestApp::new().await;
    let (mut lambda, meeting_id) = start(&app).await;
    let create_alice = create_attendee(&meeting_id, "alice");
    let alice = lambda.respond(create_alice.clone()).await;
    let unreadable = unreadable_events();
    for (what, event) in &unreadable {
        let response = lambda.respond(event.clone()).await;
        assert_eq!(response["statusCode"], 400, "{what}: {response}");
        assert_eq!(lambda.respond(create_alice.clone()).await["body"], alice["body"], "{what}");
    }

    let [out, err] = lambda.stop().await;
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let refused = lines.iter().filter(|line| line["status"] == 400);
    assert_eq!(refused.count(), unreadable.len(), "{out}");
    assert_eq!(err, "", "only the log writes output");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_responds_to_the_largest_events_with_the_least_memory_and_goes_on() {
    let app = TestApp::new().await;
    let (mut lambda, meeting_id) = start(&app).await;
    let create_alice = create_attendee(&meeting_id, "alice");
    let list = |length: usize| format!("{{\"Attendees\":[{}0]}}", "0,".repeat(length / 2));
    // Lambda delivers at most 6 MB.
    for length in [250_000, 2_000_000, 5_800_000] {
        let mut event = create_alice.clone();
        event["queryStringParameters"] = json!({"operation": "batch-create"});
        event["body"] = list(length).into();
        let response = lambda.respond(event).await;
        assert_eq!(response["statusCode"], 400, "{response}");
        body(&lambda.respond(create_alice.clone()).await);
    }
}

/// Starts a function on the tables of the app, and creates a meeting, because its clock is not the app's.
async fn start(app: &TestApp) -> (Lambda, String) {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &app.dynamodb_url),
        ("MEETINGS_TABLE", &app.settings.meetings_table),
        ("ATTENDEES_TABLE", &app.settings.attendees_table),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
    ];
    let mut lambda = Lambda::start(Duration::from_secs(10), &variables).await;
    let meeting = json!({
        "ClientRequestToken": "secret-token",
        "ExternalMeetingId": "secret-meeting",
        "MediaRegion": "eu-central-1",
    });
    let created =
        body(&lambda.respond(events::rest("POST", "/meetings", &meeting.to_string())).await);
    let meeting_id = created["Meeting"]["MeetingId"].as_str().unwrap().to_owned();
    assert_eq!(
        created["Meeting"]["MeetingArn"],
        format!("arn:aws:chime:eu-central-1:123456789012:meeting/{meeting_id}")
    );
    (lambda, meeting_id)
}

fn create_attendee(meeting_id: &str, user: &str) -> Value {
    let path = format!("/meetings/{meeting_id}/attendees");
    events::rest("POST", &path, &json!({"ExternalUserId": user}).to_string())
}

/// The body of a successful response.
fn body(response: &Value) -> Value {
    assert_eq!(response["statusCode"], 200, "{response}");
    serde_json::from_str(response["body"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_table_name_it_logs_the_variable_and_exits() {
    let output = binary(&[("MEETINGS_TABLE", "m")]).output().await.unwrap();
    assert!(!output.status.success());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["level"], "FATAL");
    assert_eq!(line["message"], "ATTENDEES_TABLE is not set: it names a DynamoDB table");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_lambda_it_logs_the_missing_variable_and_exits() {
    let tables = [("MEETINGS_TABLE", "m"), ("ATTENDEES_TABLE", "a")];
    let output = binary(&tables).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["level"], "FATAL");
    assert!(
        line["message"].as_str().unwrap().starts_with("AWS_LAMBDA_RUNTIME_API is not"),
        "{line}"
    );
}

/// Starts a function whose Runtime API sends these headers with the first event. Returns all output,
/// and its last line.
async fn output_for(headers: &'static [(&'static str, &'static str)]) -> (String, Value) {
    let (listener, url) = listen().await;
    let response = move || async move {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        });
        (HeaderMap::from_iter(headers), "{}")
    };
    let api = axum::Router::new().fallback(response);
    tokio::spawn(async move { axum::serve(listener, api).await });
    let variables = [
        ("AWS_LAMBDA_RUNTIME_API", url.trim_start_matches("http://")),
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"),
        ("MEETINGS_TABLE", "m"),
        ("ATTENDEES_TABLE", "a"),
    ];
    let output = binary(&variables).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let out = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let line = serde_json::from_str(out.lines().last().unwrap()).unwrap();
    (out, line)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_client_context_is_not_logged() {
    let (out, line) = output_for(&[
        ("lambda-runtime-aws-request-id", "r-1"),
        ("lambda-runtime-deadline-ms", "1"),
        ("lambda-runtime-client-context", r#"{"custom":"secret-context"}"#),
    ])
    .await;
    assert_eq!(line["level"], "FATAL");
    assert!(line["message"].as_str().unwrap().contains("can't read a header"), "{line}");
    assert!(!out.contains("secret"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_the_runtime_logs_its_place_and_exits() {
    let (_, line) = output_for(&[("lambda-runtime-aws-request-id", "r-1")]).await;
    assert_eq!(line["level"], "FATAL");
    assert!(line["message"].as_str().unwrap().starts_with("panic at "), "{line}");
    // No folder of the machine that compiled it.
    assert!(line["message"].as_str().unwrap().starts_with("panic at lambda_runtime-"), "{line}");
}
