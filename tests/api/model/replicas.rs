//! A replica never outlives its primary. That is true at any time, so it is checked after every write that
//! can break it.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::Value;

use super::database::Direct;
use super::history::{History, meeting_item};
use super::request::{MEETINGS, PRIMARY};

/// Observes a primary and its replicas during a history. Without ids it observes nothing.
#[derive(Debug, Default)]
pub struct Observer {
    ids: Option<[String; MEETINGS]>,
    found: Mutex<BTreeSet<String>>,
}

impl Observer {
    pub fn new(ids: &[String; MEETINGS]) -> Self {
        Self { ids: Some(ids.clone()), found: Mutex::default() }
    }

    /// Compares the items of the replicas with that of their primary.
    pub fn look(&self, database: &Direct) {
        let Some(ids) = &self.ids else { return };
        let primary = meeting_item(database, &ids[PRIMARY]);
        let known = replicas_of(&primary);
        let mut found = self.found.lock().unwrap();
        for (number, id) in ids.iter().enumerate().skip(PRIMARY + 1) {
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
        let primary = &state[PRIMARY];
        for (number, replica) in state.iter().enumerate().skip(PRIMARY + 1) {
            if replica.expires_at.is_none() || replica.ended_at.is_some() {
                continue;
            }
            if primary.ended_at.is_some() {
                found.push(format!("replica {number} is active, and its primary has ended"));
            }
            if replica.expires_at > primary.expires_at {
                let (end, latest) = (replica.expires_at, primary.expires_at);
                found.push(format!("replica {number} ends at {end:?}, its primary at {latest:?}"));
            }
        }
    }
}
