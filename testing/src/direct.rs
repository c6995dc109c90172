//! The SDK without a network: its requests to DynamoDB are calls of a function.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "only tests and `cargo local` call it, with requests of the store"
)]

use std::fmt;

use aws_sdk_dynamodb::config::retry::{RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Config, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use rollcall::store::with_limits;
#[cfg(feature = "local")]
use {
    dynoxide::{Database, DynoxideError},
    serde::{Serialize, de::DeserializeOwned},
    serde_json::{Value, json},
};

/// A request to DynamoDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// DynamoDB's operation.
    pub operation: String,
    /// JSON.
    pub body: String,
}

/// DynamoDB's response: its status and body.
pub type Response = (u16, String);

/// The configuration of a client with the function's timeouts and retries, whose requests `respond` handles.
/// Without a response, the connection is reset.
pub fn config<F>(respond: impl Fn(Sent) -> F + Send + Sync + 'static) -> Builder
where
    F: Future<Output = Option<Response>> + Send + 'static,
{
    let connector = SharedHttpConnector::new(Connector(respond));
    local_config().http_client(http_client_fn(move |_, _| connector.clone()))
}

/// A configuration with the function's timeouts and retries, for a DynamoDB that accepts any Region and
/// credentials.
pub(crate) fn local_config() -> Builder {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    with_limits(config)
}

/// A retry budget for what must be reproducible: the SDK refills any other one in real time.
pub fn unlimited_retries() -> RetryPartition {
    RetryPartition::custom("direct").token_bucket(TokenBucket::unlimited()).build()
}

struct Connector<R>(R);

impl<R> fmt::Debug for Connector<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl<R, F> HttpConnector for Connector<R>
where
    R: Fn(Sent) -> F + Send + Sync,
    F: Future<Output = Option<Response>> + Send + 'static,
{
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap();
        let operation = target.rsplit('.').next().unwrap().to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let response = (self.0)(Sent { operation, body });
        HttpConnectorFuture::new(async {
            let reset = || ConnectorError::io("connection reset".into());
            let (status, body) = response.await.ok_or_else(reset)?;
            let mut response = HttpResponse::new(status.try_into().unwrap(), body.into());
            response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            Ok(response)
        })
    }
}

/// Applies a request to the embedded DynamoDB. Each operation that the store uses has a line here.
#[cfg(feature = "local")]
pub fn apply(database: &Database, Sent { operation, body }: &Sent) -> Response {
    match operation.as_str() {
        "BatchWriteItem" => applied(body, |request| database.batch_write_item(request)),
        "CreateTable" => applied(body, |request| database.create_table(request)),
        "GetItem" => applied(body, |request| database.get_item(request)),
        "PutItem" => applied(body, |request| database.put_item(request)),
        "Query" => applied(body, |request| database.query(request)),
        "TransactWriteItems" => applied(body, |request| database.transact_write_items(request)),
        "UpdateItem" => applied(body, |request| database.update_item(request)),
        "UpdateTimeToLive" => applied(body, |request| database.update_time_to_live(request)),
        other => panic!("the store does not use {other}"),
    }
}

#[cfg(feature = "local")]
fn applied<I: DeserializeOwned, O: Serialize>(
    body: &str,
    apply: impl FnOnce(I) -> Result<O, DynoxideError>,
) -> Response {
    match apply(serde_json::from_str(body).unwrap()) {
        Ok(output) => (200, serde_json::to_string(&output).unwrap()),
        Err(error) => (error.status_code(), error.to_json()),
    }
}

/// The item of a meeting; null if there is none.
#[cfg(feature = "local")]
pub fn meeting_item(database: &Database, id: &str) -> Value {
    let key = json!({"MeetingId": {"S": id}});
    read(database, "GetItem", json!({"TableName": "meetings", "Key": key}))["Item"].take()
}

/// The items of a meeting's attendees.
#[cfg(feature = "local")]
pub fn attendee_items(database: &Database, meeting_id: &str) -> Vec<Value> {
    let query = json!({
        "TableName": "attendees",
        "KeyConditionExpression": "MeetingId = :meeting",
        "ExpressionAttributeValues": {":meeting": {"S": meeting_id}},
    });
    read(database, "Query", query)["Items"].as_array().unwrap().clone()
}

#[cfg(feature = "local")]
fn read(database: &Database, operation: &str, input: Value) -> Value {
    let sent = Sent { operation: operation.to_owned(), body: input.to_string() };
    let (status, body) = apply(database, &sent);
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}
