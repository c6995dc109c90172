//! Requests that DynamoDB applies without an answer, or after the attempt's timeout.

use std::time::Duration;

use aws_sdk_chimesdkmeetings::types::AttendeeCapabilities;
use rollcall::store::ATTEMPT_TIMEOUT;

use super::cases::TIMEOUT;
use super::fault::Fault;
use super::plan::{FaultPlan, MEETINGS_TRANSACTION, PUT_ATTENDEE, UPDATE_ATTENDEE, When};
use crate::app::TestApp;
use crate::suite::create_attendee::capabilities;
use crate::suite::meetings::{delete, get, request, send};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_late_request_does_not_make_a_meeting_the_replica_of_another_primary() {
    for names_a_primary in [true, false] {
        let plan = FaultPlan::default();
        let app = TestApp::with_faults(&plan, TIMEOUT).await;
        let create = async |token: &str, primary: Option<&str>| {
            let create = request(&app, token).set_primary_meeting_id(primary.map(str::to_owned));
            send(create).await.unwrap()
        };
        let late_primary = create("late-primary", None).await.meeting_id.unwrap();
        let other = create("other-primary", None).await.meeting_id.unwrap();
        let other = names_a_primary.then_some(other.as_str());
        plan.add(MEETINGS_TRANSACTION, Fault::Late, When::Once);
        let (found, created) = tokio::join!(create("token", Some(&late_primary)), async {
            // The first attempt has not been applied yet.
            tokio::time::sleep(ATTEMPT_TIMEOUT / 4).await;
            create("token", other).await
        });
        assert_eq!(plan.faults(), 1);
        assert_eq!(created.primary_meeting_id(), other);
        assert_eq!(found, created);
        tokio::time::sleep(Duration::from_millis(800)).await;
        delete(&app, &late_primary).await;
        let id = created.meeting_id().unwrap();
        assert_eq!(get(&app, id).await.unwrap(), created);
        if let Some(other) = other {
            delete(&app, other).await;
            assert_eq!(get(&app, id).await.unwrap_err(), "The meeting has ended");
        }
    }
}
