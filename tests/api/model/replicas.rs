//! A replica never outlives its primary. That is true at any time, so it is checked after every write that
//! can break it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Value;

use super::database::Direct;
use super::history::{History, meeting_item, seconds};
use super::request::{MEETINGS, PRIMARY};

/// Observes the items of a history's meetings.
#[derive(Debug)]
pub struct Observer {
    ids: [String; MEETINGS],
    has_replicas: bool,
    ends: Mutex<[Option<u64>; MEETINGS]>,
    found: Mutex<BTreeSet<String>>,
}

impl Observer {
    pub fn new(ids: &[String; MEETINGS], has_replicas: bool) -> Self {
        let (ends, found) = Default::default();
        Self { ids: ids.clone(), has_replicas, ends, found }
    }

    /// Notes the end of the lifetime of a meeting that was put.
    pub fn created(&self, body: &str) {
        let item = &serde_json::from_str::<Value>(body).unwrap()["Item"];
        let number = self.ids.iter().position(|id| item["MeetingId"]["S"] == id.as_str()).unwrap();
        self.ends.lock().unwrap()[number] = seconds(&item["ExpiresAt"]);
    }

    /// The end of the lifetime of each meeting that was put.
    pub fn ends(&self) -> [Option<u64>; MEETINGS] {
        *self.ends.lock().unwrap()
    }

    /// Compares the items of the replicas with that of their primary.
    pub fn look(&self, database: &Direct) {
        if !self.has_replicas {
            return;
        }
        let primary = meeting_item(database, &self.ids[PRIMARY]);
        let known = replicas_of(&primary);
        let mut found = self.found.lock().unwrap();
        for (number, id) in self.ids.iter().enumerate().skip(PRIMARY + 1) {
            let replica = meeting_item(database, id);
            if replica.is_null() || has_ended(&replica) {
                continue;
            }
            if has_ended(&primary) {
                found.insert(format!("replica {number} was active after its primary ended"));
            }
            if !known.contains(id) {
                found.insert(format!(
                    "replica {number} was active, and its primary did not have its id"
                ));
            }
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
            if is_active && state[PRIMARY].ended_at.is_some() {
                found.push(format!("replica {number} is active, and its primary has ended"));
            }
        }
    }
}
