//! Sends an event through the whole function.

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use lambda_http::Context;
use rollcall::log::{Format, Level};
use rollcall::{Clock, Log, Service, Settings, Store};
use tokio::runtime::{Builder, Runtime};

use super::answer::{self, Answer, INVOCATION_ID};
use super::dynamodb::{Tables, take_requests};
use crate::function;
use crate::lines::Lines;

const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:rollcall";

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
}

static CLIENTS: LazyLock<[(Tables, Client); 4]> =
    LazyLock::new(|| Tables::ALL.map(|tables| (tables, tables.client())));

/// The result of one event.
pub struct Trial {
    pub answer: Answer,
    /// Whether the answer may depend on the tables.
    pub read_tables: bool,
}

/// Answers an event, and checks the answer and the log.
pub fn send(tables: Tables, event: &str) -> Trial {
    // A new service each time, so that no answer depends on earlier events.
    let (_, client) = CLIENTS.iter().find(|(kind, _)| *kind == tables).unwrap();
    let settings = Settings::new("meetings", "attendees");
    let store = Store::new(client.clone(), &settings);
    let clock = Clock::new(|| UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let lines = Lines::default();
    let log = Log::new(Format::Json, Level::Trace, lines.clone());
    let service = Service::new(store, clock, settings, log);
    let mut context = Context::default();
    context.request_id = INVOCATION_ID.to_owned();
    context.invoked_function_arn = FUNCTION_ARN.to_owned();
    take_requests();
    let answer = function::answer(&service, event, context);
    let answer = RUNTIME.with(|runtime| runtime.block_on(answer));
    Trial { answer: answer::check(&answer, &lines.text()), read_tables: take_requests() > 0 }
}

/// Answers an event with each kind of tables, or once if the tables are not used.
pub fn send_to_all(event: &str) -> Vec<(Tables, Answer)> {
    let mut answers = Vec::new();
    for tables in Tables::ALL {
        let Trial { answer, read_tables } = send(tables, event);
        answers.push((tables, answer));
        if !read_tables {
            break;
        }
    }
    answers
}
