//! Any text as the event.

use serde_json::Value;
use serde_json::value::RawValue;

use super::response::{INVOCATION_ID, UNREADABLE_EVENT};
use super::send::send_to_all;

/// For any event. Lambda passes valid JSON only, so other text is skipped.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if serde_json::from_str::<&RawValue>(text).is_err() {
        return;
    }
    // Some JSON can't become a `Value`: too large numbers, lone surrogates.
    let event: Option<Value> = serde_json::from_str(text).ok();
    for (_, response) in send_to_all(text) {
        // The gateway's id if it is usable, else Lambda's.
        if let Some(event) = &event {
            let given = &event["requestContext"]["requestId"];
            let known = response.request_id == INVOCATION_ID || *given == *response.request_id;
            assert!(known, "{}", response.request_id);
        }
        let is_request = response.operation.is_some() || response.status == 404;
        assert!(is_request || response.message() == Some(UNREADABLE_EVENT));
    }
}
