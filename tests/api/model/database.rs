//! The embedded DynamoDB without a network: the SDK's requests go directly to it, on the runtime's clock.
//! Around each request, time passes, a fault happens, the calling instance dies, or its code panics.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use dynoxide::{Database, DynoxideError};
use rollcall::store::ATTEMPT_TIMEOUT;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Notify;

use super::replicas::Observer;
use super::trace::Trace;
use crate::app::MEETINGS_TABLE;
use crate::faults::fault::{CANCELLED, Expected, Fault, KINDS, LATE};

tokio::task_local! {
    /// The caller of a request to DynamoDB.
    pub static CALLER: Arc<Caller>;
}

/// A caller's request to the service.
#[derive(Debug)]
pub struct Caller {
    pub name: String,
    pub trace: Trace,
    /// Looks at the meetings after every write.
    pub observer: Arc<Observer>,
    pub chances: Chances,
    /// Notified when the instance dies.
    pub killed: Notify,
    /// The errors that its faults and panics can cause.
    pub met: Mutex<Vec<Expected>>,
    /// How much longer than usual DynamoDB took.
    pub delayed: Mutex<Duration>,
}

/// The probabilities of faults, deaths, panics and delays for each request to DynamoDB in a history.
#[derive(Clone, Debug)]
pub struct Chances {
    pub random: Arc<Mutex<fastrand::Rng>>,
    pub fault: f64,
    pub kill: f64,
    pub panic: f64,
    pub delay: f64,
}

/// The weight of [`CANCELLED`] for transactions; every other fault has 1.
const CANCELLATIONS: usize = 4;
/// The additional weight of [`LATE`]; every other fault has 1.
const LATER: usize = 4;

/// The usual maximum of each direction, in milliseconds.
const LATENCY: u64 = 30;
/// The maximum of an additional delay, in milliseconds. It is shorter than an attempt's timeout, and long
/// enough for other requests to change the meeting.
const DELAY: u64 = 1_500;

/// What ends a request to the service.
#[derive(Clone, Copy, Debug)]
enum Break {
    /// The instance dies.
    Kill,
    /// The code panics, and the instance goes on.
    Panic,
}

/// Before or after DynamoDB applies a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    Before,
    After,
}

/// What happens to one request; drawn when it arrives.
struct Fate {
    way_there: Duration,
    way_back: Duration,
    fault: Option<Fault>,
    breaks: Option<(Break, Moment)>,
    /// When a late request is applied, after its arrival.
    late: Duration,
}

impl Caller {
    fn draw(&self, operation: &str) -> Fate {
        let mut random = self.chances.random.lock().unwrap();
        let mut milliseconds = |most| Duration::from_millis(random.u64(1..=most));
        let (mut way_there, way_back) = (milliseconds(LATENCY), milliseconds(LATENCY));
        let late = ATTEMPT_TIMEOUT + milliseconds(8_000);
        if random.f64() < self.chances.delay {
            let delay = Duration::from_millis(random.u64(1..=DELAY));
            *self.delayed.lock().unwrap() += delay;
            way_there += delay;
        }
        let mut kinds = [KINDS, &[LATE; LATER]].concat();
        if operation == "TransactWriteItems" {
            kinds.extend([CANCELLED; CANCELLATIONS]);
        }
        let fault = (random.f64() < self.chances.fault).then(|| kinds[random.usize(..kinds.len())]);
        let kill = (random.f64() < self.chances.kill).then_some(Break::Kill);
        let panic = (random.f64() < self.chances.panic).then_some(Break::Panic);
        let moment = if random.bool() { Moment::Before } else { Moment::After };
        let breaks = kill.or(panic).map(|it| (it, moment));
        if let Some((_, _, expected)) = fault {
            self.met.lock().unwrap().push(expected);
        }
        Fate { way_there, way_back, fault: fault.map(|(_, fault, _)| fault), breaks, late }
    }

    /// Ends the request to the service, if it ends at this moment.
    async fn break_off(&self, operation: &str, breaks: Option<(Break, Moment)>, now: Moment) {
        let Some((it, _)) = breaks.filter(|(_, moment)| *moment == now) else { return };
        self.trace.add(&self.name, &format!("  {it:?} {now:?} {operation}"));
        match it {
            Break::Kill => {
                self.killed.notify_one();
                std::future::pending().await
            }
            Break::Panic => {
                self.met.lock().unwrap().push(Expected::Failure);
                // Without the hook, which would print it.
                std::panic::resume_unwind(Box::new("a defect"))
            }
        }
    }
}

/// An HTTP client for the SDK that calls the database directly.
#[derive(Clone)]
pub struct Direct(pub Arc<Database>);

impl std::fmt::Debug for Direct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Direct")
    }
}

impl HttpClient for Direct {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Direct {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let database = self.clone();
        HttpConnectorFuture::new(async move { database.answer(&operation, body).await })
    }
}

impl Direct {
    async fn answer(&self, operation: &str, body: String) -> Result<HttpResponse, ConnectorError> {
        // Requests outside of histories have no faults.
        let Ok(caller) = CALLER.try_with(Arc::clone) else {
            return Ok(response(self.apply(operation, &body)));
        };
        let fate = caller.draw(operation);
        tokio::time::sleep(fate.way_there).await;
        caller.break_off(operation, fate.breaks, Moment::Before).await;
        let answer = match fate.fault {
            Some(fault) if !fault.is_applied() => None,
            _ => Some(self.apply_and_observe(&caller, operation, &body)),
        };
        let result = answer.as_ref().map_or("not applied", |(status, body)| outcome(*status, body));
        let fault = fate.fault.map_or(String::new(), |fault| format!(", but {fault:?}"));
        caller.trace.add(&caller.name, &format!("  {operation}: {result}{fault}"));
        tokio::time::sleep(fate.way_back).await;
        caller.break_off(operation, fate.breaks, Moment::After).await;
        match (fate.fault, answer) {
            (None, Some(answer)) => Ok(response(answer)),
            (Some(Fault::Slow), Some(answer)) => {
                tokio::time::sleep(ATTEMPT_TIMEOUT).await;
                Ok(response(answer))
            }
            (Some(Fault::CutShort), Some((status, body))) => {
                let half: String = body.chars().take(body.len() / 2).collect();
                Ok(response((status, half)))
            }
            (Some(Fault::Garbled), _) => Ok(response((200, "<html>".to_owned()))),
            (Some(Fault::Refused(status, body)), _) => Ok(response((status, body.to_owned()))),
            (Some(Fault::ResetBefore | Fault::ResetAfter), _) => {
                Err(ConnectorError::io("connection reset".into()))
            }
            (Some(Fault::Late), _) => {
                let (database, operation) = (self.clone(), operation.to_owned());
                tokio::spawn(async move {
                    tokio::time::sleep(fate.late).await;
                    let (status, answer) = database.apply_and_observe(&caller, &operation, &body);
                    let result = outcome(status, &answer);
                    caller.trace.add(&caller.name, &format!("  {operation}, late: {result}"));
                });
                std::future::pending().await
            }
            _ => std::future::pending().await,
        }
    }

    /// Applies a request, and observes the meetings if it may have created or ended one.
    fn apply_and_observe(&self, caller: &Caller, operation: &str, body: &str) -> (u16, String) {
        let answer = self.apply(operation, body);
        if answer.0 != 200 || !body.contains(MEETINGS_TABLE) {
            return answer;
        }
        if ["PutItem", "TransactWriteItems"].contains(&operation) {
            caller.observer.note(body);
            caller.observer.look(self);
        } else if body.contains("SET EndedAt") {
            caller.observer.look(self);
        }
        answer
    }

    /// Applies a request. A new DynamoDB operation of the store needs a line here.
    pub fn apply(&self, operation: &str, body: &str) -> (u16, String) {
        let Self(database) = self;
        match operation {
            "BatchWriteItem" => applied(body, |request| database.batch_write_item(request)),
            "CreateTable" => applied(body, |request| database.create_table(request)),
            "GetItem" => applied(body, |request| database.get_item(request)),
            "PutItem" => applied(body, |request| database.put_item(request)),
            "Query" => sorted_by_user(applied(body, |request| database.query(request))),
            "TransactWriteItems" => applied(body, |request| database.transact_write_items(request)),
            "UpdateItem" => applied(body, |request| database.update_item(request)),
            "UpdateTimeToLive" => applied(body, |request| database.update_time_to_live(request)),
            other => panic!("the model does not know the operation {other}"),
        }
    }
}

fn applied<I: DeserializeOwned, O: Serialize>(
    body: &str,
    apply: impl FnOnce(I) -> Result<O, DynoxideError>,
) -> (u16, String) {
    match apply(serde_json::from_str(body).unwrap()) {
        Ok(output) => (200, serde_json::to_string(&output).unwrap()),
        Err(error) => (error.status_code(), error.to_json()),
    }
}

/// Sorts items by user. The index sorts them by id, and random ids would make histories irreproducible.
fn sorted_by_user((status, body): (u16, String)) -> (u16, String) {
    let mut answer: Value = serde_json::from_str(&body).unwrap();
    if let Some(items) = answer["Items"].as_array_mut() {
        items.sort_by_key(|item| item["ExternalUserId"]["S"].to_string());
    }
    (status, answer.to_string())
}

/// The result of a request, for the trace.
fn outcome(status: u16, body: &str) -> &'static str {
    match status {
        200 => "applied",
        _ if body.contains("ConditionalCheckFailed") => "condition failed",
        _ => "refused",
    }
}

fn response((status, body): (u16, String)) -> HttpResponse {
    let mut response = HttpResponse::new(status.try_into().unwrap(), body.into());
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    response
}
