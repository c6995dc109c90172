//! What DynamoDB applied without saying so, or applies long after nobody waits for it any more.

use std::time::Duration;

use aws_sdk_chimesdkmeetings::types::AttendeeCapabilities;
use rollcall::store::ATTEMPT_TIMEOUT;

use super::cases::TIME;
use super::fault::Fault;
use super::plan::{FaultPlan, PUT_ATTENDEE, UPDATE_ATTENDEE, When};
use crate::app::TestApp;
use crate::suite::create_attendee::capabilities;

async fn update(app: &TestApp, meeting: &str, attendee: &str, to: AttendeeCapabilities) {
    let update = app.chime.update_attendee_capabilities().meeting_id(meeting);
    update.attendee_id(attendee).capabilities(to).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_comes_late_undoes_none_that_came_after_it() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIME).await;
    let meeting = app.create_meeting().await;
    let alice = app.create_attendee(&meeting, "alice").await.unwrap().attendee_id.unwrap();
    let (listening, all) =
        (capabilities("Receive", "None", "None"), capabilities("SendReceive", "None", "None"));
    update(&app, &meeting, &alice, all.clone()).await;

    plan.add(UPDATE_ATTENDEE, Fault::Late, When::Once);
    update(&app, &meeting, &alice, listening).await;
    // Back to what it was when the first attempt was made, before that attempt takes effect.
    update(&app, &meeting, &alice, all.clone()).await;
    tokio::time::sleep(Duration::from_millis(800)).await;
    let now = app.chime.get_attendee().meeting_id(&meeting).attendee_id(&alice);
    let now = now.send().await.unwrap().attendee.unwrap();
    assert_eq!(now.capabilities, Some(all));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_back_as_one_who_was_deleted() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIME).await;
    let meeting = app.create_meeting().await;
    plan.add(PUT_ATTENDEE, Fault::Lost, When::Once);
    let (first, deleted) = tokio::join!(app.create_attendee(&meeting, "alice"), async {
        // The put is applied, and its caller waits for the answer.
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
