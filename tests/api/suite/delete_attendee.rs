//! DeleteAttendee, and coming back.

use std::sync::Arc;

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::delete_attendee::DeleteAttendeeError;
use aws_sdk_chimesdkmeetings::types::{AttendeeFeatures, MeetingFeaturesConfiguration};
use tokio::sync::Barrier;

use super::create_attendee::{capabilities, create_attendee_with};
use super::meetings::{delete, request, send};
use super::{Api, UNKNOWN_ID};

async fn leave(api: &Api, meeting_id: &str, id: &str) -> Result<(), DeleteAttendeeError> {
    let answer = api.chime.delete_attendee().meeting_id(meeting_id).attendee_id(id).send().await;
    answer.map(|_| ()).map_err(|error| error.into_service_error())
}

async fn small_meeting(api: &Api, seats: i32) -> String {
    let count = AttendeeFeatures::builder().max_count(seats).build();
    let features = MeetingFeaturesConfiguration::builder().attendee(count).build();
    let request = request(api, "small").meeting_features(features);
    send(request).await.unwrap().meeting_id.unwrap()
}

/// The users in the meeting, in order.
async fn users(api: &Api, meeting_id: &str) -> Vec<String> {
    let list = api.chime.list_attendees().meeting_id(meeting_id).max_results(2);
    let pages = list.into_paginator().send().try_collect().await.unwrap();
    let attendees = pages.into_iter().flat_map(|page| page.attendees.unwrap());
    let mut users: Vec<_> = attendees.map(|it| it.external_user_id.unwrap()).collect();
    users.sort();
    users
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_gone_and_somebody_else_gets_the_seat() {
    let api = &Api::start().await;
    let meeting_id = small_meeting(api, 2).await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    api.create_attendee(&meeting_id, "bob").await.unwrap();
    assert!(
        api.create_attendee(&meeting_id, "carol").await.unwrap_err().is_limit_exceeded_exception()
    );
    let id = alice.attendee_id().unwrap();
    // Whoever lost the answer asks again.
    for _ in 0..2 {
        leave(api, &meeting_id, &id.to_uppercase()).await.unwrap();
        let get = api.chime.get_attendee().meeting_id(&meeting_id).attendee_id(id).send().await;
        assert!(get.unwrap_err().into_service_error().is_not_found_exception());
        assert_eq!(users(api, &meeting_id).await, ["bob"]);
    }
    api.create_attendee(&meeting_id, "carol").await.unwrap();
    assert_eq!(users(api, &meeting_id).await, ["bob", "carol"]);
    assert!(
        api.create_attendee(&meeting_id, "alice").await.unwrap_err().is_limit_exceeded_exception()
    );

    for (meeting_id, id, message) in [
        (meeting_id.as_str(), UNKNOWN_ID, "The attendee does not exist"),
        (UNKNOWN_ID, id, "The meeting does not exist"),
    ] {
        let error = leave(api, meeting_id, id).await.unwrap_err();
        assert_eq!(error.message(), Some(message));
    }
    delete(api, &meeting_id).await;
    let error = leave(api, &meeting_id, id).await.unwrap_err();
    assert_eq!(error.message(), Some("The meeting has ended"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_somebody_new() {
    let api = &Api::start().await;
    let meeting_id = small_meeting(api, 1).await;
    let silent = || capabilities("None", "None", "None");
    let first = create_attendee_with(api, &meeting_id, "alice", silent()).await.unwrap();
    for _ in 0..3 {
        let before = api.create_attendee(&meeting_id, "alice").await;
        let before = before.unwrap_or_else(|_| first.clone());
        leave(api, &meeting_id, before.attendee_id().unwrap()).await.unwrap();
        // Also with other capabilities than before.
        let back = api.create_attendee(&meeting_id, "alice").await.unwrap();
        assert_ne!(back.attendee_id(), before.attendee_id());
        assert_ne!(back.join_token(), before.join_token());
        assert_eq!(back.capabilities().unwrap().audio().as_str(), "SendReceive");
        assert_eq!(api.create_attendee(&meeting_id, "alice").await.unwrap(), back, "the replay");
        assert!(leave(api, &meeting_id, before.attendee_id().unwrap()).await.is_err());
        assert_eq!(users(api, &meeting_id).await, ["alice"]);
    }
    assert!(
        api.create_attendee(&meeting_id, "bob").await.unwrap_err().is_limit_exceeded_exception()
    );
    api.assert_stored(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_holds_while_one_leaves_and_comes_back_and_others_wait() {
    let api = &Api::start().await;
    let meeting_id = small_meeting(api, 3).await;
    for user in ["bob", "carol"] {
        api.create_attendee(&meeting_id, user).await.unwrap();
    }
    for round in 0..6 {
        let alice = api.create_attendee(&meeting_id, "alice").await;
        let Ok(alice) = alice else { break };
        let id = alice.attendee_id().unwrap().to_owned();
        let start = Arc::new(Barrier::new(9));
        let leaving = (0..3).map(|_| {
            let (api, meeting_id, id) = (api.clone(), meeting_id.clone(), id.clone());
            let start = start.clone();
            tokio::spawn(async move {
                start.wait().await;
                leave(&api, &meeting_id, &id).await.is_ok()
            })
        });
        let joining = (0..6).map(|caller| {
            let user =
                if caller < 3 { "alice".to_owned() } else { format!("dave-{round}-{caller}") };
            let (api, meeting_id, start) = (api.clone(), meeting_id.clone(), start.clone());
            tokio::spawn(async move {
                start.wait().await;
                if let Err(error) = api.create_attendee(&meeting_id, &user).await {
                    assert!(error.is_limit_exceeded_exception(), "{error:?}");
                }
                true
            })
        });
        let callers: Vec<_> = leaving.chain(joining).collect();
        for caller in callers {
            caller.await.unwrap();
        }
        let there = users(api, &meeting_id).await;
        assert!(there.len() <= 3, "{there:?}");
        // Who took the seat meanwhile makes room for the next round.
        for user in there.iter().filter(|user| user.starts_with("dave")) {
            let dave = api.create_attendee(&meeting_id, user).await.unwrap();
            leave(api, &meeting_id, dave.attendee_id().unwrap()).await.unwrap();
        }
    }
    assert!(users(api, &meeting_id).await.len() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_skipped_or_listed_twice_while_others_leave() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let (mut staying, mut leaving) = (Vec::new(), Vec::new());
    for user in 0..40 {
        let attendee = api.create_attendee(&meeting_id, &format!("user-{user}")).await.unwrap();
        if user % 2 == 0 { &mut staying } else { &mut leaving }.push(attendee.attendee_id.unwrap());
    }
    let (mut listed, mut token) = (Vec::new(), None);
    loop {
        let page = api.chime.list_attendees().meeting_id(&meeting_id).max_results(3);
        let page = page.set_next_token(token).send().await.unwrap();
        listed.extend(page.attendees.unwrap().into_iter().map(|it| it.attendee_id.unwrap()));
        for id in leaving.drain(..leaving.len().min(3)) {
            leave(api, &meeting_id, &id).await.unwrap();
        }
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    for id in staying {
        assert_eq!(listed.iter().filter(|it| **it == id).count(), 1, "listed once");
    }
}
