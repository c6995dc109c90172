//! Which requests get which faults.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::fault::Fault;
use crate::app::{ATTENDEES_TABLE, MEETINGS_TABLE};

/// A kind of request, as the store makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// DynamoDB's operation.
    pub operation: &'static str,
    pub table: &'static str,
}

const fn target(operation: &'static str, table: &'static str) -> Target {
    Target { operation, table }
}

/// Reserves seats; also sets a meeting's end and tags.
pub const UPDATE_MEETING: Target = target("UpdateItem", MEETINGS_TABLE);
/// Puts an attendee, the second write of CreateAttendee.
pub const PUT_ATTENDEE: Target = target("PutItem", ATTENDEES_TABLE);
/// Updates an attendee's capabilities.
pub const UPDATE_ATTENDEE: Target = target("UpdateItem", ATTENDEES_TABLE);
/// Deletes or recreates an attendee and its seat.
pub const TRANSACTION: Target = target("TransactWriteItems", ATTENDEES_TABLE);
/// Creates or ends a replica, or ends a meeting with its replicas.
pub const MEETINGS_TRANSACTION: Target = target("TransactWriteItems", MEETINGS_TABLE);
pub const PUT_MEETING: Target = target("PutItem", MEETINGS_TABLE);
pub const GET_MEETING: Target = target("GetItem", MEETINGS_TABLE);
pub const QUERY_ATTENDEES: Target = target("Query", ATTENDEES_TABLE);
pub const DELETE_ATTENDEES: Target = target("BatchWriteItem", ATTENDEES_TABLE);

impl Target {
    /// Whether this `X-Amz-Target` and this body are those of such a request. In a shared DynamoDB the
    /// table's name has a suffix.
    fn is(self, header: &str, body: &str) -> bool {
        header.ends_with(&format!(".{}", self.operation))
            && body.contains(&format!("\"{}", self.table))
    }
}

/// How often a fault happens.
#[derive(Clone, Debug)]
pub enum When {
    /// To the first such request.
    Once,
    /// To every such request.
    Always,
    /// To half of them.
    AtRandom(fastrand::Rng),
}

/// A request that DynamoDB received.
#[derive(Clone, Debug)]
pub struct Received {
    /// DynamoDB's operation.
    pub operation: String,
    pub input: Value,
}

/// The faults of one DynamoDB, and the requests that it received. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan(Arc<Mutex<Rules>>);

#[derive(Debug, Default)]
struct Rules {
    rules: Vec<(Target, Fault, When)>,
    requests: Vec<Received>,
    faults: usize,
    silences: usize,
    transactions: usize,
    max_transactions: usize,
}

impl FaultPlan {
    /// From now on these requests get this fault.
    pub fn add(&self, target: Target, fault: Fault, when: When) {
        self.0.lock().unwrap().rules.push((target, fault, when));
    }

    /// From now on there are no faults.
    pub fn clear(&self) {
        self.0.lock().unwrap().rules.clear();
    }

    /// All requests until now.
    pub fn requests(&self) -> Vec<Received> {
        self.0.lock().unwrap().requests.clone()
    }

    /// How many of them got a fault.
    pub fn faults(&self) -> usize {
        self.0.lock().unwrap().faults
    }

    /// From now on no connection that is open now gets a response.
    pub fn silence_connections(&self) {
        self.0.lock().unwrap().silences += 1;
    }

    /// How often connections were silenced. One that was opened before the last time is silent.
    pub fn silences(&self) -> usize {
        self.0.lock().unwrap().silences
    }

    /// Counts a request on a silent connection.
    pub fn count_silent(&self) {
        self.0.lock().unwrap().faults += 1;
    }

    /// The most transactions that ran at the same time.
    pub fn max_transactions(&self) -> usize {
        self.0.lock().unwrap().max_transactions
    }

    /// Counts a transaction that runs.
    pub fn begin_transaction(&self) {
        let mut rules = self.0.lock().unwrap();
        rules.transactions += 1;
        rules.max_transactions = rules.max_transactions.max(rules.transactions);
    }

    /// Counts a transaction that ran.
    pub fn end_transaction(&self) {
        self.0.lock().unwrap().transactions -= 1;
    }

    /// Records a request, and returns its fault.
    pub fn next(&self, header: &str, body: &str) -> Option<Fault> {
        let mut rules = self.0.lock().unwrap();
        let operation = header.rsplit('.').next().unwrap().to_owned();
        let input = serde_json::from_str(body).unwrap();
        rules.requests.push(Received { operation, input });
        let at = rules.rules.iter().position(|(target, ..)| target.is(header, body))?;
        let (_, fault, when) = &mut rules.rules[at];
        let fault = *fault;
        match when {
            When::Once => drop(rules.rules.remove(at)),
            When::Always => {}
            When::AtRandom(random) => {
                if random.bool() {
                    return None;
                }
            }
        }
        rules.faults += 1;
        Some(fault)
    }
}
