//! Two instances whose clocks differ. The end of a lifetime is read from the instance's clock.

use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;

use crate::app::{START, TestApp};
use crate::items::number;
use crate::suite::assert_not_found;
use crate::suite::meetings::{create, create_replica, delete, get, request, send};

const LIFETIME: u64 = 60;
/// How long an ended meeting is kept, in seconds.
const RETENTION: u64 = 3_600;

/// Two instances on the same tables. A meeting that begins now is over a second earlier for the second one.
async fn instances() -> [TestApp; 2] {
    let behind = TestApp::with(|settings| settings.meeting_lifetime = LIFETIME).await;
    let ahead = behind.other_instance(1).await;
    [behind, ahead]
}

fn assert_ended(error: &CreateAttendeeError) {
    assert_not_found(error, "The meeting has ended");
}

async fn primary_with_replica(of_primary: &TestApp, of_replica: &TestApp) -> [String; 2] {
    let primary = create(of_primary, "primary").await;
    let replica = create_replica(of_replica, "replica", &primary).await.unwrap();
    [primary, replica.meeting_id.unwrap()]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_instance_ends_a_meeting_by_its_own_clock() {
    let [behind, ahead] = instances().await;
    let meeting = behind.create_meeting().await;
    for app in [&behind, &ahead] {
        app.advance_clock(LIFETIME - 1);
    }
    assert_ended(&ahead.create_attendee(&meeting, "alice").await.unwrap_err());
    let alice = behind.create_attendee(&meeting, "alice").await.unwrap();
    assert_eq!(behind.create_attendee(&meeting, "alice").await.unwrap(), alice);
    behind.advance_clock(1);
    assert_ended(&behind.create_attendee(&meeting, "alice").await.unwrap_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_ends_when_its_primary_does_whichever_instance_creates_it() {
    let [behind, ahead] = instances().await;
    let [primary, replica] = primary_with_replica(&ahead, &behind).await;
    let expiry = async |id: &str| ahead.meeting_item(id).await["ExpiresAt"].clone();
    assert_eq!(expiry(&replica).await, expiry(&primary).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_is_deleted_where_its_lifetime_is_over_has_ended_everywhere() {
    let [behind, ahead] = instances().await;
    let [primary, replica] = primary_with_replica(&behind, &behind).await;
    let single = create(&behind, "single").await;
    for app in [&behind, &ahead] {
        app.advance_clock(LIFETIME - 1);
    }
    let now = START + LIFETIME;
    for meeting in [&single, &primary] {
        behind.create_attendee(meeting, "alice").await.unwrap();
        delete(&ahead, meeting).await;
    }
    for meeting in [&single, &primary, &replica] {
        assert_ended(&behind.create_attendee(meeting, "alice").await.unwrap_err());
        assert_eq!(get(&behind, meeting).await.unwrap_err(), "The meeting has ended");
        // A second deletion changes nothing.
        delete(&behind, meeting).await;
        let item = behind.meeting_item(meeting).await;
        assert_eq!(item["EndedAt"], number(now));
        // As long as the item is there, nobody can use the token again.
        assert_eq!(item["ExpiresAt"], number(now + RETENTION));
    }
    behind.assert_stored(0).await;
    let error = send(request(&behind, "single")).await.unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");
}
