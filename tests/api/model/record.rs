//! What a request came to, and which of two came first.

use super::history::{Outcome, Record};

pub const FULL: &str = "LimitExceededException";

pub fn status(record: &Record) -> u16 {
    match record.outcome {
        Outcome::Killed => 0,
        Outcome::Answered { status, .. } => status,
    }
}

pub fn error_of(record: &Record) -> &str {
    match &record.outcome {
        Outcome::Answered { error: Some(error), .. } => error,
        _ => "",
    }
}

pub fn message_of(record: &Record) -> &str {
    match &record.outcome {
        Outcome::Answered { body, .. } => body["Message"].as_str().unwrap_or_default(),
        Outcome::Killed => "",
    }
}

pub fn is_success(record: &Record) -> bool {
    matches!(status(record), 200 | 204)
}

/// Whether it is known when it was over: it was answered, and not that DynamoDB failed.
pub fn is_over(record: &Record) -> bool {
    matches!(status(record), 200..500)
}

/// Whether nothing of it is left to happen: nor was an attempt lost that may still be applied.
pub fn is_clean(record: &Record) -> bool {
    is_over(record) && record.met.is_empty()
}

/// Whether one was over before the other began.
pub fn before(first: &Record, second: &Record) -> bool {
    first.responded <= second.invoked
}
