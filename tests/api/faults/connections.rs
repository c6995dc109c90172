//! All connections that are open fall silent, and new ones work.

use futures_util::future::join_all;

use super::cases::TIMEOUT;
use super::plan::FaultPlan;
use crate::app::TestApp;
use crate::suite::batch_create_attendee::batch;
use crate::suite::create_meeting_with_attendees::item;

/// Creates a hundred attendees, which opens as many connections as the service ever does.
async fn create_hundred(app: &TestApp, meeting_id: &str, name: &str) {
    let users = (0..100).map(|user| item(&format!("{name}-{user}"), None));
    let created = batch(app, meeting_id, users.collect()).await.unwrap();
    assert_eq!((created.attendees().len(), created.errors().len()), (100, 0));
}

async fn create(app: &TestApp, meeting_id: &str, user: &str) {
    app.create_attendee(meeting_id, user).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_cost_the_next_request_one_attempt_and_later_ones_none() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let meeting_id = app.create_meeting().await;
    create(&app, &meeting_id, "alice").await;
    plan.silence_connections();
    create(&app, &meeting_id, "bob").await;
    assert_eq!(plan.faults(), 1, "after a single create");
    create(&app, &meeting_id, "carol").await;
    assert_eq!(plan.faults(), 1, "after a single create, later");

    create_hundred(&app, &meeting_id, "first").await;
    plan.silence_connections();
    create(&app, &meeting_id, "dave").await;
    assert_eq!(plan.faults(), 2, "after a batch");
    create_hundred(&app, &meeting_id, "second").await;
    assert_eq!(plan.faults(), 2, "after a batch, later");
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_cost_each_of_many_concurrent_requests_one_attempt() {
    const CALLERS: usize = 16;
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let meeting_id = app.create_meeting().await;
    create_hundred(&app, &meeting_id, "first").await;
    plan.silence_connections();
    let users: Vec<_> = (0..CALLERS).map(|caller| format!("caller-{caller}")).collect();
    join_all(users.iter().map(|user| create(&app, &meeting_id, user))).await;
    let faults = plan.faults();
    assert!((1..=CALLERS).contains(&faults), "{faults}");
    create(&app, &meeting_id, "later").await;
    assert_eq!(plan.faults(), faults);
}
