//! A DynamoDB that remembers what it was asked.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use serde_json::Value;

use crate::world::listen;

/// Passes every request on to a DynamoDB, and remembers it.
pub struct Recorder {
    pub url: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

/// A request as it was on the wire.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The operation's name in DynamoDB's API.
    pub operation: String,
    pub input: Value,
}

impl Recorder {
    /// In front of the DynamoDB at `target`.
    pub async fn before(target: String) -> Self {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let recorded = requests.clone();
        let client = reqwest::Client::new();
        let pass = Router::new().fallback(move |request: Request| async move {
            let (parts, body) = request.into_parts();
            let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let operation = parts.headers["x-amz-target"].to_str().unwrap();
            recorded.lock().unwrap().push(Recorded {
                operation: operation.trim_start_matches("DynamoDB_20120810.").to_owned(),
                input: serde_json::from_slice(&body).unwrap(),
            });
            let request = client.request(parts.method, &target).headers(parts.headers).body(body);
            let answer = request.send().await.unwrap();
            let mut response = Response::builder().status(answer.status());
            *response.headers_mut().unwrap() = answer.headers().clone();
            response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
        });
        let (listener, url) = listen().await;
        tokio::spawn(async move { axum::serve(listener, pass).await });
        Self { url, requests }
    }

    pub fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }
}
