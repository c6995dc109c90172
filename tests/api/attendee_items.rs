//! CreateAttendee with changed settings, time and items.

use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::app::{START, TestApp};
use crate::items::{Item, number, text};
use crate::suite::assert_not_found;
use crate::suite::update_capabilities::update;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_meeting_refuses_new_users_and_responds_to_replays() {
    let app = TestApp::with(|settings| settings.max_attendees = 2).await;
    let meeting_id = app.create_meeting().await;
    let alice = app.create_attendee(&meeting_id, "alice").await.unwrap();
    let bob = app.create_attendee(&meeting_id, "bob").await.unwrap();

    let CreateAttendeeError::LimitExceededException(error) =
        app.create_attendee(&meeting_id, "carol").await.unwrap_err()
    else {
        panic!("a third attendee in a meeting of two")
    };
    assert_eq!(error.code.as_deref(), Some("LimitExceededException"));
    assert!(error.request_id.is_some());
    assert_eq!(app.create_attendee(&meeting_id, "alice").await.unwrap(), alice);
    assert_eq!(app.create_attendee(&meeting_id, "bob").await.unwrap(), bob);
    assert_eq!(app.stored_attendees().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_with_an_end_time_has_ended() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    app.change_meeting(&meeting_id, &[("EndedAt", Some(number(START)))]).await;
    let error = app.create_attendee(&meeting_id, "alice").await.unwrap_err();
    assert_not_found(&error, "The meeting has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shorter_lifetime_does_not_shorten_existing_meetings() {
    let before = TestApp::with(|settings| settings.meeting_lifetime = 1_000_000).await;
    let meeting_id = before.create_meeting().await;
    let mut settings = before.settings.clone();
    settings.meeting_lifetime = 60;
    let after = TestApp::on(before.dynamodb_url.clone(), settings).await;

    let alice = after.create_attendee(&meeting_id, "alice").await.unwrap();
    after.advance_clock(999_999);
    assert_eq!(after.create_attendee(&meeting_id, "alice").await.unwrap(), alice);
    let item = &after.attendees().await[0];
    let expires_at: u64 = item["ExpiresAt"].as_n().unwrap().parse().unwrap();
    assert!(expires_at >= 1_801_000_000, "time to live would remove an attendee too early");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_an_earlier_version_stays_valid_as_it_is() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let alice = app.create_attendee(&meeting_id, "alice").await.unwrap();
    let id = alice.attendee_id().unwrap();
    for earlier in ["ab+/".repeat(16), "aB3".repeat(21) + "z"] {
        let changes = [("JoinToken", Some(text(&earlier)))];
        app.change_attendee(&meeting_id, "alice", &changes).await;
        let replay = app.create_attendee(&meeting_id, "alice").await.unwrap();
        let got = app.get_attendee(&meeting_id, id).await.unwrap();
        let same = replay.capabilities().unwrap().clone();
        let updated = update(&app, &meeting_id, id, same).await.unwrap();
        for found in [replay, got, updated] {
            assert_eq!(found.join_token(), Some(earlier.as_str()));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_costs_one_write_unit_even_with_the_longest_external_user_id() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    for (user, bytes) in [("alice@example.com".to_owned(), 342), ("é".repeat(64), 453)] {
        app.create_attendee(&meeting_id, &user).await.unwrap();
        let mut items = app.attendees().await.into_iter();
        let item = items.find(|item| item["ExternalUserId"].as_s() == Ok(&user));
        let size = size_of_map(&item.unwrap());
        assert_eq!(size, bytes, "{user}");
        assert!(size <= 1024);
    }
}

/// The size of an item's attributes in bytes, as DynamoDB bills them:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
fn size_of_map(map: &Item) -> usize {
    map.iter().map(|(name, value)| name.len() + size_of_value(value)).sum()
}

fn size_of_value(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        // Each element costs a byte.
        AttributeValue::M(map) => 3 + map.len() + size_of_map(map),
        other => panic!("an attendee has no {other:?}"),
    }
}
