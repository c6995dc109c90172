//! CreateAttendee with changed settings, time and items.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_meeting_refuses_new_users_and_answers_replays() {
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
async fn a_meeting_ends_exactly_with_its_lifetime() {
    let app = TestApp::with(|settings| settings.meeting_lifetime = 60).await;
    let meeting_id = app.create_meeting().await;
    app.advance_clock(59);
    let alice = app.create_attendee(&meeting_id, "alice").await.unwrap();
    assert!(alice.attendee_id().is_some());
    app.advance_clock(1);
    for user in ["alice", "bob"] {
        let error = app.create_attendee(&meeting_id, user).await.unwrap_err();
        assert!(error.is_not_found_exception(), "{error:?}");
        assert_eq!(error.message(), Some("The meeting has ended"));
    }
    assert_eq!(app.stored_attendees().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_with_an_end_time_has_ended() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let mark = app.dynamodb.update_item().table_name(&app.settings.meetings_table);
    mark.key("MeetingId", aws_sdk_dynamodb::types::AttributeValue::S(meeting_id.clone()))
        .update_expression("SET EndedAt = :now")
        .expression_attribute_values(
            ":now",
            aws_sdk_dynamodb::types::AttributeValue::N("1800000000".into()),
        )
        .send()
        .await
        .unwrap();
    let error = app.create_attendee(&meeting_id, "alice").await.unwrap_err();
    assert!(error.is_not_found_exception(), "{error:?}");
    assert_eq!(error.message(), Some("The meeting has ended"));
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
    let item = after.dynamodb.scan().table_name(&after.settings.attendees_table).send().await;
    let expires_at = item.unwrap().items()[0]["ExpiresAt"].as_n().unwrap().parse::<u64>().unwrap();
    assert!(expires_at >= 1_801_000_000, "time to live would remove an attendee too early");
}
