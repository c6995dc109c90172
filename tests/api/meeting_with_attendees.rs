//! CreateMeetingWithAttendees.

use std::sync::Arc;

use aws_sdk_chimesdkmeetings::operation::create_meeting_with_attendees::{
    CreateMeetingWithAttendeesError, CreateMeetingWithAttendeesOutput,
};
use aws_sdk_chimesdkmeetings::types::{
    AttendeeCapabilities, AttendeeFeatures, CreateAttendeeRequestItem,
    MeetingFeaturesConfiguration, VideoFeatures,
};
use serde_json::json;

use crate::world::World;

fn item(user: &str, media: Option<&str>) -> CreateAttendeeRequestItem {
    let capabilities = media.map(|medium| {
        let all = AttendeeCapabilities::builder().audio(medium.into()).video(medium.into());
        all.content(medium.into()).build().unwrap()
    });
    let item = CreateAttendeeRequestItem::builder().external_user_id(user);
    item.set_capabilities(capabilities).build().unwrap()
}

async fn create(
    world: &World,
    features: Option<MeetingFeaturesConfiguration>,
    items: Vec<CreateAttendeeRequestItem>,
) -> Result<CreateMeetingWithAttendeesOutput, CreateMeetingWithAttendeesError> {
    let request = world.chime.create_meeting_with_attendees().client_request_token("token");
    let request = request.external_meeting_id("standup").media_region("us-east-1");
    let request = request.set_meeting_features(features).set_attendees(Some(items));
    request.send().await.map_err(|error| error.into_service_error())
}

fn users(count: usize) -> Vec<CreateAttendeeRequestItem> {
    (0..count).map(|user| item(&format!("user-{user}"), None)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_and_its_attendees_are_made_once_also_from_many_callers() {
    let world = Arc::new(World::new().await);
    let callers = (0..8).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { create(&world, None, users(20)).await.unwrap() })
    });
    let mut answers = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        answers.push(caller.await.unwrap());
    }
    assert_eq!(answers[0].attendees().len(), 20);
    assert_eq!(answers[0].errors(), []);
    for answer in &answers {
        assert_eq!(answer.meeting, answers[0].meeting);
        assert_eq!(answer.attendees, answers[0].attendees);
    }
    assert_eq!(world.items().await, 20);

    // Each is an attendee like any other.
    let meeting_id = answers[0].meeting().unwrap().meeting_id().unwrap();
    assert_eq!(world.join(meeting_id, "user-0").await.unwrap(), answers[0].attendees()[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_token_with_other_attendees_is_a_conflict() {
    let world = World::new().await;
    create(&world, None, users(2)).await.unwrap();
    for other in [users(1), users(3), vec![item("user-0", None), item("user-1", Some("Send"))]] {
        let error = create(&world, None, other).await.unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
    }
    let plain = world.chime.create_meeting().client_request_token("token");
    let plain = plain.external_meeting_id("standup").media_region("us-east-1").send().await;
    assert!(plain.unwrap_err().into_service_error().is_conflict_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn attendees_that_can_not_be_are_told_one_by_one() {
    let world = World::new().await;
    let features = MeetingFeaturesConfiguration::builder()
        .video(VideoFeatures::builder().max_resolution("None".into()).build())
        .attendee(AttendeeFeatures::builder().max_count(2).build())
        .build();
    let items = vec![
        item("alice", None),
        item("bob", Some("SendReceive")),
        item("carol", Some("None")),
        item("alice", Some("None")),
        item("dave", None),
    ];
    let first = create(&world, Some(features.clone()), items.clone()).await.unwrap();
    let attendees: Vec<_> =
        first.attendees().iter().map(|a| a.external_user_id().unwrap()).collect();
    assert_eq!(attendees, ["alice", "carol"]);
    let errors: Vec<_> = first
        .errors()
        .iter()
        .map(|error| (error.external_user_id().unwrap(), error.error_code().unwrap()))
        .collect();
    assert_eq!(
        errors,
        [("bob", "BadRequest"), ("alice", "Unprocessable"), ("dave", "LimitExceeded")]
    );
    let message = first.errors()[0].error_message().unwrap();
    assert!(message.contains("'attendees.2.member.capabilities.video'"), "{message}");
    let again = create(&world, Some(features), items).await.unwrap();
    assert_eq!((again.attendees, again.errors), (first.attendees, first.errors));
}

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
