//! How many requests to DynamoDB an operation makes, counted on the wire.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::response::Response;
use serde_json::json;

use crate::world::{World, listen};

/// Passes every request on to the DynamoDB at `target`, and counts it.
async fn counting(target: String) -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let client = reqwest::Client::new();
    let pass = Router::new().fallback(move |request: Request| async move {
        counted.fetch_add(1, Ordering::SeqCst);
        let (parts, body) = request.into_parts();
        let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let request = client.request(parts.method, &target).headers(parts.headers).body(body);
        let answer = request.send().await.unwrap();
        let mut response = Response::builder().status(answer.status());
        *response.headers_mut().unwrap() = answer.headers().clone();
        response.body(Body::from(answer.bytes().await.unwrap())).unwrap()
    });
    let (listener, url) = listen().await;
    tokio::spawn(async move { axum::serve(listener, pass).await });
    (url, count)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_and_a_replay_are_two_requests_each() {
    let tables = World::new().await;
    let (url, count) = counting(tables.dynamodb_url.clone()).await;
    let world = World::on(url, tables.settings.clone()).await;
    let requests = async |user: &str, meeting_id: &str| {
        let before = count.load(Ordering::SeqCst);
        world.join(meeting_id, user).await.unwrap();
        count.load(Ordering::SeqCst) - before
    };
    let plain = world.meeting().await;
    assert_eq!(requests("alice", &plain).await, 2);
    assert_eq!(requests("alice", &plain).await, 2);

    // Also where the defaults are others, on the instance that created the meeting.
    let create = |world: &World, token: &str| {
        let body = json!({
            "ClientRequestToken": token,
            "ExternalMeetingId": "all-hands",
            "MediaRegion": "eu-central-1",
            "MeetingFeatures": {"Video": {"MaxResolution": "None"}},
        });
        let url = world.url.clone();
        async move {
            let request = reqwest::Client::new().post(format!("{url}/meetings"));
            let request = request.header("content-type", "application/json");
            let answer = crate::world::Raw::read(request.body(body.to_string())).await.json();
            answer["Meeting"]["MeetingId"].as_str().unwrap().to_owned()
        }
    };
    let own = create(&world, "own").await;
    assert_eq!(requests("alice", &own).await, 2);
    assert_eq!(requests("alice", &own).await, 2);

    // Of another instance's meeting it learns from one refusal, once.
    let others = create(&tables, "others").await;
    assert_eq!(requests("alice", &others).await, 3);
    assert_eq!(requests("bob", &others).await, 2);
}
