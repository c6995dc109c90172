//! Which request meets which fault.

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

/// The first write of CreateAttendee; also the change of a meeting's end, tags and transcription.
pub const UPDATE_MEETING: Target = target("UpdateItem", MEETINGS_TABLE);
/// The second write of CreateAttendee.
pub const PUT_ATTENDEE: Target = target("PutItem", ATTENDEES_TABLE);
/// A change of an attendee.
pub const UPDATE_ATTENDEE: Target = target("UpdateItem", ATTENDEES_TABLE);
/// Deletes or recreates an attendee.
pub const TRANSACTION: Target = target("TransactWriteItems", ATTENDEES_TABLE);
/// Ends a meeting with its replicas.
pub const END_MEETINGS: Target = target("TransactWriteItems", MEETINGS_TABLE);
pub const PUT_MEETING: Target = target("PutItem", MEETINGS_TABLE);
pub const GET_MEETING: Target = target("GetItem", MEETINGS_TABLE);
pub const QUERY_ATTENDEES: Target = target("Query", ATTENDEES_TABLE);
pub const DELETE_ATTENDEES: Target = target("BatchWriteItem", ATTENDEES_TABLE);

impl Target {
    /// Whether a request with this `X-Amz-Target` and this body is of the kind.
    fn is(self, header: &str, body: &str) -> bool {
        header.ends_with(&format!(".{}", self.operation))
            && body.contains(&format!("\"{}\"", self.table))
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

/// A request as it was on the wire.
#[derive(Clone, Debug)]
pub struct Asked {
    /// DynamoDB's operation.
    pub operation: String,
    pub input: Value,
}

/// The faults of one DynamoDB, and what it was asked; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan(Arc<Mutex<Rules>>);

#[derive(Debug, Default)]
struct Rules {
    rules: Vec<(Target, Fault, When)>,
    requests: Vec<Asked>,
    faults: usize,
}

impl FaultPlan {
    /// From now on these requests meet this fault.
    pub fn add(&self, target: Target, fault: Fault, when: When) {
        self.0.lock().unwrap().rules.push((target, fault, when));
    }

    /// From now on nothing goes wrong.
    pub fn lift(&self) {
        self.0.lock().unwrap().rules.clear();
    }

    /// The requests that came.
    pub fn requests(&self) -> Vec<Asked> {
        self.0.lock().unwrap().requests.clone()
    }

    /// How many of them met a fault.
    pub fn faults(&self) -> usize {
        self.0.lock().unwrap().faults
    }

    /// What happens to the request that has come.
    pub fn next(&self, header: &str, body: &str) -> Option<Fault> {
        let mut rules = self.0.lock().unwrap();
        let operation = header.rsplit('.').next().unwrap().to_owned();
        let input = serde_json::from_str(body).unwrap();
        rules.requests.push(Asked { operation, input });
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
