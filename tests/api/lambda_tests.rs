//! The Lambda binary, started as Lambda starts it.

use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use rollcall_testing::calls::{Call, Subject};
use rollcall_testing::function;
use serde_json::Value;

use crate::app::{LAMBDA_REQUEST_ID, TestApp, serve_routes};
use crate::gateways::unreadable_events;
use crate::lambda_process::{ENDPOINT, KEYS, Lambda, TABLES, binary, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn it_responds_to_events_and_logs_one_json_line_for_each() {
    let app = TestApp::new().await;
    let (mut lambda, meeting_id) = start(&app).await;
    let create_attendee = create_attendee(&meeting_id);
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let created = lambda.respond(create_attendee.clone()).await;
        assert_eq!(created["statusCode"], 200, "{created}");
        bodies.push(created["body"].clone());
    }
    assert_eq!(bodies[0], bodies[1]);

    let lines = lambda.stop_and_parse().await;
    let (start, lines) = lines.split_first().unwrap();
    assert_eq!(start["message"], "start");
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[0]["coldStart"], true);
    assert_eq!(lines[1]["requestId"], "r-1");
    assert_eq!(lines[1]["lambdaRequestId"], LAMBDA_REQUEST_ID);
    assert_eq!(lines[2]["replay"], true);
    assert_eq!(lines[2]["functionName"], "rollcall");
    assert_eq!(lines[2]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Rollcall");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_responds_to_events_that_can_not_be_read_and_goes_on() {
    let app = TestApp::new().await;
    let (mut lambda, meeting_id) = start(&app).await;
    let create_alice = create_attendee(&meeting_id);
    let alice = lambda.respond(create_alice.clone()).await;
    let unreadable = unreadable_events();
    for (what, event) in &unreadable {
        let response = lambda.respond(event.clone()).await;
        assert_eq!(response["statusCode"], 400, "{what}: {response}");
        assert_eq!(lambda.respond(create_alice.clone()).await["body"], alice["body"], "{what}");
    }

    let lines = lambda.stop_and_parse().await;
    let refused = lines.iter().filter(|line| line["status"] == 400);
    assert_eq!(refused.count(), unreadable.len(), "{lines:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_responds_to_the_largest_events_with_the_least_memory_and_goes_on() {
    let app = TestApp::new().await;
    let (mut lambda, meeting_id) = start(&app).await;
    let create_alice = create_attendee(&meeting_id);
    let subject = Subject { meeting_id, ..Subject::default() };
    let mut batch = Call::new("BatchCreateAttendee", &subject).event();
    let list = |length: usize| format!("{{\"Attendees\":[{}0]}}", "0,".repeat(length / 2));
    // Lambda delivers at most 6 MB.
    for length in [250_000, 2_000_000, 5_800_000] {
        batch["body"] = list(length).into();
        let response = lambda.respond(batch.clone()).await;
        assert_eq!(response["statusCode"], 400, "{response}");
        assert_eq!(lambda.respond(create_alice.clone()).await["statusCode"], 200);
    }
}

/// Starts a function on the tables of the app, and creates a meeting, because its clock is not the app's.
async fn start(app: &TestApp) -> (Lambda, String) {
    let log = [("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", "TRACE")];
    let mut lambda = Lambda::on(app, &[KEYS, log].concat()).await;
    let subject = Subject { token: "any-token".to_owned(), ..Subject::default() };
    let created = lambda.respond(Call::new("CreateMeeting", &subject).event()).await;
    assert_eq!(created["statusCode"], 200, "{created}");
    let created = function::body(&created);
    let meeting_id = created["Meeting"]["MeetingId"].as_str().unwrap().to_owned();
    assert_eq!(
        created["Meeting"]["MeetingArn"],
        format!("arn:aws:chime:eu-central-1:123456789012:meeting/{meeting_id}")
    );
    (lambda, meeting_id)
}

fn create_attendee(meeting_id: &str) -> Value {
    let subject = Subject { meeting_id: meeting_id.to_owned(), ..Subject::default() };
    Call::new("CreateAttendee", &subject).event()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_table_name_it_logs_the_variable_and_exits() {
    let line = refusal(&TABLES[..1]).await;
    assert_eq!(line["message"], "ATTENDEES_TABLE is not set: it names a DynamoDB table");
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_lambda_it_logs_the_missing_variable_and_exits() {
    let line = refusal(&TABLES).await;
    assert!(line["message"].as_str().unwrap().starts_with("AWS_LAMBDA_RUNTIME_API is not"));
}

/// Starts a function whose Runtime API sends these headers with the first event. Returns all output,
/// and its last line.
async fn output_for(headers: &'static [(&'static str, &'static str)]) -> (String, Value) {
    let response = move || async move {
        let headers = headers.iter().map(|(name, value)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        });
        (HeaderMap::from_iter(headers), "{}")
    };
    let url = serve_routes(axum::Router::new().fallback(response)).await;
    let urls = [
        ("AWS_LAMBDA_RUNTIME_API", url.trim_start_matches("http://")),
        (ENDPOINT, "http://127.0.0.1:1"),
    ];
    let output = binary(&[urls, KEYS, TABLES].concat()).output().await.unwrap();
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
