//! Sends an event through the whole function.

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use lambda_http::Context;
use rollcall::log::{Format, Level};
use rollcall::{Clock, Log, Service, Settings, Store};
use tokio::runtime::{Builder, Runtime};

use super::dynamodb::{Tables, take_requests};
use super::response::{self, INVOCATION_ID, Response};
use crate::function;
use crate::memory_log::MemoryLog;

const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:rollcall";

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().enable_time().build().unwrap();
}

static CLIENTS: LazyLock<[(Tables, Client); 4]> =
    LazyLock::new(|| Tables::ALL.map(|tables| (tables, tables.client())));

/// Responds to an event, and checks the response and the log.
pub fn send(tables: Tables, event: &str) -> Response {
    // A new service each time, so that no response depends on earlier events.
    let (_, client) = CLIENTS.iter().find(|(kind, _)| *kind == tables).unwrap();
    let settings = Settings::new("meetings", "attendees");
    let store = Store::new(client.clone(), &settings);
    let clock = Clock::new(|| UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    let log = MemoryLog::default();
    let logged = Log::new(Format::Json, Level::Trace, log.clone());
    let service = Service::new(store, clock, settings, logged);
    let mut context = Context::default();
    context.request_id = INVOCATION_ID.to_owned();
    context.invoked_function_arn = FUNCTION_ARN.to_owned();
    take_requests();
    let response = function::respond(&service, event, context);
    let response = RUNTIME.with(|runtime| runtime.block_on(response));
    Response { used_tables: take_requests() > 0, ..response::check(&response, &log.text()) }
}

/// Responds to an event with each kind of tables, or once if the tables are not used.
pub fn send_to_all(event: &str) -> Vec<(Tables, Response)> {
    let mut responses = Vec::new();
    for tables in Tables::ALL {
        let response = send(tables, event);
        let used_tables = response.used_tables;
        responses.push((tables, response));
        if !used_tables {
            break;
        }
    }
    responses
}
