//! CreateMeetingWithAttendees.

use super::Api;
use aws_sdk_chimesdkmeetings::operation::create_meeting_with_attendees::{
    CreateMeetingWithAttendeesError, CreateMeetingWithAttendeesOutput,
};
use aws_sdk_chimesdkmeetings::types::{
    AttendeeCapabilities, AttendeeFeatures, CreateAttendeeRequestItem,
    MeetingFeaturesConfiguration, VideoFeatures,
};

pub fn item(user: &str, media: Option<&str>) -> CreateAttendeeRequestItem {
    let capabilities = media.map(|medium| {
        let all = AttendeeCapabilities::builder().audio(medium.into()).video(medium.into());
        all.content(medium.into()).build().unwrap()
    });
    let item = CreateAttendeeRequestItem::builder().external_user_id(user);
    item.set_capabilities(capabilities).build().unwrap()
}

pub async fn create(
    api: &Api,
    features: Option<MeetingFeaturesConfiguration>,
    items: Vec<CreateAttendeeRequestItem>,
) -> Result<CreateMeetingWithAttendeesOutput, CreateMeetingWithAttendeesError> {
    let request =
        api.chime.create_meeting_with_attendees().client_request_token(api.token("token"));
    let request = request.external_meeting_id("standup").media_region("us-east-1");
    let request = request.set_meeting_features(features).set_attendees(Some(items));
    request.send().await.map_err(|error| error.into_service_error())
}

pub fn users(count: usize) -> Vec<CreateAttendeeRequestItem> {
    (0..count).map(|user| item(&format!("user-{user}"), None)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_create_one_meeting_and_its_attendees_once() {
    let api = &Api::start().await;
    let callers = (0..8).map(|_| {
        let api = api.clone();
        tokio::spawn(async move { create(&api, None, users(20)).await.unwrap() })
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
    api.assert_stored(20).await;

    // CreateAttendee returns the same attendee.
    let meeting_id = answers[0].meeting().unwrap().meeting_id().unwrap();
    assert_eq!(api.create_attendee(meeting_id, "user-0").await.unwrap(), answers[0].attendees()[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_token_with_other_attendees_is_a_conflict() {
    let api = &Api::start().await;
    create(api, None, users(2)).await.unwrap();
    for other in [users(1), users(3), vec![item("user-0", None), item("user-1", Some("Send"))]] {
        let error = create(api, None, other).await.unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
    }
    let plain = api.chime.create_meeting().client_request_token(api.token("token"));
    let plain = plain.external_meeting_id("standup").media_region("us-east-1").send().await;
    assert!(plain.unwrap_err().into_service_error().is_conflict_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_attendees_are_reported_one_by_one() {
    let api = &Api::start().await;
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
    let first = create(api, Some(features.clone()), items.clone()).await.unwrap();
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
    let again = create(api, Some(features), items).await.unwrap();
    assert_eq!((again.attendees, again.errors), (first.attendees, first.errors));
}
