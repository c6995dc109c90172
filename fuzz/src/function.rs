//! The whole function, from the event of a gateway to its answer.

use lambda_http::tower::Service as _;
use lambda_http::{Context, LambdaEvent};
use rollcall::Service;
use serde_json::Value;
use serde_json::value::RawValue;

/// What the function returns for an event. Every form of gateway has its own place for headers: those
/// of an answer that has none in `headers` are put there, by their lower-case names.
pub async fn answer(service: &Service, event: &str, context: Context) -> Value {
    let event = LambdaEvent::new(RawValue::from_string(event.to_owned()).unwrap(), context);
    let answer = service.function().call(event).await.unwrap();
    let mut answer = serde_json::to_value(answer).unwrap();
    if answer["headers"].as_object().is_none_or(|headers| headers.is_empty()) {
        let several = answer["multiValueHeaders"].as_object().into_iter().flatten();
        answer["headers"] =
            several.map(|(name, values)| (name.clone(), values[0].clone())).collect();
    }
    answer
}
