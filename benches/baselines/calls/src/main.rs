//! The baseline of a create: a plain `lambda_http` and `aws-config` function that reads an HTTP event, sends
//! the product's UpdateItem and PutItem, and responds with a constant. The requests are in the file that its
//! argument names, as `cargo measure` recorded them. The HTTP client is the product's, so that both have the
//! same TLS library and root certificates.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use aws_smithy_types::base64;
use lambda_http::{Error, Request, run, service_fn};
use serde_json::Value;

/// The number of the next user. Each request needs another user, or DynamoDB would refuse the put.
static USERS: AtomicU64 = AtomicU64::new(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let file = std::env::args().nth(1).expect("a file with the product's requests");
    let recorded: Value = serde_json::from_slice(&std::fs::read(file)?)?;
    let (update, put) = (&recorded["UpdateItem"], &recorded["PutItem"]);
    let key = &attributes(&update["Key"]);
    let values = &attributes(&update["ExpressionAttributeValues"]);
    let item = &attributes(&put["Item"]);
    let config = aws_config::defaults(BehaviorVersion::latest());
    let config = config.http_client(rollcall::store::Connections::default()).load().await;
    let dynamodb = &Client::new(&config);
    run(service_fn(|_: Request| async move {
        dynamodb
            .update_item()
            .table_name(text(&update["TableName"]))
            .set_key(Some(key.clone()))
            .update_expression(text(&update["UpdateExpression"]))
            .condition_expression(text(&update["ConditionExpression"]))
            .set_expression_attribute_values(Some(values.clone()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await?;
        let user = format!("user-{}@example.com", USERS.fetch_add(1, Ordering::Relaxed));
        dynamodb
            .put_item()
            .table_name(text(&put["TableName"]))
            .set_item(Some(item.clone()))
            .item("ExternalUserId", AttributeValue::S(user))
            .condition_expression(text(&put["ConditionExpression"]))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await?;
        Ok::<_, Error>("{}")
    }))
    .await
}

fn attributes(map: &Value) -> HashMap<String, AttributeValue> {
    let members = map.as_object().expect("an object");
    members.iter().map(|(name, value)| (name.clone(), attribute(value))).collect()
}

/// An attribute's value in DynamoDB's protocol, of the types that the product uses in a create.
fn attribute(value: &Value) -> AttributeValue {
    let (kind, value) = value.as_object().and_then(|value| value.iter().next()).expect("a value");
    let bytes = |value| Blob::new(base64::decode(text(value)).expect("base64"));
    match kind.as_str() {
        "S" => AttributeValue::S(text(value).to_owned()),
        "N" => AttributeValue::N(text(value).to_owned()),
        "B" => AttributeValue::B(bytes(value)),
        "BS" => AttributeValue::Bs(value.as_array().expect("a set").iter().map(bytes).collect()),
        "M" => AttributeValue::M(attributes(value)),
        other => panic!("a value of type {other}"),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
