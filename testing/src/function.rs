//! The whole function, from a gateway's event to the response for that gateway.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "only tests call it")]

use lambda_http::tower::Service as _;
use lambda_http::{Context, LambdaEvent};
use rollcall::Service;
use serde_json::Value;
use serde_json::value::RawValue;

/// The body of a response to an event.
pub fn body(response: &Value) -> Value {
    serde_json::from_str(response["body"].as_str().unwrap()).unwrap()
}

/// Responds to an event, which is JSON. REST APIs read headers from `multiValueHeaders` only; they are
/// copied to `headers`, so that tests find them there for every gateway.
pub async fn respond(service: &Service, event: &str, context: Context) -> Value {
    let event = LambdaEvent::new(RawValue::from_string(event.to_owned()).unwrap(), context);
    let response = service.function().call(event).await.unwrap();
    let mut response = serde_json::to_value(response).unwrap();
    if response["headers"].as_object().is_none_or(|headers| headers.is_empty()) {
        let several = response["multiValueHeaders"].as_object().into_iter().flatten();
        response["headers"] =
            several.map(|(name, values)| (name.clone(), values[0].clone())).collect();
    }
    response
}
