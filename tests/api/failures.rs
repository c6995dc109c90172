//! Failures that are not faults of one request: no DynamoDB, an outage, a panic, a wrong clock.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use axum::http::{HeaderMap, StatusCode, header::DATE};
use rollcall::Settings;
use rollcall_testing::{events, gateway};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

use crate::app::{TestApp, listen, refused, serve_routes};
use crate::faults::fault::Fault;
use crate::faults::plan::{FaultPlan, UPDATE_MEETING, When};
use crate::suite::UNKNOWN_ID;
use crate::suite::races::race;

#[tokio::test(flavor = "multi_thread")]
async fn without_dynamodb_the_service_is_unavailable() {
    let (_socket, url) = refused();
    let app = TestApp::on_failing(url).await;
    let error = app.create_attendee(UNKNOWN_ID, "alice").await.unwrap_err();
    let CreateAttendeeError::ServiceUnavailableException(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.retry_after_seconds.as_deref(), Some("1"));
    let line = app.log.json().pop().unwrap();
    assert!(line["cause"].as_str().unwrap().starts_with("no connection to DynamoDB"), "{line}");
}

const CALLERS: usize = 30;

/// Lets DynamoDB fail until the plan is cleared, and calls until failures get a response at once.
async fn fail_until_the_retry_budget_is_exhausted(
    app: &TestApp,
    plan: &FaultPlan,
    meeting_id: &str,
) {
    plan.add(UPDATE_MEETING, Fault::Refused(500, "{}"), When::Always);
    let users = (0..CALLERS).map(|caller| format!("user-{caller}")).collect();
    for (_, outcome) in race(app, meeting_id, users).await {
        let error = outcome.unwrap_err();
        assert!(error.is_service_unavailable_exception(), "{error:?}");
    }
}

/// The client pauses for a second before each of its two retries, because the responses ask for it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "ROLLCALL_PYTHON is needed, a Python interpreter with boto3; .ci/clients runs this test"]
async fn a_boto3_program_gets_its_attendee_from_a_dynamodb_that_fails_for_two_seconds() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, gateway::TIMEOUT).await;
    let meeting_id = app.create_meeting().await;
    let mut program = tokio::process::Command::new(std::env::var("ROLLCALL_PYTHON").unwrap())
        .args(["examples/clients/python/retries.py", &app.url, &meeting_id])
        .envs([("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")])
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap()).lines();
    assert_eq!(output.next_line().await.unwrap().unwrap(), "ready");
    fail_until_the_retry_budget_is_exhausted(&app, &plan, &meeting_id).await;
    let (faults, requests) = (plan.faults(), app.log.json().len());

    program.stdin.take().unwrap().write_all(b"go\n").await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    plan.clear();
    assert!(program.wait().await.unwrap().success());
    assert!(plan.faults() > faults + 1, "DynamoDB did not fail");
    let statuses: Vec<_> =
        app.log.json()[requests..].iter().map(|line| line["status"].as_u64().unwrap()).collect();
    assert_eq!((statuses[0], statuses.last()), (503, Some(&200)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_exhausts_the_retry_budget_and_then_gets_a_response_at_once() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, gateway::TIMEOUT).await;
    let meeting_id = app.create_meeting().await;
    let begin = Instant::now();
    fail_until_the_retry_budget_is_exhausted(&app, &plan, &meeting_id).await;
    assert!(begin.elapsed() < gateway::TIMEOUT / 2, "{:?}", begin.elapsed());
    let retries = plan.faults() - CALLERS;
    let seconds = usize::try_from(begin.elapsed().as_secs()).unwrap() + 2;
    assert!((100..=100 + seconds).contains(&retries), "{retries} in {seconds} s");
    plan.clear();
    assert!(app.create_attendee(&meeting_id, "user-0").await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_gets_a_response_and_the_next_request_works() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let path = format!("/meetings/{meeting_id}/attendees");
    let create = events::rest("POST", &path, &json!({"ExternalUserId": "alice"}).to_string());
    app.panic_once();
    assert_eq!(app.event(&create).await["statusCode"], 500);
    assert_eq!(app.event(&create).await["statusCode"], 200);
    app.panic_once();
    let error = app.create_attendee(&meeting_id, "alice").await.unwrap_err();
    let CreateAttendeeError::ServiceFailureException(error) = error else { panic!("{error:?}") };
    let line = app.log.json().pop().unwrap();
    assert_eq!(line["requestId"].as_str(), error.request_id.as_deref());
    assert!(line["cause"].as_str().unwrap().starts_with("panic at "), "{line}");
    assert!(app.create_attendee(&meeting_id, "alice").await.is_ok());
}

/// Starts an app on a DynamoDB with another time. That refuses signatures of any other hour, and
/// accepts those of its own hour only if `has_key`. Returns the number of its requests, too.
async fn app_with_wrong_clock(has_key: bool) -> (TestApp, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    let response = move |headers: HeaderMap| async move {
        counted.fetch_add(1, Ordering::SeqCst);
        let is_in_time = headers["x-amz-date"].to_str().unwrap().starts_with("20400115T08");
        let (status, body) = if is_in_time && has_key {
            (StatusCode::OK, "{}")
        } else {
            (StatusCode::BAD_REQUEST, r#"{"__type":"InvalidSignatureException"}"#)
        };
        let headers = [
            (DATE.as_str(), "Sun, 15 Jan 2040 08:30:00 GMT"),
            ("content-type", "application/x-amz-json-1.0"),
        ];
        (status, headers, body)
    };
    let url = serve_routes(axum::Router::new().fallback(response)).await;
    (TestApp::on(url, Settings::new("meetings", "attendees")).await, requests)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_caller_of_an_instance_with_a_wrong_clock_gets_an_attendee() {
    let (app, requests) = app_with_wrong_clock(true).await;
    app.create_attendee(UNKNOWN_ID, "alice").await.unwrap();
    assert_eq!(requests.load(Ordering::SeqCst), 3, "two writes, and one that is refused");
    app.create_attendee(UNKNOWN_ID, "bob").await.unwrap();
    assert_eq!(requests.load(Ordering::SeqCst), 5, "two writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_is_not_refused_for_the_clock_is_retried_once() {
    let (app, requests) = app_with_wrong_clock(false).await;
    let error = app.create_attendee(UNKNOWN_ID, "alice").await.unwrap_err();
    assert!(error.is_service_failure_exception(), "{error:?}");
    assert_eq!(requests.load(Ordering::SeqCst), 2);
    let line = app.log.json().pop().unwrap();
    assert_eq!(line["cause"], "DynamoDB answered 400 InvalidSignatureException");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_not_http_is_no_fault_of_the_settings() {
    let (listener, url) = listen().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"220 mail.example.com\r\n").await;
        }
    });
    let app = TestApp::on_failing(url).await;
    let error = app.create_attendee(UNKNOWN_ID, "alice").await.unwrap_err();
    assert!(error.is_service_unavailable_exception(), "{error:?}");
}
