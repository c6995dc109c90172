//! Requests that DynamoDB applies without a response, or after the attempt's timeout.

use std::collections::HashMap;
use std::time::Duration;

use rollcall::store::ATTEMPT_TIMEOUT;

use super::cases::TIMEOUT;
use super::fault::Fault;
use super::plan::{
    FaultPlan, MEETINGS_TRANSACTION, PUT_ATTENDEE, TRANSACTION, UPDATE_ATTENDEE, When,
};
use crate::app::{SHORT_TIMEOUT, TestApp};
use crate::items::{Item, texts};
use crate::suite::create_attendee::capabilities;
use crate::suite::meetings::{create, create_replica, delete, get, request, send};
use crate::suite::update_capabilities::update;

#[tokio::test(flavor = "multi_thread")]
async fn a_late_update_does_not_undo_a_later_one() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let meeting = app.create_meeting().await;
    let alice = app.create_attendee(&meeting, "alice").await.unwrap().attendee_id.unwrap();
    let (listening, all) =
        (capabilities("Receive", "None", "None"), capabilities("SendReceive", "None", "None"));
    update(&app, &meeting, &alice, all.clone()).await.unwrap();

    plan.add(UPDATE_ATTENDEE, Fault::Late, When::Once);
    update(&app, &meeting, &alice, listening).await.unwrap();
    // The same state as before the late attempt, which has not been applied yet.
    update(&app, &meeting, &alice, all.clone()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(800)).await;
    let now = app.get_attendee(&meeting, &alice).await.unwrap();
    assert_eq!(now.capabilities, Some(all));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_attendee_is_never_the_deleted_one() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let meeting = app.create_meeting().await;
    plan.add(PUT_ATTENDEE, Fault::Lost, When::Once);
    let (first, deleted) = tokio::join!(app.create_attendee(&meeting, "alice"), async {
        // The put is applied, and its caller is still waiting for the response.
        tokio::time::sleep(ATTEMPT_TIMEOUT / 4).await;
        let found = app.create_attendee(&meeting, "alice").await.unwrap();
        app.delete_attendee(&meeting, found.attendee_id().unwrap()).await.unwrap();
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
        let late_primary = create(&app, "late-primary").await;
        let other = names_a_primary.then_some(create(&app, "other-primary").await);
        plan.add(MEETINGS_TRANSACTION, Fault::Late, When::Once);
        let (found, created) = tokio::join!(create_replica(&app, "token", &late_primary), async {
            // The first attempt has not been applied yet.
            tokio::time::sleep(ATTEMPT_TIMEOUT / 4).await;
            send(request(&app, "token").set_primary_meeting_id(other.clone())).await
        });
        let (found, created) = (found.unwrap(), created.unwrap());
        assert_eq!(plan.faults(), 1);
        assert_eq!(created.primary_meeting_id, other);
        assert_eq!(found, created);
        tokio::time::sleep(Duration::from_millis(800)).await;
        delete(&app, &late_primary).await;
        let id = created.meeting_id().unwrap();
        assert_eq!(get(&app, id).await.unwrap(), created);
        if let Some(other) = other {
            delete(&app, &other).await;
            assert_eq!(get(&app, id).await.unwrap_err(), "The meeting has ended");
        }
    }
}

/// All items of both tables, by their keys.
async fn items(app: &TestApp) -> HashMap<String, Item> {
    let items = [app.meetings().await, app.attendees().await].concat().into_iter();
    let key = |item: &Item| format!("{:?} {:?}", item["MeetingId"], item.get("ExternalUserId"));
    items.map(|item| (key(&item), item)).collect()
}

/// An app whose callers get their response before the late request is applied, so that it does not make
/// another attempt, and an instance that makes the same changes a second later.
async fn instances(plan: &FaultPlan) -> [TestApp; 2] {
    let app = TestApp::with_faults(plan, SHORT_TIMEOUT).await;
    let ahead = app.other_instance(1).await;
    [app, ahead]
}

/// Asserts that no item changes until the late request has been applied.
async fn assert_unchanged_by_late_request(app: &TestApp, plan: &FaultPlan) {
    assert_eq!(plan.faults(), 1);
    let before = items(app).await;
    tokio::time::sleep(ATTEMPT_TIMEOUT).await;
    assert_eq!(items(app).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_or_repeated_end_does_not_change_meetings_that_have_ended() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let ahead = app.other_instance(1).await;
    let primary = create(&ahead, "primary").await;
    create_replica(&ahead, "replica", &primary).await.unwrap();
    plan.add(MEETINGS_TRANSACTION, Fault::Late, When::Once);
    let ((), ended) = tokio::join!(delete(&app, &primary), async {
        while plan.faults() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        delete(&ahead, &primary).await;
        items(&app).await
    });
    assert_eq!(items(&app).await, ended);
    assert_unchanged_by_late_request(&app, &plan).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_has_ended_and_is_still_listed_does_not_end_again() {
    let app = TestApp::new().await;
    let primary = create(&app, "primary").await;
    let replica = create_replica(&app, "replica", &primary).await.unwrap().meeting_id.unwrap();
    delete(&app, &replica).await;
    let before = app.meeting_item(&replica).await;
    // Version 0.1 also lists replicas that have ended.
    app.change_meeting(&primary, &[("Replicas", Some(texts(&[&replica])))]).await;
    app.advance_clock(1);
    delete(&app, &primary).await;
    assert_eq!(get(&app, &primary).await.unwrap_err(), "The meeting has ended");
    assert_eq!(app.meeting_item(&replica).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_deletion_changes_neither_the_tombstone_nor_a_seat_that_is_reserved_again() {
    let plan = FaultPlan::default();
    let [app, ahead] = instances(&plan).await;
    let meeting = ahead.create_meeting().await;
    let alice = ahead.create_attendee(&meeting, "alice").await.unwrap().attendee_id.unwrap();
    let seats = app.meeting_item(&meeting).await["Seats"].clone();
    plan.add(TRANSACTION, Fault::Late, When::Once);
    app.delete_attendee(&meeting, &alice).await.unwrap_err();
    ahead.delete_attendee(&meeting, &alice).await.unwrap();
    assert_eq!(app.seats(&meeting).await, 0);
    // As the first write of a CreateAttendee for Alice does.
    app.change_meeting(&meeting, &[("Seats", Some(seats))]).await;
    assert_unchanged_by_late_request(&app, &plan).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_recreation_does_not_bring_back_a_user_who_was_deleted_again() {
    let plan = FaultPlan::default();
    let [app, ahead] = instances(&plan).await;
    let meeting = ahead.create_meeting().await;
    let create_and_delete = async || {
        let alice = ahead.create_attendee(&meeting, "alice").await.unwrap();
        ahead.delete_attendee(&meeting, alice.attendee_id().unwrap()).await.unwrap();
    };
    create_and_delete().await;
    plan.add(TRANSACTION, Fault::Late, When::Once);
    app.create_attendee(&meeting, "alice").await.unwrap_err();
    create_and_delete().await;
    assert_eq!(app.seats(&meeting).await, 0);
    assert_unchanged_by_late_request(&app, &plan).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_becomes_an_attendee_again_if_time_to_live_removes_the_tombstone_meanwhile() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, TIMEOUT).await;
    let meeting = app.create_meeting().await;
    let alice = app.create_attendee(&meeting, "alice").await.unwrap().attendee_id.unwrap();
    app.delete_attendee(&meeting, &alice).await.unwrap();

    plan.add(TRANSACTION, Fault::Silent, When::Once);
    let (again, ()) = tokio::join!(app.create_attendee(&meeting, "alice"), async {
        // The transaction is sent, but not applied before it is retried.
        while plan.faults() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        app.remove_attendee(&meeting, "alice").await;
    });
    assert_ne!(again.unwrap().attendee_id(), Some(&*alice));
    assert_eq!((app.stored_attendees().await, app.seats(&meeting).await), (1, 1));
}
