//! CreateMeetingWithAttendees.

use serde_json::json;

use crate::suite::meeting_with_attendees::{create, users};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_broke_off_is_completed_by_its_repetition() {
    let world = World::new().await;
    let first = create(&world, None, users(3)).await.unwrap();
    // As if the instance had died before the last put.
    let last = world.dynamodb.delete_item().table_name(&world.settings.attendees_table);
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    last.key("MeetingId", text(first.meeting().unwrap().meeting_id().unwrap()))
        .key("ExternalUserId", text("user-2"))
        .send()
        .await
        .unwrap();
    let again = create(&world, None, users(3)).await.unwrap();
    assert_eq!(again.attendees()[..2], first.attendees()[..2]);
    assert_eq!(again.attendees()[2].external_user_id(), Some("user-2"));
    assert_eq!(world.items().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_a_rule_creates_nothing() {
    let world = World::new().await;
    for (attendees, told) in [
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
        let answer = world.post("/meetings?operation=create-attendees", body.to_string()).await;
        let message = answer.bad_request();
        assert!(message.contains(told), "{message}");
    }
    assert_eq!(world.items().await, 0);
    let meetings = world.dynamodb.scan().table_name(&world.settings.meetings_table).send().await;
    assert_eq!(meetings.unwrap().items().len(), 0);
}
