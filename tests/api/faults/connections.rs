//! All connections that are open fall silent, and new ones work.

use std::sync::Arc;

use aws_sdk_chimesdkmeetings::types::CreateAttendeeRequestItem;

use super::cases::TIMEOUT;
use super::plan::FaultPlan;
use crate::app::TestApp;

/// Creates a hundred attendees, which opens as many connections as the service ever does.
async fn create_hundred(app: &TestApp, meeting_id: &str, name: &str) {
    let users = (0..100).map(|user| format!("{name}-{user}"));
    let users = users
        .map(|user| CreateAttendeeRequestItem::builder().external_user_id(user).build().unwrap());
    let batch = app.chime.batch_create_attendee().meeting_id(meeting_id);
    let created = batch.set_attendees(Some(users.collect())).send().await.unwrap();
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
    let app = Arc::new(TestApp::with_faults(&plan, TIMEOUT).await);
    let meeting_id = app.create_meeting().await;
    create_hundred(&app, &meeting_id, "first").await;
    plan.silence_connections();
    let callers = (0..CALLERS).map(|caller| {
        let (app, meeting_id) = (app.clone(), meeting_id.clone());
        tokio::spawn(async move { create(&app, &meeting_id, &format!("caller-{caller}")).await })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    let faults = plan.faults();
    assert!((1..=CALLERS).contains(&faults), "{faults}");
    create(&app, &meeting_id, "later").await;
    assert_eq!(plan.faults(), faults);
}
