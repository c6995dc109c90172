//! DeleteAttendee, and recreating a deleted attendee.

use futures_util::future::join_all;

use super::create_attendee::{assert_token_names, capabilities, create_attendee_with};
use super::meetings::{create_small, delete};
use super::{Api, UNKNOWN_ID, assert_not_found};

/// The users of the meeting's attendees, sorted.
async fn users(api: &Api, meeting_id: &str) -> Vec<String> {
    let list = api.chime.list_attendees().meeting_id(meeting_id).max_results(2);
    let pages = list.into_paginator().send().try_collect().await.unwrap();
    let attendees = pages.into_iter().flat_map(|page| page.attendees.unwrap());
    let mut users: Vec<_> = attendees.map(|attendee| attendee.external_user_id.unwrap()).collect();
    users.sort();
    users
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_attendee_is_not_found_and_frees_its_seat() {
    let api = &Api::start().await;
    let meeting_id = create_small(api, 2).await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    api.create_attendee(&meeting_id, "bob").await.unwrap();
    assert!(
        api.create_attendee(&meeting_id, "carol").await.unwrap_err().is_limit_exceeded_exception()
    );
    let id = alice.attendee_id().unwrap();
    // A retry succeeds.
    for _ in 0..2 {
        api.delete_attendee(&meeting_id, &id.to_uppercase()).await.unwrap();
        assert!(api.get_attendee(&meeting_id, id).await.unwrap_err().is_not_found_exception());
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
        assert_not_found(&api.delete_attendee(meeting_id, id).await.unwrap_err(), message);
    }
    delete(api, &meeting_id).await;
    let error = api.delete_attendee(&meeting_id, id).await.unwrap_err();
    assert_not_found(&error, "The meeting has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recreated_attendee_is_a_new_one() {
    let api = &Api::start().await;
    let meeting_id = create_small(api, 1).await;
    let silent = || capabilities("None", "None", "None");
    let first = create_attendee_with(api, &meeting_id, "alice", silent()).await.unwrap();
    for _ in 0..3 {
        let before = api.create_attendee(&meeting_id, "alice").await;
        let before = before.unwrap_or_else(|_| first.clone());
        api.delete_attendee(&meeting_id, before.attendee_id().unwrap()).await.unwrap();
        // Other capabilities than before are not a conflict.
        let recreated = api.create_attendee(&meeting_id, "alice").await.unwrap();
        assert_ne!(recreated.attendee_id(), before.attendee_id());
        assert_ne!(recreated.join_token(), before.join_token());
        assert_token_names(&recreated, &meeting_id);
        assert_eq!(recreated.capabilities().unwrap().audio().as_str(), "SendReceive");
        assert_eq!(
            api.create_attendee(&meeting_id, "alice").await.unwrap(),
            recreated,
            "the replay"
        );
        assert!(api.delete_attendee(&meeting_id, before.attendee_id().unwrap()).await.is_err());
        assert_eq!(users(api, &meeting_id).await, ["alice"]);
    }
    assert!(
        api.create_attendee(&meeting_id, "bob").await.unwrap_err().is_limit_exceeded_exception()
    );
    api.assert_stored(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limit_is_kept_while_an_attendee_is_deleted_and_recreated() {
    let api = &Api::start().await;
    let meeting_id = create_small(api, 3).await;
    for user in ["bob", "carol"] {
        api.create_attendee(&meeting_id, user).await.unwrap();
    }
    for round in 0..6 {
        let alice = api.create_attendee(&meeting_id, "alice").await;
        let Ok(alice) = alice else { break };
        let id = alice.attendee_id().unwrap().to_owned();
        let deletions = (0..3).map(|_| api.delete_attendee(&meeting_id, &id));
        let daves = [3, 4, 5].map(|caller| format!("dave-{round}-{caller}"));
        let joining = ["alice"; 3].into_iter().chain(daves.iter().map(String::as_str));
        let creates = joining.map(|user| api.create_attendee(&meeting_id, user));
        let (_, created) = tokio::join!(join_all(deletions), join_all(creates));
        for error in created.into_iter().filter_map(Result::err) {
            assert!(error.is_limit_exceeded_exception(), "{error:?}");
        }
        let present = users(api, &meeting_id).await;
        assert!(present.len() <= 3, "{present:?}");
        // Frees the seat for the next round.
        for user in present.iter().filter(|user| user.starts_with("dave")) {
            let dave = api.create_attendee(&meeting_id, user).await.unwrap();
            api.delete_attendee(&meeting_id, dave.attendee_id().unwrap()).await.unwrap();
        }
    }
    assert!(users(api, &meeting_id).await.len() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn remaining_attendees_are_listed_once_during_deletions() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let (mut remaining, mut deleted) = (Vec::new(), Vec::new());
    for user in 0..40 {
        let attendee = api.create_attendee(&meeting_id, &format!("user-{user}")).await.unwrap();
        if user % 2 == 0 { &mut remaining } else { &mut deleted }
            .push(attendee.attendee_id.unwrap());
    }
    let (mut listed, mut token) = (Vec::new(), None);
    loop {
        let page = api.chime.list_attendees().meeting_id(&meeting_id).max_results(3);
        let page = page.set_next_token(token).send().await.unwrap();
        let attendees = page.attendees.unwrap().into_iter();
        listed.extend(attendees.map(|attendee| attendee.attendee_id.unwrap()));
        for id in deleted.drain(..deleted.len().min(3)) {
            api.delete_attendee(&meeting_id, &id).await.unwrap();
        }
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    for id in remaining {
        assert_eq!(listed.iter().filter(|listed| **listed == id).count(), 1, "listed once");
    }
}
