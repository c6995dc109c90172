//! CreateMeetingWithAttendees with deleted items, and its violations.

use serde_json::json;

use crate::app::TestApp;
use crate::suite::create_meeting_with_attendees::{create, users};

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_completes_an_interrupted_request() {
    let app = TestApp::new().await;
    let first = create(&app, None, users(3)).await.unwrap();
    // As if the instance had died before it put the last attendee.
    let last = app.dynamodb.delete_item().table_name(&app.settings.attendees_table);
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    last.key("MeetingId", text(first.meeting().unwrap().meeting_id().unwrap()))
        .key("ExternalUserId", text("user-2"))
        .send()
        .await
        .unwrap();
    let again = create(&app, None, users(3)).await.unwrap();
    assert_eq!(again.attendees()[..2], first.attendees()[..2]);
    assert_eq!(again.attendees()[2].external_user_id(), Some("user-2"));
    assert_eq!(app.stored_attendees().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_creates_nothing() {
    let app = TestApp::new().await;
    for (attendees, expected) in [
        (json!(null), "'attendees' failed"),
        (json!([]), "'attendees' failed"),
        (json!(vec![json!({"ExternalUserId": "alice"}); 21]), "'attendees' failed"),
        (json!([{"ExternalUserId": "alice"}, {}]), "'attendees.2.member.externalUserId'"),
        (
            json!([{"ExternalUserId": "alice", "Capabilities": {}}]),
            "'attendees.1.member.capabilities.audio'",
        ),
        (json!(["alice"]), "'attendees.1.member' failed"),
    ] {
        let body = json!({
            "ClientRequestToken": "token",
            "ExternalMeetingId": "standup",
            "MediaRegion": "us-east-1",
            "Attendees": attendees,
        });
        let answer = app.post("/meetings?operation=create-attendees", body.to_string()).await;
        let message = answer.bad_request();
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(app.stored_attendees().await, 0);
    let meetings = app.dynamodb.scan().table_name(&app.settings.meetings_table).send().await;
    assert_eq!(meetings.unwrap().items().len(), 0);
}
