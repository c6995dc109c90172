//! GetAttendee and ListAttendees.

use std::collections::BTreeSet;

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::list_attendees::{
    ListAttendeesError, ListAttendeesOutput,
};

use super::meetings::{delete, request, send};
use super::{Api, UNKNOWN_ID, assert_bad_request, assert_not_found};

async fn page(
    api: &Api,
    meeting_id: &str,
    size: i32,
    token: Option<String>,
) -> Result<ListAttendeesOutput, ListAttendeesError> {
    let request = api.chime.list_attendees().meeting_id(meeting_id).max_results(size);
    request.set_next_token(token).send().await.map_err(|error| error.into_service_error())
}

#[tokio::test(flavor = "multi_thread")]
async fn get_attendee_finds_an_attendee_in_its_meeting_only() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let id = alice.attendee_id().unwrap();
    assert_eq!(api.get_attendee(&meeting_id, id).await.unwrap(), alice);
    let upper = (meeting_id.to_uppercase(), id.to_uppercase());
    assert_eq!(api.get_attendee(&upper.0, &upper.1).await.unwrap(), alice);

    let other = send(request(api, "other")).await.unwrap().meeting_id.unwrap();
    for (meeting_id, id, message) in [
        (&meeting_id, UNKNOWN_ID, "The attendee does not exist"),
        (&other, id, "The attendee does not exist"),
        (&UNKNOWN_ID.to_owned(), id, "The meeting does not exist"),
    ] {
        assert_not_found(&api.get_attendee(meeting_id, id).await.unwrap_err(), message);
    }
    let error = api.get_attendee("x", "y").await.unwrap_err();
    assert!(error.is_bad_request_exception(), "{error:?}");
    assert!(error.message().unwrap().starts_with("2 validation errors"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_paginator_lists_every_attendee_once() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    assert_eq!(page(api, &meeting_id, 1, None).await.unwrap().attendees(), []);
    let mut created = Vec::new();
    for user in 0..25 {
        created.push(api.create_attendee(&meeting_id, &format!("user-{user}")).await.unwrap());
    }
    created.sort_by_key(|attendee| attendee.attendee_id.clone());
    for size in [1, 4, 5, 24, 25, 26, 99] {
        let list = api.chime.list_attendees().meeting_id(&meeting_id).max_results(size);
        let listed = list.into_paginator().send().try_collect().await.unwrap();
        let pages = created.len().div_ceil(size.try_into().unwrap());
        assert_eq!(listed.len(), pages, "pages of {size}");
        let listed: Vec<_> = listed.into_iter().flat_map(|page| page.attendees.unwrap()).collect();
        assert_eq!(listed, created, "pages of {size}");
    }
    let whole = api.chime.list_attendees().meeting_id(&meeting_id).send().await.unwrap();
    assert_eq!((whole.attendees(), whole.next_token()), (&*created, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_attendees_are_listed_once_during_creates() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let mut existing = BTreeSet::new();
    for user in 0..20 {
        let attendee = api.create_attendee(&meeting_id, &format!("existing-{user}")).await.unwrap();
        existing.insert(attendee.attendee_id.unwrap());
    }
    let (mut listed, mut token) = (Vec::new(), None);
    for round in 0.. {
        let page = page(api, &meeting_id, 3, token).await.unwrap();
        listed.extend(page.attendees.unwrap().into_iter().map(|one| one.attendee_id.unwrap()));
        api.create_attendee(&meeting_id, &format!("new-{round}")).await.unwrap();
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    let once: BTreeSet<_> = listed.iter().cloned().collect();
    assert_eq!(once.len(), listed.len(), "an attendee is listed twice");
    assert!(once.is_superset(&existing), "an attendee is skipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_next_token_of_the_same_meeting_is_accepted() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    // Longer than a name that the random letters of a token contain by chance.
    let users = ["alice-anderson", "bob-bernstein"];
    for user in users {
        api.create_attendee(&meeting_id, user).await.unwrap();
    }
    let token = page(api, &meeting_id, 1, None).await.unwrap().next_token.unwrap();
    assert!(!users.iter().any(|user| token.contains(user)));
    assert!(page(api, &meeting_id, 1, Some(token.clone())).await.unwrap().next_token.is_none());

    let other = send(request(api, "other")).await.unwrap().meeting_id.unwrap();
    let cut: String = token.chars().skip(1).collect();
    let forged = format!("{}{cut}", if token.starts_with('A') { "B" } else { "A" });
    for (meeting_id, token) in [
        (&meeting_id, format!("{token}A")),
        (&other, token),
        (&meeting_id, cut),
        (&meeting_id, forged),
        (&meeting_id, "é".to_owned()),
    ] {
        let error = page(api, meeting_id, 1, Some(token)).await.unwrap_err();
        assert_bad_request(&error, "'nextToken'");
    }
    for (size, limit) in [(0, "equal to 1"), (-1, "equal to 1"), (101, "100"), (i32::MAX, "100")] {
        let error = page(api, &meeting_id, size, None).await.unwrap_err();
        assert!(error.is_bad_request_exception(), "{error:?}");
        let message = error.message().unwrap();
        assert!(message.contains("'maxResults'") && message.ends_with(limit), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_meeting_has_no_attendees() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    delete(api, &meeting_id).await;
    let error = api.get_attendee(&meeting_id, alice.attendee_id().unwrap()).await.unwrap_err();
    assert!(error.is_not_found_exception(), "{error:?}");
    assert_not_found(&page(api, &meeting_id, 1, None).await.unwrap_err(), "The meeting has ended");
}
