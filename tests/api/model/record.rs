//! The outcome of a record, and the order of two records.

use super::history::{Outcome, Record};

pub const FULL: &str = "LimitExceededException";

pub fn status(record: &Record) -> u16 {
    match record.outcome {
        Outcome::Crashed => 0,
        Outcome::Response { status, .. } => status,
    }
}

pub fn error_of(record: &Record) -> &str {
    match &record.outcome {
        Outcome::Response { error: Some(error), .. } => error,
        _ => "",
    }
}

pub fn message_of(record: &Record) -> &str {
    match &record.outcome {
        Outcome::Response { body, .. } => body["Message"].as_str().unwrap_or_default(),
        Outcome::Crashed => "",
    }
}

pub fn is_success(record: &Record) -> bool {
    matches!(status(record), 200 | 204)
}

/// Whether the end of its effects is known: its response is not a 5xx.
pub fn is_over(record: &Record) -> bool {
    matches!(status(record), 200..500)
}

/// Whether it can have no later effects: without faults, no lost attempt can be applied late.
pub fn is_clean(record: &Record) -> bool {
    is_over(record) && record.met.is_empty()
}

/// Whether the first ended before the second began.
pub fn before(first: &Record, second: &Record) -> bool {
    first.responded <= second.invoked
}
