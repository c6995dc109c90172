//! The Lambda binary itself, under a stand-in for the Lambda Runtime API.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::process::Stdio;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::sync::{Mutex, mpsc};

use crate::world::{World, listen};

struct Runtime {
    events: Mutex<mpsc::Receiver<Value>>,
    answers: mpsc::Sender<(String, Value)>,
}

async fn next(State(runtime): State<Arc<Runtime>>) -> (HeaderMap, String) {
    let Some(event) = runtime.events.lock().await.recv().await else {
        // Like Lambda when there is nothing to do: no answer.
        return std::future::pending().await;
    };
    let in_ten_seconds =
        (std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()
            + 10_000)
            .to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", &in_ten_seconds),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:123456789012:function:rollcall",
        ),
    ];
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    (HeaderMap::from_iter(headers), event.to_string())
}

async fn answered(
    State(runtime): State<Arc<Runtime>>,
    Path((_, what)): Path<(String, String)>,
    body: String,
) -> axum::http::StatusCode {
    runtime.answers.send((what, serde_json::from_str(&body).unwrap())).await.unwrap();
    axum::http::StatusCode::ACCEPTED
}

fn binary(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rollcall"));
    command
        .env_clear()
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", "rollcall"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
        ])
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_events_and_logs_json_lines_without_anything_sensitive() {
    let world = World::new().await;
    let (events, received) = mpsc::channel(8);
    let (answers, mut answer) = mpsc::channel(8);
    let (listener, url) = listen().await;
    let runtime = Arc::new(Runtime { events: Mutex::new(received), answers });
    let api = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/{what}", post(answered))
        .with_state(runtime);
    tokio::spawn(async move { axum::serve(listener, api).await });
    let mut child = binary(&[
        ("AWS_LAMBDA_RUNTIME_API", url.trim_start_matches("http://")),
        ("AWS_ENDPOINT_URL_DYNAMODB", &world.dynamodb_url),
        ("MEETINGS_TABLE", &world.settings.meetings_table),
        ("ATTENDEES_TABLE", &world.settings.attendees_table),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
    ])
    .spawn()
    .unwrap();

    // The binary's clock is the machine's, the world's is not: the meeting is made by the binary.
    let post = |path: &str, body: Value| {
        json!({
            "resource": path,
            "path": path,
            "httpMethod": "POST",
            "headers": {"Content-Type": "application/json"},
            "requestContext": {"requestId": "from-the-gateway", "stage": "prod"},
            "body": body.to_string(),
        })
    };
    let meeting = json!({
        "ClientRequestToken": "secret-token",
        "ExternalMeetingId": "secret-meeting",
        "MediaRegion": "eu-central-1",
    });
    events.send(post("/meetings", meeting)).await.unwrap();
    let (what, created) = answer.recv().await.unwrap();
    assert_eq!((what.as_str(), &created["statusCode"]), ("response", &json!(200)), "{created}");
    let created: Value = serde_json::from_str(created["body"].as_str().unwrap()).unwrap();
    let meeting_id = created["Meeting"]["MeetingId"].as_str().unwrap();
    assert_eq!(
        created["Meeting"]["MeetingArn"],
        format!("arn:aws:chime:eu-central-1:123456789012:meeting/{meeting_id}")
    );

    let join = post(
        &format!("/meetings/{meeting_id}/attendees"),
        json!({"ExternalUserId": "secret-user"}),
    );
    let mut bodies = Vec::new();
    for _ in 0..2 {
        events.send(join.clone()).await.unwrap();
        let (what, joined) = answer.recv().await.unwrap();
        assert_eq!((what.as_str(), &joined["statusCode"]), ("response", &json!(200)), "{joined}");
        bodies.push(joined["body"].clone());
    }
    assert_eq!(bodies[0], bodies[1]);
    events.send(json!({"source": "aws.events"})).await.unwrap();
    let (what, refused) = answer.recv().await.unwrap();
    assert_eq!((what.as_str(), &refused["statusCode"]), ("response", &json!(400)), "{refused}");

    child.start_kill().unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).await.unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).await.unwrap();
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert_eq!(lines[0]["coldStart"], true);
    assert_eq!(lines[1]["requestId"], "from-the-gateway");
    assert_eq!(lines[1]["lambdaRequestId"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_eq!(lines[2]["replay"], true);
    assert_eq!(lines[2]["functionName"], "rollcall");
    assert_eq!(lines[2]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Rollcall");
    assert_eq!(lines[3]["requestId"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_eq!(err, "", "only the log writes");
    assert!(!out.contains("secret"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_table_it_says_which_and_does_not_start() {
    let output = binary(&[("MEETINGS_TABLE", "m")]).output().await.unwrap();
    assert!(!output.status.success());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["level"], "FATAL");
    assert_eq!(line["message"], "ATTENDEES_TABLE is not set: it names a DynamoDB table");
}
