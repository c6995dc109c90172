//! The embedded DynamoDB without a network: the SDK's requests come straight to it, on the runtime's
//! own time. Before and after each, time passes, a fault happens, or the instance that asked dies.

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
    /// On whose behalf a request to DynamoDB is made.
    pub static CALLER: Arc<Caller>;
}

/// One request of a caller to the service, as the database sees it.
#[derive(Debug)]
pub struct Caller {
    pub name: String,
    pub trace: Trace,
    /// Looks at the replicas after every write.
    pub observer: Arc<Observer>,
    pub chances: Chances,
    /// Told when the instance is to die.
    pub killed: Notify,
    /// What happened to it.
    pub met: Mutex<Vec<Expected>>,
    /// What it waited longer than usual.
    pub delayed: Mutex<Duration>,
}

/// How likely something goes wrong with one request to DynamoDB; drawn by the whole history.
#[derive(Clone, Debug)]
pub struct Chances {
    pub random: Arc<Mutex<fastrand::Rng>>,
    pub fault: f64,
    pub kill: f64,
    pub delay: f64,
}

/// How often a transaction meets another, for each of the other faults.
const CANCELLATIONS: usize = 4;
/// How often a request is applied late, beyond once for each of the other faults.
const LATER: usize = 4;

/// What each way usually takes at most, in milliseconds.
const USUAL: u64 = 30;
/// What a request may be under way longer, in milliseconds; with that an attempt is not over yet. Much
/// can happen to a meeting meanwhile.
const DELAY: u64 = 1_500;

/// When an instance dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kill {
    Before,
    After,
}

/// What happens to one request, drawn when it comes.
struct Fate {
    way_there: Duration,
    way_back: Duration,
    fault: Option<Fault>,
    kill: Option<Kill>,
    /// Of a request that is applied when nobody waits for it any more.
    late: Duration,
}

impl Caller {
    fn draw(&self, operation: &str) -> Fate {
        let mut random = self.chances.random.lock().unwrap();
        let mut milliseconds = |most| Duration::from_millis(random.u64(1..=most));
        let (mut way_there, way_back) = (milliseconds(USUAL), milliseconds(USUAL));
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
        let kill = (random.f64() < self.chances.kill)
            .then(|| if random.bool() { Kill::Before } else { Kill::After });
        if let Some((_, _, kept)) = fault {
            self.met.lock().unwrap().push(kept);
        }
        Fate { way_there, way_back, fault: fault.map(|(_, fault, _)| fault), kill, late }
    }

    async fn die(&self, operation: &str, when: Kill) -> ! {
        self.trace.add(&self.name, &format!("  dies {when:?} {operation}"));
        self.killed.notify_one();
        std::future::pending().await
    }
}

/// The SDK's way to the database.
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
        // What prepares or looks at a history meets no fault.
        let Ok(caller) = CALLER.try_with(Arc::clone) else {
            return Ok(response(self.apply(operation, &body)));
        };
        let fate = caller.draw(operation);
        tokio::time::sleep(fate.way_there).await;
        if fate.kill == Some(Kill::Before) {
            caller.die(operation, Kill::Before).await;
        }
        let answer = match fate.fault {
            Some(fault) if !fault.is_applied() => None,
            _ => Some(self.apply_and_observe(&caller, operation, &body)),
        };
        let told = answer.as_ref().map_or("not applied", |(status, body)| outcome(*status, body));
        let fault = fate.fault.map_or(String::new(), |fault| format!(", but {fault:?}"));
        caller.trace.add(&caller.name, &format!("  {operation}: {told}{fault}"));
        tokio::time::sleep(fate.way_back).await;
        if fate.kill == Some(Kill::After) {
            caller.die(operation, Kill::After).await;
        }
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
                    let told = outcome(status, &answer);
                    caller.trace.add(&caller.name, &format!("  {operation}, late: {told}"));
                });
                std::future::pending().await
            }
            _ => std::future::pending().await,
        }
    }

    fn apply_and_observe(&self, caller: &Caller, operation: &str, body: &str) -> (u16, String) {
        let answer = self.apply(operation, body);
        let is_write = ["PutItem", "UpdateItem", "TransactWriteItems"].contains(&operation);
        if is_write && answer.0 == 200 && body.contains(MEETINGS_TABLE) {
            caller.observer.look(self);
        }
        answer
    }

    /// What DynamoDB does and answers. A new operation of the store is a line here.
    pub fn apply(&self, operation: &str, body: &str) -> (u16, String) {
        let Self(database) = self;
        match operation {
            "BatchWriteItem" => applied(body, |request| database.batch_write_item(request)),
            "CreateTable" => applied(body, |request| database.create_table(request)),
            "GetItem" => applied(body, |request| database.get_item(request)),
            "PutItem" => applied(body, |request| database.put_item(request)),
            "Query" => in_the_order_of_users(applied(body, |request| database.query(request))),
            "TransactWriteItems" => applied(body, |request| database.transact_write_items(request)),
            "UpdateItem" => applied(body, |request| database.update_item(request)),
            "UpdateTimeToLive" => applied(body, |request| database.update_time_to_live(request)),
            other => panic!("the store makes requests that the model does not know: {other}"),
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

/// The index answers in the order of ids, and these are random; what is done to one attendee after the
/// other must not be.
fn in_the_order_of_users((status, body): (u16, String)) -> (u16, String) {
    let mut answer: Value = serde_json::from_str(&body).unwrap();
    if let Some(items) = answer["Items"].as_array_mut() {
        items.sort_by_key(|item| item["ExternalUserId"]["S"].to_string());
    }
    (status, answer.to_string())
}

/// For the trace.
fn outcome(status: u16, body: &str) -> &'static str {
    match status {
        200 => "applied",
        _ if body.contains("ConditionalCheckFailed") => "condition failed",
        _ => "refused",
    }
}

fn response((status, body): (u16, String)) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), body.into())
}
