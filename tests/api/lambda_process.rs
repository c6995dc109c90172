//! Runs the Lambda binary with a fake of the Lambda Runtime API.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::app::{FUNCTION_ARN, LAMBDA_REQUEST_ID, TestApp, serve_routes};

/// Variables that name tables, and that give credentials.
pub const TABLES: [(&str, &str); 2] =
    [("MEETINGS_TABLE", "meetings"), ("ATTENDEES_TABLE", "attendees")];
pub const KEYS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any")];
pub const ENDPOINT: &str = "AWS_ENDPOINT_URL_DYNAMODB";

/// A running function.
pub struct Lambda {
    child: Child,
    events: mpsc::Sender<Value>,
    responses: mpsc::Receiver<(String, Value)>,
    written: [JoinHandle<String>; 2],
}

impl Lambda {
    /// Starts the function on the tables of an app.
    pub async fn on(app: &TestApp, variables: &[(&str, &str)]) -> Self {
        let tables = [
            (ENDPOINT, &*app.dynamodb_url),
            ("MEETINGS_TABLE", &app.settings.meetings_table),
            ("ATTENDEES_TABLE", &app.settings.attendees_table),
        ];
        Self::start(Duration::from_secs(10), &[&tables, variables].concat()).await
    }

    /// Starts the function, with `timeout` for each event.
    pub async fn start(timeout: Duration, variables: &[(&str, &str)]) -> Self {
        let (events, received) = mpsc::channel(8);
        let (sender, responses) = mpsc::channel(8);
        let runtime =
            Arc::new(Runtime { timeout, events: Mutex::new(received), responses: sender });
        let api = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{what}", post(receive))
            .with_state(runtime);
        let url = serve_routes(api).await;
        let api = url.trim_start_matches("http://");
        let mut child = binary(variables).env("AWS_LAMBDA_RUNTIME_API", api).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Self { child, events, responses, written: [collect(out), collect(err)] }
    }

    /// Sends an event and returns the response.
    pub async fn respond(&mut self, event: Value) -> Value {
        self.events.send(event).await.unwrap();
        let response = tokio::time::timeout(Duration::from_secs(60), self.responses.recv()).await;
        let (what, response) = response.expect("a response").unwrap();
        assert_eq!(what, "response", "{response}");
        response
    }

    /// Kills it, and returns its log. Nothing else may have written anything.
    pub async fn stop(mut self) -> String {
        self.child.start_kill().unwrap();
        let [out, err] = self.written;
        assert_eq!(err.await.unwrap(), "");
        out.await.unwrap()
    }

    /// Kills it, and returns the lines of its log.
    pub async fn stop_and_parse(self) -> Vec<Value> {
        self.stop().await.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Runs the function with variables with which it does not start, and returns the line of its log, which is
/// all that it writes.
pub async fn refusal(variables: &[(&str, &str)]) -> Value {
    let output = binary(variables).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{variables:?}");
    let written = [output.stdout, output.stderr].concat();
    let line: Value = serde_json::from_slice(&written).unwrap();
    assert_eq!(line["level"], "FATAL", "{variables:?}: {line}");
    line
}

/// A file that a variable can name. It is removed in the end.
pub struct TempFile(PathBuf);

impl TempFile {
    pub fn create(content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rollcall-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, content).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

/// Reads continuously, so that writing never blocks.
fn collect(mut stream: impl AsyncRead + Send + Unpin + 'static) -> JoinHandle<String> {
    tokio::spawn(async move {
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    })
}

/// The program with these environment variables, those that Lambda always sets, and 128 MB of
/// memory.
pub fn binary(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -d 131072 && exec \"$0\"", env!("CARGO_BIN_EXE_rollcall")])
        .env_clear()
        .envs([
            ("AWS_LAMBDA_FUNCTION_NAME", "rollcall"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_REGION", "us-east-1"),
        ])
        .envs(variables.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

struct Runtime {
    timeout: Duration,
    events: Mutex<mpsc::Receiver<Value>>,
    responses: mpsc::Sender<(String, Value)>,
}

async fn next(State(runtime): State<Arc<Runtime>>) -> (HeaderMap, String) {
    let Some(event) = runtime.events.lock().await.recv().await else {
        // Like Lambda, without an event there is no response.
        return std::future::pending().await;
    };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + runtime.timeout;
    let deadline = deadline.as_millis().to_string();
    let headers = [
        ("lambda-runtime-aws-request-id", LAMBDA_REQUEST_ID),
        ("lambda-runtime-deadline-ms", &deadline),
        ("lambda-runtime-invoked-function-arn", FUNCTION_ARN),
    ];
    let headers = headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    (HeaderMap::from_iter(headers), event.to_string())
}

async fn receive(
    State(runtime): State<Arc<Runtime>>,
    Path((_, what)): Path<(String, String)>,
    body: String,
) -> axum::http::StatusCode {
    runtime.responses.send((what, serde_json::from_str(&body).unwrap())).await.unwrap();
    axum::http::StatusCode::ACCEPTED
}
