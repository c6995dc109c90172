//! A replica never outlives its primary. That is true at any time, so it is checked after every write that
//! can break it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use dynoxide::Database;
use rollcall::domain::MAX_REPLICAS;
use rollcall_testing::direct::meeting_item;
use serde_json::Value;

use super::history::{History, seconds};
use super::request::{MEETINGS, PRIMARY};
use crate::app::MEETINGS_TABLE;

/// A meeting that was put.
#[derive(Clone, Copy, Debug)]
pub struct Created {
    /// The end of its lifetime, in seconds since 1970.
    pub end: u64,
    pub is_replica: bool,
}

/// Observes the items of a history's meetings.
#[derive(Debug)]
pub struct Observer {
    ids: [String; MEETINGS],
    has_replicas: bool,
    created: Mutex<[Option<Created>; MEETINGS]>,
    found: Mutex<BTreeSet<String>>,
}

impl Observer {
    pub fn new(ids: &[String; MEETINGS], has_replicas: bool) -> Self {
        let (created, found) = Default::default();
        Self { ids: ids.clone(), has_replicas, created, found }
    }

    /// Notes the meeting that a request put, by itself or in a transaction.
    pub fn note(&self, body: &str) {
        let body: Value = serde_json::from_str(body).unwrap();
        let writes = body["TransactItems"].as_array().into_iter().flatten();
        let mut puts = writes.filter_map(|write| write.get("Put")).chain([&body]);
        let Some(put) = puts.find(|put| put["TableName"] == MEETINGS_TABLE) else { return };
        let Some(item) = put.get("Item") else { return };
        let number = self.ids.iter().position(|id| item["MeetingId"]["S"] == id.as_str()).unwrap();
        let end = seconds(&item["ExpiresAt"]).unwrap();
        let is_replica = item.get("PrimaryMeetingId").is_some();
        self.created.lock().unwrap()[number] = Some(Created { end, is_replica });
    }

    /// The meetings that were put.
    pub fn created(&self) -> [Option<Created>; MEETINGS] {
        *self.created.lock().unwrap()
    }

    /// Compares the items of the replicas with that of their primary.
    pub fn look(&self, database: &Database) {
        if !self.has_replicas {
            return;
        }
        let primary = meeting_item(database, &self.ids[PRIMARY]);
        let known = replicas_of(&primary);
        let mut found = self.found.lock().unwrap();
        let mut count = 0;
        for (number, id) in self.ids.iter().enumerate().skip(PRIMARY + 1) {
            let replica = meeting_item(database, id);
            let is_active = replica.get("PrimaryMeetingId").is_some() && !has_ended(&replica);
            count += usize::from(is_active);
            if is_active && has_ended(&primary) {
                found.insert(format!("replica {number} was active after its primary ended"));
            }
            let is_listed = known.contains(id);
            if !has_ended(&primary) && is_listed != is_active {
                found.insert(format!("replica {number}: active {is_active}, listed {is_listed}"));
            }
        }
        if count > MAX_REPLICAS {
            found.insert(format!("{count} active replicas"));
        }
    }

    /// The broken rules, one line for each.
    pub fn found(&self) -> Vec<String> {
        self.found.lock().unwrap().iter().cloned().collect()
    }
}

/// The ids of the replicas in a primary's item.
fn replicas_of(meeting: &Value) -> Vec<String> {
    let ids = meeting["Replicas"]["SS"].as_array().into_iter().flatten();
    ids.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

fn has_ended(meeting: &Value) -> bool {
    meeting.get("EndedAt").is_some()
}

/// Checks the replicas at the end of a history.
pub fn check(history: &History, found: &mut Vec<String>) {
    if !history.has_replicas {
        return;
    }
    for state in [&history.settled, &history.stored] {
        for (number, replica) in state.iter().enumerate().skip(PRIMARY + 1) {
            let is_active = replica.expires_at.is_some() && replica.ended_at.is_none();
            if is_active && history.is_replica(number) && state[PRIMARY].ended_at.is_some() {
                found.push(format!("replica {number} is active, and its primary has ended"));
            }
        }
    }
}
