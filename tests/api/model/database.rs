//! The embedded DynamoDB without a network: the SDK's requests go directly to it, on the runtime's clock.
//! Around each request, time passes, a fault happens, the calling instance crashes, or its code panics.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynoxide::Database;
use rollcall::store::ATTEMPT_TIMEOUT;
use rollcall_testing::direct::{self, Response, Sent};
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
    /// Notified when the instance crashes.
    pub crashed: Notify,
    /// The errors that its faults and panics can cause.
    pub met: Mutex<Vec<Expected>>,
    /// How much longer than usual DynamoDB took.
    pub delayed: Mutex<Duration>,
}

/// The probabilities of faults, crashes, panics and delays for each request to DynamoDB in a history.
#[derive(Clone, Debug)]
pub struct Chances {
    pub random: Arc<Mutex<fastrand::Rng>>,
    pub fault: f64,
    pub crash: f64,
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
enum Interruption {
    /// The instance ends at once.
    Crash,
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
struct Disturbances {
    way_there: Duration,
    way_back: Duration,
    fault: Option<Fault>,
    interruption: Option<(Interruption, Moment)>,
    /// When a late request is applied, after its arrival.
    late: Duration,
}

impl Caller {
    fn draw(&self, operation: &str) -> Disturbances {
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
        let crash = (random.f64() < self.chances.crash).then_some(Interruption::Crash);
        let panic = (random.f64() < self.chances.panic).then_some(Interruption::Panic);
        let moment = if random.bool() { Moment::Before } else { Moment::After };
        let interruption = crash.or(panic).map(|interruption| (interruption, moment));
        if let Some((_, _, expected)) = fault {
            self.met.lock().unwrap().push(expected);
        }
        let fault = fault.map(|(_, fault, _)| fault);
        Disturbances { way_there, way_back, fault, interruption, late }
    }

    /// Ends the request to the service, if it ends at this moment.
    async fn interrupt(&self, operation: &str, drawn: &Disturbances, now: Moment) {
        let interruption = drawn.interruption.filter(|(_, moment)| *moment == now);
        let Some((interruption, _)) = interruption else { return };
        self.trace.add(&self.name, &format!("  {interruption:?} {now:?} {operation}"));
        match interruption {
            Interruption::Crash => {
                self.crashed.notify_one();
                std::future::pending().await
            }
            Interruption::Panic => {
                self.met.lock().unwrap().push(Expected::Failure);
                // Without the hook, which would print it.
                std::panic::resume_unwind(Box::new("a defect"))
            }
        }
    }
}

/// Responds to a request of the SDK; `None` resets the connection.
pub async fn respond(database: Database, sent: Sent) -> Option<Response> {
    // Requests outside of histories have no faults.
    let Ok(caller) = CALLER.try_with(Arc::clone) else { return Some(apply(&database, &sent)) };
    let operation = sent.operation.as_str();
    let drawn = caller.draw(operation);
    tokio::time::sleep(drawn.way_there).await;
    caller.interrupt(operation, &drawn, Moment::Before).await;
    let response = match drawn.fault {
        Some(fault) if !fault.is_applied() => None,
        _ => Some(apply_and_observe(&database, &caller, &sent)),
    };
    let result = response.as_ref().map_or("not applied", outcome);
    let fault = drawn.fault.map_or(String::new(), |fault| format!(", but {fault:?}"));
    caller.trace.add(&caller.name, &format!("  {operation}: {result}{fault}"));
    tokio::time::sleep(drawn.way_back).await;
    caller.interrupt(operation, &drawn, Moment::After).await;
    match (drawn.fault, response) {
        (None, response) => response,
        (Some(Fault::Slow), response) => {
            tokio::time::sleep(ATTEMPT_TIMEOUT).await;
            response
        }
        (Some(Fault::CutShort), Some((status, body))) => {
            Some((status, body.chars().take(body.len() / 2).collect()))
        }
        (Some(Fault::Garbled), _) => Some((200, "<html>".to_owned())),
        (Some(Fault::Refused(status, body)), _) => Some((status, body.to_owned())),
        (Some(Fault::ResetBefore | Fault::ResetAfter), _) => None,
        (Some(Fault::Late), _) => {
            tokio::spawn(async move {
                tokio::time::sleep(drawn.late).await;
                let result = outcome(&apply_and_observe(&database, &caller, &sent));
                caller.trace.add(&caller.name, &format!("  {}, late: {result}", sent.operation));
            });
            std::future::pending().await
        }
        _ => std::future::pending().await,
    }
}

/// Applies a request, and observes the meetings if it may have created or ended one.
fn apply_and_observe(database: &Database, caller: &Caller, sent: &Sent) -> Response {
    let response = apply(database, sent);
    let Sent { operation, body } = sent;
    if response.0 != 200 || !body.contains(MEETINGS_TABLE) {
        return response;
    }
    if ["PutItem", "TransactWriteItems"].contains(&operation.as_str()) {
        caller.observer.note(body);
        caller.observer.look(database);
    } else if body.contains("SET EndedAt") {
        caller.observer.look(database);
    }
    response
}

/// Applies a request. Items are sorted by user: the index sorts them by id, and random ids would make
/// histories irreproducible.
fn apply(database: &Database, sent: &Sent) -> Response {
    let (status, body) = direct::apply(database, sent);
    let mut response: Value = serde_json::from_str(&body).unwrap();
    let Some(items) = response["Items"].as_array_mut() else { return (status, body) };
    items.sort_by_key(|item| item["ExternalUserId"]["S"].to_string());
    (status, response.to_string())
}

/// The result of a request, for the trace.
fn outcome((status, body): &Response) -> &'static str {
    match status {
        200 => "applied",
        _ if body.contains("ConditionalCheckFailed") => "condition failed",
        _ => "refused",
    }
}
