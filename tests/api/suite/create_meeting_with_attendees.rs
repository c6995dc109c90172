//! CreateMeetingWithAttendees.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_chimesdkmeetings::operation::create_meeting_with_attendees::{
    CreateMeetingWithAttendeesError, CreateMeetingWithAttendeesOutput,
};
use aws_sdk_chimesdkmeetings::types::{
    AttendeeCapabilities, AttendeeFeatures, CreateAttendeeRequestItem,
    MeetingFeaturesConfiguration, VideoFeatures,
};
use futures_util::future::join_all;

use super::Api;
use super::create_attendee::assert_token_names;
use super::meetings::delete;

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
    create_in(api, "us-east-1", features, items).await
}

async fn create_in(
    api: &Api,
    region: &str,
    features: Option<MeetingFeaturesConfiguration>,
    items: Vec<CreateAttendeeRequestItem>,
) -> Result<CreateMeetingWithAttendeesOutput, CreateMeetingWithAttendeesError> {
    let request =
        api.chime.create_meeting_with_attendees().client_request_token(api.token("token"));
    let request = request.external_meeting_id("standup").media_region(region);
    let request = request.set_meeting_features(features).set_attendees(Some(items));
    request.send().await.map_err(|error| error.into_service_error())
}

pub fn users(count: usize) -> Vec<CreateAttendeeRequestItem> {
    (0..count).map(|user| item(&format!("user-{user}"), None)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_create_one_meeting_and_its_attendees_once() {
    let api = &Api::start().await;
    let callers = (0..8).map(|_| create(api, None, users(20)));
    let responses: Vec<_> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(responses[0].attendees().len(), 20);
    assert_eq!(responses[0].errors(), []);
    for response in &responses {
        assert_eq!(response.meeting, responses[0].meeting);
        assert_eq!(response.attendees, responses[0].attendees);
    }
    api.assert_stored(20).await;

    // CreateAttendee returns the same attendee.
    let meeting_id = responses[0].meeting().unwrap().meeting_id().unwrap();
    assert_eq!(
        api.create_attendee(meeting_id, "user-0").await.unwrap(),
        responses[0].attendees()[0]
    );
    responses[0].attendees().iter().for_each(|attendee| assert_token_names(attendee, meeting_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_token_with_other_attendees_adds_them() {
    let api = &Api::start().await;
    let first = create(api, None, users(2)).await.unwrap();
    // Each user joins by a request that names nobody else, from another Region.
    for user in 0..3 {
        let own = vec![item(&format!("user-{user}"), None)];
        let joined = create_in(api, "us-west-2", None, own).await.unwrap();
        assert_eq!((&joined.meeting, joined.errors()), (&first.meeting, &[][..]));
        assert_eq!(joined.attendees().len(), 1);
        if let Some(attendee) = first.attendees().get(user) {
            assert_eq!(&joined.attendees()[0], attendee);
        }
    }
    let other = vec![item("user-0", None), item("user-1", Some("Send")), item("user-3", None)];
    let joined = create(api, None, other).await.unwrap();
    assert_eq!(joined.attendees()[0], first.attendees()[0]);
    assert_eq!(joined.attendees()[1].external_user_id(), Some("user-3"));
    assert_eq!(joined.errors().len(), 1);
    assert_eq!(joined.errors()[0].external_user_id(), Some("user-1"));
    assert_eq!(joined.errors()[0].error_code(), Some("Unprocessable"));
    let plain = api.chime.create_meeting().client_request_token(api.token("token"));
    let plain = plain.external_meeting_id("other").media_region("eu-central-1").send().await;
    assert_eq!(plain.unwrap().meeting, first.meeting);
    api.assert_stored(4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_with_other_lists_and_regions_fill_one_meeting_up_to_its_limit() {
    const CALLERS: usize = 16;
    const LIMIT: usize = 40;
    let api = &Api::start().await;
    let limit = AttendeeFeatures::builder().max_count(i32::try_from(LIMIT).unwrap()).build();
    let features = MeetingFeaturesConfiguration::builder().attendee(limit).build();
    let callers = (0..CALLERS).map(|caller| {
        let region = ["us-east-1", "eu-central-1"][caller % 2];
        // Each user is in two lists; there are 48 users.
        let list = (0..6).map(|user| item(&format!("user-{}", (caller * 3 + user) % 48), None));
        create_in(api, region, Some(features.clone()), list.collect())
    });
    let (mut joined, mut refused) = (BTreeMap::new(), BTreeSet::new());
    let mut meetings = Vec::new();
    for response in join_all(callers).await.into_iter().map(Result::unwrap) {
        assert_eq!(response.attendees().len() + response.errors().len(), 6);
        for attendee in response.attendees() {
            let user = attendee.external_user_id().unwrap().to_owned();
            assert_eq!(*joined.entry(user).or_insert_with(|| attendee.clone()), *attendee);
        }
        for error in response.errors() {
            assert_eq!(error.error_code(), Some("LimitExceeded"));
            refused.insert(error.external_user_id().unwrap().to_owned());
        }
        meetings.push(response.meeting.unwrap());
    }
    assert!(meetings.iter().all(|meeting| *meeting == meetings[0]));
    assert_eq!((joined.len(), refused.len()), (LIMIT, 48 - LIMIT));
    assert!(joined.keys().all(|user| !refused.contains(user)));
    api.assert_stored(LIMIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_a_meeting_that_has_ended_is_a_conflict() {
    let api = &Api::start().await;
    let first = create(api, None, users(1)).await.unwrap();
    delete(api, first.meeting().unwrap().meeting_id().unwrap()).await;
    for other in [users(1), users(2)] {
        let error = create(api, None, other).await.unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
    }
    api.assert_stored(0).await;
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
