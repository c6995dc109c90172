//! Any text as the event.

use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::NO_REQUEST;
use super::trial::{INVOCATION_ID, send_to_all};

/// Lambda hands over JSON; what is none never comes so far.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if serde_json::from_str::<&RawValue>(text).is_err() {
        return;
    }
    // Some JSON is no `Value`: a number that is too large, a lone surrogate.
    let event: Option<Value> = serde_json::from_str(text).ok();
    for (_, answer) in send_to_all(text) {
        // The gateway's id, if it is one, or the platform's.
        if let Some(event) = &event {
            let given = &event["requestContext"]["requestId"];
            let known = answer.request_id == INVOCATION_ID || *given == *answer.request_id;
            assert!(known, "{}", answer.request_id);
        }
        let is_request = answer.operation.is_some() || answer.status == 404;
        assert!(is_request || answer.message() == Some(NO_REQUEST));
    }
}
