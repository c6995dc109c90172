//! The responses that tests of faults expect.

use serde_json::{Value, json};

use super::fault::Expected;
use crate::app::HttpResponse;

/// Asserts the exact error, so it can't name a table, an error code or a request of DynamoDB.
pub fn assert_error(response: &HttpResponse, expected: Expected) {
    let (status, name, message) = match expected {
        Expected::Throttled => {
            (429, "ThrottlingException", "The request rate is too high; try again later")
        }
        Expected::Unavailable => {
            (503, "ServiceUnavailableException", "The service is unavailable; try again later")
        }
        Expected::Failure => {
            (500, "ServiceFailureException", "The service failed to handle the request")
        }
    };
    assert_eq!(response.status, status, "{response:?}");
    assert_eq!(response.header("x-amzn-errortype"), Some(name));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert_eq!(response.header("retry-after"), (expected != Expected::Failure).then_some("1"));
    let milliseconds = (expected != Expected::Failure).then_some("1000");
    assert_eq!(response.header("x-amz-retry-after"), milliseconds);
    let request_id = response.header("x-amzn-requestid").unwrap();
    assert_eq!(response.json(), json!({"Code": name, "Message": message, "RequestId": request_id}),);
}

/// The attendee of a successful response.
pub fn attendee(response: &HttpResponse) -> Value {
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(response.header("x-amzn-requestid").is_some());
    assert_eq!(response.header("x-amzn-errortype"), None);
    response.json()["Attendee"].clone()
}
