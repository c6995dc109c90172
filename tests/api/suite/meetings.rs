//! CreateMeeting, GetMeeting and DeleteMeeting.

use super::{Api, MEETING_TOKEN, UNKNOWN_ID, assert_bad_request, assert_not_found};
use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::create_meeting::CreateMeetingError;
use aws_sdk_chimesdkmeetings::operation::create_meeting::builders::CreateMeetingFluentBuilder;
use aws_sdk_chimesdkmeetings::types::{
    AttendeeFeatures, AudioFeatures, ContentFeatures, MediaPlacementNetworkType, Meeting,
    MeetingFeaturesConfiguration, NotificationsConfiguration, Tag, VideoFeatures,
};
use futures_util::future::join_all;
use rollcall::domain::{ClientRequestToken, MeetingId};

/// A request to create a meeting with this token.
pub fn request(api: &Api, token: &str) -> CreateMeetingFluentBuilder {
    let request = api.chime.create_meeting().client_request_token(api.token(token));
    request.external_meeting_id("standup").media_region("eu-central-1")
}

/// The meeting, or the typed exception.
pub async fn send(request: CreateMeetingFluentBuilder) -> Result<Meeting, CreateMeetingError> {
    let response = request.send().await.map_err(|error| error.into_service_error())?;
    Ok(response.meeting.unwrap())
}

/// Creates a meeting with this token, and returns its id.
pub async fn create(api: &Api, token: &str) -> String {
    send(request(api, token)).await.unwrap().meeting_id.unwrap()
}

/// Creates a meeting with this number of seats, always the same one, and returns its id.
pub async fn create_small(api: &Api, seats: i32) -> String {
    let seats = AttendeeFeatures::builder().max_count(seats).build();
    let features = MeetingFeaturesConfiguration::builder().attendee(seats).build();
    let request = request(api, "small").meeting_features(features);
    send(request).await.unwrap().meeting_id.unwrap()
}

/// Creates a replica of a meeting.
pub async fn create_replica(
    api: &Api,
    token: &str,
    primary: &str,
) -> Result<Meeting, CreateMeetingError> {
    send(request(api, token).primary_meeting_id(primary)).await
}

/// The meeting, or the message of a NotFoundException.
pub async fn get(api: &Api, meeting_id: &str) -> Result<Meeting, String> {
    match api.chime.get_meeting().meeting_id(meeting_id).send().await {
        Ok(response) => Ok(response.meeting.unwrap()),
        Err(error) => {
            let error = error.into_service_error();
            assert!(error.is_not_found_exception(), "{error:?}");
            Err(error.message().unwrap().to_owned())
        }
    }
}

pub async fn delete(api: &Api, meeting_id: &str) {
    api.chime.delete_meeting().meeting_id(meeting_id).send().await.unwrap();
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_has_the_requested_members_an_id_and_an_arn() {
    let api = &Api::start().await;
    let meeting = send(request(api, "token-1")).await.unwrap();
    assert_eq!(meeting.external_meeting_id(), Some("standup"));
    assert_eq!(meeting.media_region(), Some("eu-central-1"));
    let id = uuid::Uuid::parse_str(meeting.meeting_id().unwrap()).unwrap();
    assert_eq!(id.get_version_num(), 5);
    let arn: Vec<_> = meeting.meeting_arn().unwrap().splitn(6, ':').collect();
    assert_eq!([arn[0], arn[2]], ["arn", "chime"]);
    assert!(arn[1].starts_with("aws"), "{arn:?}");
    assert_eq!(arn[4].len(), 12, "{arn:?}");
    assert_eq!(arn[5], format!("meeting/{id}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_with_one_token_create_one_meeting() {
    let api = &Api::start().await;
    let callers = (0..32).map(|_| send(request(api, "token-1")));
    let meetings: Vec<_> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
    assert!(meetings.iter().all(|meeting| *meeting == meetings[0]));
    assert_ne!(Some(create(api, "token-2").await), meetings[0].meeting_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_of_a_meeting_is_returned_and_a_replay_returns_those_of_the_creation() {
    let api = &Api::start().await;
    let primary = create(api, "primary").await;
    let features = MeetingFeaturesConfiguration::builder()
        .audio(AudioFeatures::builder().echo_reduction("AVAILABLE".into()).build())
        .video(VideoFeatures::builder().max_resolution("FHD".into()).build())
        .content(ContentFeatures::builder().max_resolution("UHD".into()).build())
        .attendee(AttendeeFeatures::builder().max_count(25).build())
        .build();
    let full = || {
        request(api, "full")
            .meeting_host_id("host@example.com")
            .primary_meeting_id(primary.to_uppercase())
            .meeting_features(features.clone())
            .tenant_ids("tenant-1")
            .tenant_ids("tenant-2")
            .notifications_configuration(
                NotificationsConfiguration::builder()
                    .sqs_queue_arn("arn:aws:sqs:eu-central-1:123456789012:queue")
                    .build(),
            )
            .media_placement_network_type(MediaPlacementNetworkType::DualStack)
            .tags(tag("team", "blue"))
    };
    let meeting = send(full()).await.unwrap();
    assert_eq!(meeting.external_meeting_id(), Some("standup"));
    assert_eq!(meeting.meeting_host_id(), Some("host@example.com"));
    assert_eq!(meeting.primary_meeting_id(), Some(primary.as_str()));
    assert_eq!(meeting.meeting_features(), Some(&features));
    assert_eq!(meeting.tenant_ids(), ["tenant-1", "tenant-2"]);
    assert_eq!(get(api, &meeting.meeting_id().unwrap().to_uppercase()).await.unwrap(), meeting);

    // The token names the meeting, whatever else a request says.
    assert_eq!(send(full()).await.unwrap(), meeting);
    for other in [
        full().external_meeting_id("retro"),
        full().media_region("us-west-2"),
        full().meeting_host_id("other"),
        full().set_primary_meeting_id(None),
        full().set_meeting_features(None),
        full().tenant_ids("tenant-3"),
        full().set_notifications_configuration(None),
        full().set_media_placement_network_type(None),
        full().tags(tag("more", "")),
        request(api, "full"),
    ] {
        assert_eq!(send(other).await.unwrap(), meeting);
    }
    let tags = api.chime.list_tags_for_resource().resource_arn(meeting.meeting_arn().unwrap());
    assert_eq!(tags.send().await.unwrap().tags(), [tag("team", "blue")]);
    // An invalid request is refused all the same.
    let error = send(full().media_region("")).await.unwrap_err();
    assert!(error.is_bad_request_exception(), "{error:?}");

    delete(api, &primary).await;
    let error = send(request(api, "late").primary_meeting_id(&primary)).await.unwrap_err();
    assert_bad_request(&error, "PrimaryMeetingId");
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_meeting_that_does_not_exist_does_not_use_up_its_token() {
    let api = &Api::start().await;
    let token = ClientRequestToken::parse(api.token("later")).ok().unwrap();
    let id = MeetingId::for_token(&token).to_string();
    delete(api, &id).await;
    assert_eq!(create(api, "later").await, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_meeting_has_ended_and_its_attendees_are_deleted() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    for user in 0..30 {
        api.create_attendee(&meeting_id, &format!("user-{user}")).await.unwrap();
    }
    delete(api, &meeting_id).await;
    api.assert_stored(0).await;
    assert_eq!(get(api, &meeting_id).await.unwrap_err(), "The meeting has ended");
    let error = api.create_attendee(&meeting_id, "user-1").await.unwrap_err();
    assert_not_found(&error, "The meeting has ended");
    // A retry succeeds.
    delete(api, &meeting_id).await;
    let error = send(request(api, MEETING_TOKEN)).await.unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");

    // An unknown meeting counts as ended.
    delete(api, UNKNOWN_ID).await;
    let error = api.chime.delete_meeting().meeting_id("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_bad_request_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_concurrent_create_succeeds_after_a_deletion() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let users: Vec<_> = (0..50).map(|user| format!("user-{user}")).collect();
    let creates = join_all(users.iter().map(|user| api.create_attendee(&meeting_id, user)));
    let (outcomes, ()) = tokio::join!(creates, async {
        delete(api, &meeting_id).await;
        // After the response to the deletion, no create succeeds.
        for user in &users {
            let error = api.create_attendee(&meeting_id, user).await.unwrap_err();
            assert!(error.is_not_found_exception(), "{error:?}");
        }
    });
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert!(error.is_not_found_exception(), "{error:?}");
    }
    assert_eq!(get(api, &meeting_id).await.unwrap_err(), "The meeting has ended");
}
