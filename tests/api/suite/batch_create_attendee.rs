//! BatchCreateAttendee.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_chimesdkmeetings::operation::batch_create_attendee::{
    BatchCreateAttendeeError, BatchCreateAttendeeOutput,
};
use aws_sdk_chimesdkmeetings::types::{
    AttendeeFeatures, CreateAttendeeRequestItem, MeetingFeaturesConfiguration, VideoFeatures,
};

use futures_util::future::join_all;

use super::create_attendee::assert_token_names;
use super::create_meeting_with_attendees::{item, users};
use super::meetings::{delete, request, send};
use super::{Api, UNKNOWN_ID, assert_bad_request, assert_not_found};

pub async fn batch(
    api: &Api,
    meeting_id: &str,
    items: Vec<CreateAttendeeRequestItem>,
) -> Result<BatchCreateAttendeeOutput, BatchCreateAttendeeError> {
    let request = api.chime.batch_create_attendee().meeting_id(meeting_id);
    request.set_attendees(Some(items)).send().await.map_err(|error| error.into_service_error())
}

/// Creates a meeting with this number of seats, and without video.
async fn small_meeting(api: &Api, seats: i32) -> String {
    let features = MeetingFeaturesConfiguration::builder()
        .attendee(AttendeeFeatures::builder().max_count(seats).build())
        .video(VideoFeatures::builder().max_resolution("None".into()).build());
    let request = request(api, "small").meeting_features(features.build());
    send(request).await.unwrap().meeting_id.unwrap()
}

fn codes(response: &BatchCreateAttendeeOutput) -> Vec<(&str, &str)> {
    response
        .errors()
        .iter()
        .map(|error| (error.external_user_id().unwrap(), error.error_code().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_creates_a_hundred_attendees_once() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let early = api.create_attendee(&meeting_id, "user-7").await.unwrap();
    let first = batch(api, &meeting_id, users(100)).await.unwrap();
    assert_eq!((first.attendees().len(), first.errors()), (100, &[][..]));
    first.attendees().iter().for_each(|attendee| assert_token_names(attendee, &meeting_id));
    let names: Vec<_> = first.attendees().iter().map(|a| a.external_user_id().unwrap()).collect();
    let expected: Vec<_> = (0..100).map(|user| format!("user-{user}")).collect();
    assert_eq!(names, expected, "in the order of the request");
    assert_eq!(first.attendees()[7], early);
    let again = batch(api, &meeting_id, users(100)).await.unwrap();
    assert_eq!(again.attendees(), first.attendees());
    assert_eq!(api.create_attendee(&meeting_id, "user-99").await.unwrap(), first.attendees()[99]);
    api.assert_stored(100).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_user_is_one_attendee() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let items = vec![item("alice", None), item("alice", Some("SendReceive")), item("alice", None)];
    let response = batch(api, &meeting_id, items).await.unwrap();
    assert_eq!((response.attendees().len(), response.errors()), (1, &[][..]));
    assert_eq!(response.attendees()[0], api.create_attendee(&meeting_id, "alice").await.unwrap());
    let items = vec![item("alice", Some("None")), item("alice", None), item("bob", Some("None"))];
    let response = batch(api, &meeting_id, items).await.unwrap();
    assert_eq!(response.attendees().len(), 2);
    assert_eq!(codes(&response), [("alice", "Unprocessable")]);
    api.assert_stored(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_items_are_reported_and_the_first_valid_ones_get_the_seats() {
    let api = &Api::start().await;
    let meeting_id = small_meeting(api, 3).await;
    api.create_attendee(&meeting_id, "dave").await.unwrap();
    let items = || {
        vec![
            item("alice", None),
            item("bob", Some("SendReceive")),
            item("carol", None),
            item("erin", None),
            item("dave", None),
            item("erin", None),
        ]
    };
    let response = batch(api, &meeting_id, items()).await.unwrap();
    let names: Vec<_> =
        response.attendees().iter().map(|a| a.external_user_id().unwrap()).collect();
    assert_eq!(names, ["alice", "carol", "dave"]);
    assert_eq!(
        codes(&response),
        [("bob", "BadRequest"), ("erin", "LimitExceeded"), ("erin", "LimitExceeded")]
    );
    let again = batch(api, &meeting_id, items()).await.unwrap();
    assert_eq!((again.attendees(), again.errors()), (response.attendees(), response.errors()));
    api.assert_stored(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_batches_fill_a_meeting_exactly() {
    let api = &Api::start().await;
    let meeting_id = small_meeting(api, 150).await;
    // Each caller shares fifty users with the next caller, and fifty with the previous one.
    let callers = (0..8).map(|caller| {
        let user = |user: usize| item(&format!("user-{}", (caller * 50 + user) % 400), None);
        batch(api, &meeting_id, (0..100).map(user).collect())
    });
    let (mut admitted, mut refused) = (BTreeMap::new(), BTreeSet::new());
    for response in join_all(callers).await.into_iter().map(Result::unwrap) {
        assert_eq!(response.attendees().len() + response.errors().len(), 100);
        for attendee in response.attendees() {
            let user = attendee.external_user_id().unwrap().to_owned();
            let known = admitted.entry(user).or_insert_with(|| attendee.clone());
            assert_eq!(known, attendee, "one user, two attendees");
        }
        for (user, code) in codes(&response) {
            assert_eq!(code, "LimitExceeded");
            refused.insert(user.to_owned());
        }
    }
    assert_eq!((admitted.len(), refused.len()), (150, 250));
    assert!(admitted.keys().all(|user| !refused.contains(user)), "refused with a seat");
    api.assert_stored(150).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_batch_creates_nothing() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    for (items, expected) in [
        (vec![], "'attendees'"),
        (users(101), "'attendees'"),
        (vec![item("alice", None), item("x", None)], "'attendees.2.member.externalUserId'"),
    ] {
        assert_bad_request(&batch(api, &meeting_id, items).await.unwrap_err(), expected);
    }
    api.assert_stored(0).await;
    delete(api, &meeting_id).await;
    let error = batch(api, &meeting_id, users(1)).await.unwrap_err();
    assert_not_found(&error, "The meeting has ended");
    let error = batch(api, UNKNOWN_ID, users(1)).await.unwrap_err();
    assert_not_found(&error, "The meeting does not exist");
}
