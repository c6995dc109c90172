//! One event through the whole service, on tables of one kind.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use lambda_http::Context;
use rollcall::log::{Format, Level};
use rollcall::{Clock, Log, Service, Settings, Store};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use super::answer::{self, Answer};
use super::dynamodb::{Tables, take_requests};
use super::function;

/// The platform's id of every invocation.
pub const INVOCATION_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:rollcall";

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
}

static CLIENTS: LazyLock<[(Tables, Client); 4]> =
    LazyLock::new(|| Tables::ALL.map(|tables| (tables, tables.client())));

/// What came of an event.
pub struct Trial {
    pub answer: Answer,
    /// Whether the tables were asked anything, and so could make a difference.
    pub asked_tables: bool,
}

/// Has the event answered, and holds the answer and the log against what must hold of any.
pub fn send(tables: Tables, event: &str) -> Trial {
    // A new service each time, so that an answer depends on nothing but its event.
    let (_, client) = CLIENTS.iter().find(|(kind, _)| *kind == tables).unwrap();
    let settings = Settings::new("meetings", "attendees");
    let store = Store::new(client.clone(), &settings);
    let clock = Clock::new(|| UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let written = Written::default();
    let log = Log::new(Format::Json, Level::Trace, written.clone());
    let service = Service::new(store, clock, settings, log);
    let mut context = Context::default();
    context.request_id = INVOCATION_ID.to_owned();
    context.invoked_function_arn = FUNCTION_ARN.to_owned();
    take_requests();
    let answer = function::answer(&service, event, context);
    let answer = RUNTIME.with(|runtime| runtime.block_on(answer));
    let log = written.0.lock().unwrap();
    Trial { answer: answer::check(&answer, &log), asked_tables: take_requests() > 0 }
}

/// Sends the event to tables of every kind, as far as the kind can make a difference.
pub fn send_to_all(event: &str) -> Vec<(Tables, Answer)> {
    let mut answers = Vec::new();
    for tables in Tables::ALL {
        let Trial { answer, asked_tables } = send(tables, event);
        answers.push((tables, answer));
        if !asked_tables {
            break;
        }
    }
    answers
}

/// A proxy event of API Gateway's REST API, as far as the service reads it.
pub fn rest_event(method: &str, path: &str) -> Value {
    serde_json::json!({
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"httpMethod": method, "requestId": "r-1"},
    })
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
