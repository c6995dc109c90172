//! What the Lambda binary does before it requests its first event.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::time::timeout;

use crate::app::{listen, refused};
use crate::lambda_process::{ENDPOINT, KEYS, TABLES, binary};

/// Longer than any start takes, even on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Starts the binary with a Runtime API and a DynamoDB.
fn start(runtime_url: &str, dynamodb_url: &str, variables: &[(&str, &str)]) -> Child {
    let usual = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_url.trim_start_matches("http://")),
        (ENDPOINT, dynamodb_url),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
    ];
    binary(&[&usual, &KEYS[..], &TABLES, variables].concat()).spawn().unwrap()
}

/// Accepts a connection, and reads the head of its request, in lower case.
pub async fn request(listener: &TcpListener) -> (TcpStream, String) {
    let (mut stream, _) = timeout(START_TIMEOUT, listener.accept()).await.unwrap().unwrap();
    let mut head = String::new();
    while !head.contains("\r\n\r\n") {
        let mut bytes = [0; 4096];
        let count = timeout(START_TIMEOUT, stream.read(&mut bytes)).await.unwrap().unwrap();
        assert_ne!(count, 0, "{head}");
        head.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    (stream, head.to_lowercase())
}

async fn has_no_connection(listener: &TcpListener) -> bool {
    timeout(Duration::from_millis(100), listener.accept()).await.is_err()
}

/// Waits for the request for the first event, or for the request before a snapshot, then kills the
/// binary and returns its output.
async fn output_of_start(mut child: Child, runtime: &TcpListener) -> String {
    let (_stream, head) = request(runtime).await;
    let targets = ["invocation/next", "restore/next"];
    let is_for = |target| head.starts_with(&format!("get /2018-06-01/runtime/{target} "));
    assert!(targets.into_iter().any(is_for), "{head}");
    child.start_kill().unwrap();
    let output = child.wait_with_output().await.unwrap();
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

/// The log lines of a start: the first one, and those about the warm-up.
fn lines(output: &str) -> (Value, Vec<Value>) {
    let mut lines = output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let start = lines.next().unwrap();
    assert_eq!((&start["level"], &start["message"]), (&json!("INFO"), &json!("start")));
    (start, lines.collect())
}

/// DynamoDB's response if the meeting does not exist.
const REFUSED: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#;

async fn respond(stream: &mut TcpStream, status: &str, body: &str) {
    let length = body.len();
    let response = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(response.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn it_runs_a_create_before_it_requests_an_event() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let child = start(&runtime_url, &dynamodb_url, &[]);
    let (mut stream, head) = request(&dynamodb).await;
    assert!(head.contains("x-amz-target: dynamodb_20120810.updateitem\r\n"), "{head}");
    assert!(has_no_connection(&runtime).await);
    respond(&mut stream, "400 Bad Request", REFUSED).await;
    let (start, others) = lines(&output_of_start(child, &runtime).await);
    assert_eq!(others, Vec::<Value>::new());
    assert_eq!(start["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(start["region"], "us-east-1");
    assert_eq!(start["meetingsTable"], "meetings");
    assert_eq!(start["attendeesTable"], "attendees");
    assert!(has_no_connection(&dynamodb).await, "one request is enough");
}

#[tokio::test]
async fn it_starts_even_if_dynamodb_is_silent_or_fails() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let child = start(&runtime_url, &dynamodb_url, &[]);
    let silent = request(&dynamodb).await;
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());
    drop(silent);

    let child = start(&runtime_url, &dynamodb_url, &[]);
    let (mut stream, _) = request(&dynamodb).await;
    respond(&mut stream, "500 Internal Server Error", "").await;
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());

    let (_socket, no_server) = refused();
    let child = start(&runtime_url, &no_server, &[]);
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());
}

#[tokio::test]
async fn a_permanent_error_is_one_warning() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let child = start(&runtime_url, &dynamodb_url, &[]);
    let (mut stream, _) = request(&dynamodb).await;
    let denied =
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"secret"}"#;
    respond(&mut stream, "400 Bad Request", denied).await;
    let (_, others) = lines(&output_of_start(child, &runtime).await);
    assert_eq!(others.len(), 1, "{others:?}");
    assert_eq!(others[0]["level"], "WARN");
    assert_eq!(others[0]["cause"], "DynamoDB answered 400 AccessDeniedException");
    assert!(has_no_connection(&dynamodb).await, "it is not retried");
}

#[tokio::test]
async fn it_does_not_connect_before_a_snapshot() {
    let ((runtime, runtime_url), (dynamodb, dynamodb_url)) = (listen().await, listen().await);
    let snapshot = [("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")];
    let child = start(&runtime_url, &dynamodb_url, &snapshot);
    assert_eq!(lines(&output_of_start(child, &runtime).await).1, Vec::<Value>::new());
    assert!(has_no_connection(&dynamodb).await);
}
