//! A DynamoDB that fails, as replayed answers: which failure is which exception.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use axum::Router;
use axum::http::StatusCode;
use rollcall::Settings;

use crate::world::{World, listen};

const MEETING_ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// A world on something that gives the same answer to every request.
async fn world_on(status: u16, body: &'static str) -> World {
    let (listener, url) = listen().await;
    let status = StatusCode::from_u16(status).unwrap();
    let answer = Router::new().fallback(move || async move { (status, body) });
    tokio::spawn(async move { axum::serve(listener, answer).await });
    World::on_failing(url).await
}

/// What the log says of the only request.
fn cause(world: &World) -> String {
    let lines = world.log.json();
    assert_eq!(lines.len(), 1);
    lines[0]["cause"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_of_any_kind_is_a_throttling_exception_with_retry_after() {
    for body in [
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"s3cret"}"#,
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#,
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#RequestLimitExceeded"}"#,
    ] {
        let world = world_on(400, body).await;
        let error = world.join(MEETING_ID, "alice").await.unwrap_err();
        let CreateAttendeeError::ThrottlingException(error) = error else { panic!("{error:?}") };
        assert_eq!(error.code.as_deref(), Some("Throttling"));
        assert!(!world.log.text().contains("s3cret"));
        assert_eq!(world.log.json()[0]["level"], "WARN");

        let path = format!("/meetings/{MEETING_ID}/attendees");
        let raw = world.post(&path, r#"{"ExternalUserId":"alice"}"#).await;
        assert_eq!((raw.status, raw.header("retry-after")), (429, Some("1")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dynamodb_that_fails_or_is_not_there_is_a_service_that_is_unavailable() {
    let failing = world_on(500, r#"{"__type":"InternalServerError"}"#).await;
    let garbage = world_on(503, "<html>").await;
    let unreadable = world_on(200, "<html>").await;
    let (listener, url) = listen().await;
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let closing = World::on_failing(url).await;
    let (listener, url) = listen().await;
    drop(listener);
    let nowhere = World::on_failing(url).await;
    for (world, cause_begins) in [
        (failing, "DynamoDB answered 500 InternalServerError"),
        (garbage, "DynamoDB answered 503"),
        (nowhere, "no connection to DynamoDB"),
        (closing, "no connection to DynamoDB"),
        (unreadable, "DynamoDB's answer could not be read"),
    ] {
        let error = world.join(MEETING_ID, "alice").await.unwrap_err();
        let CreateAttendeeError::ServiceUnavailableException(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.code.as_deref(), Some("ServiceUnavailable"));
        assert_eq!(error.retry_after_seconds.as_deref(), Some("1"));
        assert!(cause(&world).starts_with(cause_begins), "{}", cause(&world));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_that_ends_in_time_is_not_noticed() {
    let (listener, url) = listen().await;
    let failures = Arc::new(AtomicU32::new(0));
    let count = failures.clone();
    let recovering = Router::new().fallback(move || async move {
        let status = match count.fetch_add(1, Ordering::SeqCst) {
            0..7 => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::OK,
        };
        (status, "{}")
    });
    tokio::spawn(async move { axum::serve(listener, recovering).await });
    let world = World::on(url, Settings::new("meetings", "attendees")).await;
    assert!(world.join(MEETING_ID, "alice").await.is_ok());
    assert_eq!(failures.load(Ordering::SeqCst), 9, "seven failures and the two writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_operator_has_to_mend_is_a_service_failure_that_tells_the_caller_nothing() {
    for (body, told) in [
        (
            r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: arn:aws:sts::1:role is not authorized"}"#,
            "DynamoDB answered 400 AccessDeniedException",
        ),
        (
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}"#,
            "DynamoDB answered 400 ResourceNotFoundException",
        ),
        (r#"{"__type":"x y <script>"}"#, "DynamoDB answered 400 an unreadable error code"),
    ] {
        let world = world_on(400, body).await;
        let error = world.join(MEETING_ID, "alice").await.unwrap_err();
        let CreateAttendeeError::ServiceFailureException(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.message(), Some("The service failed to handle the request"));
        assert_eq!(cause(&world), told);
        assert_eq!(world.log.json()[0]["level"], "ERROR");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_cannot_be_read_is_a_service_failure_that_names_the_attribute() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    world.join(&meeting_id, "alice").await.unwrap();
    world
        .dynamodb
        .update_item()
        .table_name(&world.settings.attendees_table)
        .key("MeetingId", aws_sdk_dynamodb::types::AttributeValue::S(meeting_id.clone()))
        .key("ExternalUserId", aws_sdk_dynamodb::types::AttributeValue::S("alice".into()))
        .update_expression("REMOVE JoinToken")
        .send()
        .await
        .unwrap();
    let error = world.join(&meeting_id, "alice").await.unwrap_err();
    assert!(error.is_service_failure_exception(), "{error:?}");
    let log = world.log.json();
    assert_eq!(log.last().unwrap()["cause"], "item with an unreadable attribute JoinToken");

    let limitless = world.dynamodb.update_item().table_name(&world.settings.meetings_table);
    limitless
        .key("MeetingId", aws_sdk_dynamodb::types::AttributeValue::S(meeting_id.clone()))
        .update_expression("REMOVE MaxAttendees, Seats")
        .send()
        .await
        .unwrap();
    let error = world.join(&meeting_id, "bob").await.unwrap_err();
    assert!(error.is_service_failure_exception(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_dynamodb_is_given_up_before_the_invocation_s_time_is_over() {
    let (listener, url) = listen().await;
    let silent = Router::new().fallback(std::future::pending::<StatusCode>);
    tokio::spawn(async move { axum::serve(listener, silent).await });
    let world = World::on_failing(url).await;
    let event = serde_json::json!({
        "path": format!("/meetings/{MEETING_ID}/attendees"),
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "body": r#"{"ExternalUserId":"alice"}"#,
    });
    let invocation = rollcall::Invocation {
        request_id: "r-1".to_owned(),
        function_arn: String::new(),
        time_left: Duration::from_millis(800),
    };
    let start = Instant::now();
    let answer = world.service.answer(&event.to_string(), &invocation).await;
    // The client's own limits would take twelve seconds and more.
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["statusCode"], 503, "{answer}");
    assert_eq!(answer["headers"]["x-amzn-ErrorType"], "ServiceUnavailableException");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered_and_the_next_request_works() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    world.break_clock();
    let error = world.join(&meeting_id, "alice").await.unwrap_err();
    let CreateAttendeeError::ServiceFailureException(error) = error else { panic!("{error:?}") };
    let line = world.log.json().pop().unwrap();
    assert_eq!(line["requestId"].as_str(), error.request_id.as_deref());
    assert!(line["cause"].as_str().unwrap().starts_with("panic at "), "{line}");
    assert!(world.join(&meeting_id, "alice").await.is_ok());
}
