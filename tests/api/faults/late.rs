//! Requests that DynamoDB applies without an answer, or after the attempt's timeout.

use std::time::Duration;

use aws_sdk_chimesdkmeetings::types::AttendeeCapabilities;
use rollcall::store::ATTEMPT_TIMEOUT;

use super::cases::TIMEOUT;
use super::fault::Fault;
use super::plan::{FaultPlan, PUT_ATTENDEE, UPDATE_ATTENDEE, When};
use crate::app::TestApp;
use crate::suite::create_attendee::capabilities;

async fn update(app: &TestApp, meeting: &str, attendee: &str, to: AttendeeCapabilities) {
    let update = app.chime.update_attendee_capabilities().meeting_id(meeting);
    update.attendee_id(attendee).capabilities(to).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_update_does_not_undo_a_later_one() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let meeting = app.create_meeting().await;
    let alice = app.create_attendee(&meeting, "alice").await.unwrap().attendee_id.unwrap();
    let (listening, all) =
        (capabilities("Receive", "None", "None"), capabilities("SendReceive", "None", "None"));
    update(&app, &meeting, &alice, all.clone()).await;

    plan.add(UPDATE_ATTENDEE, Fault::Late, When::Once);
    update(&app, &meeting, &alice, listening).await;
    // The same state as before the late attempt, which has not been applied yet.
    update(&app, &meeting, &alice, all.clone()).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    let now = app.chime.get_attendee().meeting_id(&meeting).attendee_id(&alice);
    let now = now.send().await.unwrap().attendee.unwrap();
    assert_eq!(now.capabilities, Some(all));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_attendee_is_never_the_deleted_one() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let meeting = app.create_meeting().await;
    plan.add(PUT_ATTENDEE, Fault::Lost, When::Once);
    let (first, deleted) = tokio::join!(app.create_attendee(&meeting, "alice"), async {
        // The put is applied, and its caller is still waiting for the answer.
        tokio::time::sleep(ATTEMPT_TIMEOUT / 4).await;
        let found = app.create_attendee(&meeting, "alice").await.unwrap();
        let delete = app.chime.delete_attendee().meeting_id(&meeting);
        delete.attendee_id(found.attendee_id().unwrap()).send().await.unwrap();
        found
    });
    let first = first.unwrap();
    assert_ne!(first.attendee_id(), deleted.attendee_id());
    assert_ne!(first.join_token(), deleted.join_token());
    assert_eq!(app.create_attendee(&meeting, "alice").await.unwrap(), first);
    assert_eq!(app.seats(&meeting).await, 1);
}
