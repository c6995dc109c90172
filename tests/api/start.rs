//! What the Lambda binary does before it asks for its first event.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::app::{listen, refused};

/// More than any start takes, also on a machine that is busy.
const LONG: Duration = Duration::from_secs(20);

/// Starts the binary between a Runtime API and a DynamoDB.
fn start(runtime_url: &str, dynamodb_url: &str, variables: &[(&str, &str)]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_rollcall"))
        .env_clear()
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", "rollcall"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_RUNTIME_API", runtime_url.trim_start_matches("http://")),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "any"),
            ("AWS_SECRET_ACCESS_KEY", "any"),
            ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url),
            ("MEETINGS_TABLE", "meetings"),
            ("ATTENDEES_TABLE", "attendees"),
            ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ])
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// The next connection, and the head of its request.
pub async fn request(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = timeout(LONG, listener.accept()).await.unwrap().unwrap();
    let mut head = String::new();
    while !head.contains("\r\n\r\n") {
        let mut bytes = [0; 4096];
        let count = timeout(LONG, stream.read(&mut bytes)).await.unwrap().unwrap();
        assert_ne!(count, 0, "{head}");
        head.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    (stream, head.to_lowercase())
}

async fn nobody_came(listener: &TcpListener) -> bool {
    timeout(Duration::from_millis(100), listener.accept()).await.is_err()
}

/// Waits for the question for the first event, or for what comes before it where Lambda takes a
/// snapshot, and then for everything that was written.
async fn output_of_start(mut child: Child, runtime: &TcpListener) -> String {
    let (_stream, head) = request(runtime).await;
    let questions = ["invocation/next", "restore/next"];
    let asks = |what| head.starts_with(&format!("get /2018-06-01/runtime/{what} "));
    assert!(questions.into_iter().any(asks), "{head}");
    child.start_kill().unwrap();
    let output = child.wait_with_output().await.unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The lines of a start: the first, which names what it is on, and what was told of the warm-up.
fn lines(output: &str) -> (Value, Vec<Value>) {
    let mut lines = output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let start = lines.next().unwrap();
    assert_eq!((&start["level"], &start["message"]), (&json!("INFO"), &json!("start")));
    (start, lines.collect())
}

/// The answer of a DynamoDB that has no such meeting.
const REFUSED: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#;

async fn answer(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn it_has_run_a_create_before_it_asks_for_an_event() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let child = start(&runtime_url, &dynamodb_url, &[]);
    let (mut stream, head) = request(&dynamodb).await;
    assert!(head.contains("x-amz-target: dynamodb_20120810.updateitem\r\n"), "{head}");
    assert!(nobody_came(&runtime).await);
    answer(&mut stream, "400 Bad Request", REFUSED).await;
    let (start, others) = lines(&output_of_start(child, &runtime).await);
    assert_eq!(others, Vec::<Value>::new());
    assert_eq!(start["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(start["region"], "us-east-1");
    assert_eq!(start["meetingsTable"], "meetings");
    assert_eq!(start["attendeesTable"], "attendees");
    assert!(nobody_came(&dynamodb).await, "one request is enough");
}

#[tokio::test]
async fn a_dynamodb_that_is_silent_refuses_or_fails_does_not_keep_it_from_starting() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let child = start(&runtime_url, &dynamodb_url, &[]);
    let silent = request(&dynamodb).await;
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());
    drop(silent);

    let child = start(&runtime_url, &dynamodb_url, &[]);
    let (mut stream, _) = request(&dynamodb).await;
    answer(&mut stream, "500 Internal Server Error", "").await;
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());

    let (_socket, no_server) = refused();
    let child = start(&runtime_url, &no_server, &[]);
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());
}

#[tokio::test]
async fn what_time_does_not_mend_is_one_warning() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let child = start(&runtime_url, &dynamodb_url, &[]);
    let (mut stream, _) = request(&dynamodb).await;
    let denied =
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"secret"}"#;
    answer(&mut stream, "400 Bad Request", denied).await;
    let (_, others) = lines(&output_of_start(child, &runtime).await);
    assert_eq!(others.len(), 1, "{others:?}");
    assert_eq!(others[0]["level"], "WARN");
    assert_eq!(others[0]["cause"], "DynamoDB answered 400 AccessDeniedException");
    assert!(nobody_came(&dynamodb).await, "it is not repeated");
}

#[tokio::test]
async fn where_a_snapshot_is_taken_it_does_not_connect() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let snapshot = [("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")];
    let child = start(&runtime_url, &dynamodb_url, &snapshot);
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());
    assert!(nobody_came(&dynamodb).await);
}
