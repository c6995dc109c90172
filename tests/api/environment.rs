//! What the Lambda binary makes of the SDK's settings: variables, profiles and sources of credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use futures_util::future::join_all;
use rollcall_testing::calls::{Call, Subject};
use serde_json::{Value, json};

use crate::app::{TestApp, listen, refused, serve_routes};
use crate::lambda_process::{ENDPOINT, KEYS, Lambda, TABLES, TempFile, binary, refusal};
use crate::start::request;
use crate::suite::UNKNOWN_ID;

const CREDENTIALS_URL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// Asserts that the function does not start with these variables, and that the message names the setting.
async fn assert_refused(variables: &[(&str, &str)], setting: &str) {
    let usual = [("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let variables = [&usual, &TABLES[..], &KEYS, variables].concat();
    let line = refusal(&variables).await;
    let message = line["message"].as_str().unwrap();
    assert!(message.contains(setting), "{variables:?}: {message}");
    assert!(!message.contains("panic"), "{variables:?}: {message}");
}

#[tokio::test]
async fn a_setting_that_can_not_work_is_named_and_the_function_does_not_start() {
    for url in ["127.0.0.1:8000", "not a url", " http://127.0.0.1:1", "http://127.0.0.1:1\n"] {
        for variable in [ENDPOINT, "AWS_ENDPOINT_URL"] {
            assert_refused(&[(variable, url)], variable).await;
        }
    }
    for lines in [
        "[default]\nendpoint_url = 127.0.0.1:8000",
        "[default]\nservices = own\n[services own]\ndynamodb =\n  endpoint_url = 127.0.0.1:8000",
    ] {
        let profile = TempFile::create(lines);
        assert_refused(&[("AWS_CONFIG_FILE", profile.path())], "endpoint_url").await;
    }
    assert_refused(&[("AWS_REGION", "")], "AWS_REGION").await;
    assert_refused(&[("AWS_REGION", "not a region!")], "AWS_REGION").await;
    let endpoint = (ENDPOINT, "http://127.0.0.1:1");
    for variable in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        assert_refused(&[endpoint, (variable, "true")], variable).await;
    }
}

#[tokio::test]
async fn a_profile_can_set_region_and_credentials() {
    let profile = TempFile::create(
        "[profile team]\nregion = eu-west-3\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = any\n",
    );
    let variables =
        [("AWS_CONFIG_FILE", profile.path()), ("AWS_PROFILE", "team"), ("AWS_REGION", "")];
    let head = first_request(&variables).await;
    assert!(head.contains("credential=akidprofile/"), "{head}");
    assert!(head.contains("/eu-west-3/dynamodb/aws4_request"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_can_come_from_a_container() {
    let app = TestApp::new().await;
    let url = source(|_| (StatusCode::OK, keys("from-the-container"))).await;
    let mut lambda = Lambda::on(&app, &[(CREDENTIALS_URL, url.as_str())]).await;
    let subject = Subject { token: "token".to_owned(), ..Subject::default() };
    let created = lambda.respond(Call::new("CreateMeeting", &subject).event()).await;
    assert_eq!(created["statusCode"], 200, "{created}");
}

/// Starts the function with these variables, and returns the first request that its DynamoDB gets.
async fn first_request(variables: &[(&str, &str)]) -> String {
    let (dynamodb, url) = listen().await;
    let (_runtime, runtime_url) = listen().await;
    let usual = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_url.trim_start_matches("http://")),
        ("AWS_ENDPOINT_URL", &url),
    ];
    let _child = binary(&[&usual, &TABLES[..], variables].concat()).spawn().unwrap();
    request(&dynamodb).await.1
}

#[tokio::test]
async fn an_empty_variable_counts_as_not_set() {
    let url = source(|_| (StatusCode::OK, keys("AKIDCONTAINER"))).await;
    // The region has a good value in another variable.
    let empty = [
        "AWS_REGION",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        "AWS_LAMBDA_MAX_CONCURRENCY",
        "SSL_CERT_FILE",
        "MAX_ATTENDEES",
    ];
    let set = [("AWS_DEFAULT_REGION", "eu-west-3"), (CREDENTIALS_URL, url.as_str())];
    let head = first_request(&[&empty.map(|name| (name, ""))[..], &set].concat()).await;
    assert!(head.contains("credential=akidcontainer/"), "{head}");
    assert!(head.contains("/eu-west-3/dynamodb/aws4_request"), "{head}");
}

/// A source of credentials that responds to each request, by its number from 0.
async fn source(respond: fn(usize) -> (StatusCode, String)) -> String {
    serve("application/json", respond).await
}

/// A server that responds to each request, by its number from 0, with this type of content.
async fn serve(content_type: &'static str, respond: fn(usize) -> (StatusCode, String)) -> String {
    let count = Arc::new(AtomicUsize::new(0));
    let handler = move || async move {
        let (status, body) = respond(count.fetch_add(1, Ordering::SeqCst));
        (status, [("content-type", content_type)], body)
    };
    serve_routes(axum::Router::new().fallback(handler)).await
}

fn keys(id: &str) -> String {
    let keys = json!({
        "AccessKeyId": id,
        "SecretAccessKey": "any",
        "Token": "any",
        "Expiration": "2999-01-01T00:00:00Z",
    });
    keys.to_string()
}

/// The function's response to a CreateAttendee with these variables, and its log.
async fn respond(variables: &[(&str, &str)], timeout: Duration) -> (Value, Vec<Value>) {
    let subject = Subject { meeting_id: UNKNOWN_ID.to_owned(), ..Subject::default() };
    let mut lambda = Lambda::start(timeout, &[&TABLES[..], variables].concat()).await;
    let response = lambda.respond(Call::new("CreateAttendee", &subject).event()).await;
    (response, lambda.stop_and_parse().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_credentials_that_fails_is_named_and_asked_again() {
    const CAUSE: &str =
        "the source of the credentials for DynamoDB fails, or does not answer in time";
    let (_silent, silent) = listen().await;
    let failing = source(|_| (StatusCode::INTERNAL_SERVER_ERROR, String::new())).await;
    let garbage = source(|_| (StatusCode::OK, "<html>".to_owned())).await;
    let (_socket, refused) = refused();
    let all = [silent, failing, garbage, refused].map(|url| async move {
        let variables = [(CREDENTIALS_URL, url.as_str()), (ENDPOINT, "http://127.0.0.1:1")];
        let (response, log) = respond(&variables, Duration::from_millis(4_300)).await;
        assert_eq!(response["statusCode"], 503, "{url}: {response}");
        assert_eq!(
            response["multiValueHeaders"]["x-amz-retry-after"],
            json!(["1000"]),
            "{response}"
        );
        assert_eq!(log.last().unwrap()["cause"], CAUSE, "{url}");
    });
    join_all(all).await;
    // More failures than the source's own client retries.
    let recovering = source(|count| match count {
        0..6 => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
        _ => (StatusCode::OK, keys("AKIDLATER")),
    });
    let head = {
        let (dynamodb, url) = listen().await;
        let variables = [(CREDENTIALS_URL, &*recovering.await), (ENDPOINT, &url)];
        tokio::select! {
            (_, head) = request(&dynamodb) => head,
            (response, _) = respond(&variables, Duration::from_secs(20)) => panic!("{response}"),
        }
    };
    assert!(head.contains("credential=akidlater/"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_can_not_work_are_a_service_failure_and_a_warning() {
    let invalid = "the credentials for DynamoDB, or the settings for them, are not valid";
    let none = "there are no credentials for DynamoDB";
    for (variables, cause) in [
        (vec![], none),
        (vec![KEYS[0], KEYS[1], ("AWS_SESSION_TOKEN", "a\nb")], invalid),
        (vec![(CREDENTIALS_URL, "not a url")], invalid),
    ] {
        let usual = [(ENDPOINT, "http://127.0.0.1:1"), ("AWS_EC2_METADATA_DISABLED", "true")];
        let variables = [&usual[..], &variables].concat();
        assert_failure(&variables, cause).await;
    }
}

/// Asserts that a request is a failure with this cause, and that the warm-up warns of it.
async fn assert_failure(variables: &[(&str, &str)], cause: &str) {
    let (response, log) = respond(variables, Duration::from_secs(10)).await;
    assert_eq!(response["statusCode"], 500, "{variables:?}: {response}");
    let warning = &log[1];
    assert_eq!(
        (&warning["level"], &warning["message"]),
        (&"WARN".into(), &"warm-up failed".into())
    );
    for line in [warning, log.last().unwrap()] {
        assert!(line["cause"].as_str().unwrap().contains(cause), "{variables:?}: {line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_only_the_sdk_can_refuse_is_named_in_the_log() {
    let variables = [KEYS[0], KEYS[1], ("AWS_ACCOUNT_ID_ENDPOINT_MODE", "required")];
    assert_failure(&variables, "AWS_ACCOUNT_ID_ENDPOINT_MODE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_retries_have_no_effect() {
    let profile = TempFile::create("[default]\nretry_mode = standard\nmax_attempts = 1");
    for setting in [("AWS_CONFIG_FILE", profile.path()), ("AWS_MAX_ATTEMPTS", "1")] {
        // More failures than there would be attempts.
        let dynamodb = serve("application/x-amz-json-1.0", |count| match count {
            0..4 => (StatusCode::INTERNAL_SERVER_ERROR, String::new()),
            _ => (StatusCode::OK, "{}".to_owned()),
        });
        let variables = [KEYS[0], KEYS[1], (ENDPOINT, &dynamodb.await), setting];
        let (response, _) = respond(&variables, Duration::from_secs(20)).await;
        assert_eq!(response["statusCode"], 200, "{setting:?}: {response}");
    }
}
