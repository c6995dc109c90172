//! UpdateAttendeeCapabilities and BatchUpdateAttendeeCapabilitiesExcept.

use aws_sdk_chimesdkmeetings::operation::batch_update_attendee_capabilities_except::BatchUpdateAttendeeCapabilitiesExceptError;
use aws_sdk_chimesdkmeetings::operation::update_attendee_capabilities::UpdateAttendeeCapabilitiesError;
use aws_sdk_chimesdkmeetings::types::{Attendee, AttendeeCapabilities, AttendeeIdItem};
use futures_util::future::join_all;

use super::create_attendee::{capabilities, create_attendee_with};
use super::meetings::delete;
use super::{Api, UNKNOWN_ID, assert_bad_request, assert_not_found};
use super::{features, races};

pub async fn update(
    api: &Api,
    meeting_id: &str,
    attendee_id: &str,
    to: AttendeeCapabilities,
) -> Result<Attendee, UpdateAttendeeCapabilitiesError> {
    let request = api.chime.update_attendee_capabilities().meeting_id(meeting_id);
    let response = request.attendee_id(attendee_id).capabilities(to).send().await;
    response.map(|output| output.attendee.unwrap()).map_err(|error| error.into_service_error())
}

async fn update_all_but(
    api: &Api,
    meeting_id: &str,
    excluded: &[&str],
    to: AttendeeCapabilities,
) -> Result<(), BatchUpdateAttendeeCapabilitiesExceptError> {
    let item = |id: &&str| AttendeeIdItem::builder().attendee_id(*id).build().unwrap();
    let excluded = excluded.iter().map(item).collect();
    let request = api.chime.batch_update_attendee_capabilities_except().meeting_id(meeting_id);
    let request = request.set_excluded_attendee_ids(Some(excluded)).capabilities(to);
    request.send().await.map(|_| ()).map_err(|error| error.into_service_error())
}

fn with(attendee: &Attendee, capabilities: &AttendeeCapabilities) -> Attendee {
    let mut changed = attendee.clone();
    changed.capabilities = Some(capabilities.clone());
    changed
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_only_capabilities_and_replays_still_succeed() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let id = alice.attendee_id().unwrap();
    let listening = capabilities("Receive", "Receive", "None");
    let changed = with(&alice, &listening);
    // A retry succeeds too.
    for _ in 0..2 {
        assert_eq!(update(api, &meeting_id, id, listening.clone()).await.unwrap(), changed);
        assert_eq!(api.get_attendee(&meeting_id, id).await.unwrap(), changed);
    }
    assert_eq!(api.create_attendee(&meeting_id, "alice").await.unwrap(), changed, "the replay");
    // A replay is compared with the capabilities of the creation, not with the updated ones.
    let error =
        create_attendee_with(api, &meeting_id, "alice", listening.clone()).await.unwrap_err();
    assert!(error.is_unprocessable_entity_exception(), "{error:?}");

    let silent = capabilities("None", "None", "None");
    let changed = with(&alice, &silent);
    assert_eq!(update(api, &meeting_id, id, silent).await.unwrap(), changed);
    assert_eq!(api.create_attendee(&meeting_id, "alice").await.unwrap(), changed, "the replay");
    api.assert_stored(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_obey_the_rules_for_capabilities() {
    let api = &Api::start().await;
    let meeting_id = features::meeting(api, "None", "FHD").await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let id = alice.attendee_id().unwrap();
    for (refused, expected) in [
        (capabilities("Send", "Send", "Receive"), "'capabilities.content'"),
        (capabilities("Send", "Send", "None"), "'capabilities.video'"),
        (capabilities("Everything", "None", "None"), "'capabilities.audio'"),
    ] {
        let error = update(api, &meeting_id, id, refused.clone()).await.unwrap_err();
        assert_bad_request(&error, expected);
        let error = update_all_but(api, &meeting_id, &[UNKNOWN_ID], refused).await.unwrap_err();
        assert_bad_request(&error, expected);
    }
    assert_eq!(api.get_attendee(&meeting_id, id).await.unwrap(), alice);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_attendees_except_the_excluded_are_updated() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let mut attendees = Vec::new();
    for user in 0..40 {
        attendees.push(api.create_attendee(&meeting_id, &format!("user-{user}")).await.unwrap());
    }
    let silent = capabilities("None", "None", "None");
    let speaker = attendees[7].attendee_id().unwrap().to_uppercase();
    for _ in 0..2 {
        update_all_but(api, &meeting_id, &[&speaker, UNKNOWN_ID], silent.clone()).await.unwrap();
        for (user, attendee) in attendees.iter().enumerate() {
            let expected = if user == 7 { attendee.clone() } else { with(attendee, &silent) };
            assert_eq!(
                api.create_attendee(&meeting_id, &format!("user-{user}")).await.unwrap(),
                expected
            );
        }
    }
    for wrong in [vec![], vec!["x"], vec![UNKNOWN_ID; 251]] {
        let error = update_all_but(api, &meeting_id, &wrong, silent.clone()).await.unwrap_err();
        assert_bad_request(&error, "'excludedAttendeeIds");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_updates_the_last_one_counts() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let id = alice.attendee_id().unwrap();
    let choices =
        ["SendReceive", "Receive", "None"].map(|audio| capabilities(audio, "None", "None"));
    let callers =
        choices.iter().cycle().take(30).map(|choice| update(api, &meeting_id, id, choice.clone()));
    let mut done = Vec::new();
    for (outcome, choice) in join_all(callers).await.into_iter().zip(choices.iter().cycle()) {
        let attendee = outcome.unwrap();
        assert_eq!(attendee, with(&alice, choice));
        done.push(attendee);
    }
    assert!(
        done.contains(&api.get_attendee(&meeting_id, id).await.unwrap()),
        "no update requested the final capabilities"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_updates_of_all_attendees_succeed() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    for user in 0..10 {
        api.create_attendee(&meeting_id, &format!("user-{user}")).await.unwrap();
    }
    let silent = capabilities("None", "None", "None");
    let listening = capabilities("Receive", "None", "None");
    let updates = [&silent, &listening, &silent, &listening]
        .map(|choice| update_all_but(api, &meeting_id, &[UNKNOWN_ID], choice.clone()));
    for outcome in join_all(updates).await {
        outcome.unwrap();
    }
    let list = api.chime.list_attendees().meeting_id(&meeting_id).send().await.unwrap();
    for attendee in list.attendees() {
        let now = attendee.capabilities().unwrap();
        assert!([&silent, &listening].contains(&now), "{now:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_and_updates_lose_nothing() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let users = || (0..50).map(|user| format!("user-{}", user % 10)).collect();
    let silent = capabilities("None", "None", "None");
    let (outcomes, updated) = tokio::join!(
        races::race(api, &meeting_id, users()),
        update_all_but(api, &meeting_id, &[UNKNOWN_ID], silent.clone()),
    );
    updated.unwrap();
    for (user, outcome) in outcomes {
        let now = api.create_attendee(&meeting_id, &user).await.unwrap();
        let then = outcome.unwrap();
        assert_eq!(now.attendee_id(), then.attendee_id());
        assert_eq!(now.join_token(), then.join_token());
    }
    api.assert_stored(10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_update_recreates_an_attendee_that_is_deleted_concurrently() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let id = alice.attendee_id().unwrap();
    let choice =
        |caller: usize| capabilities(["Send", "Receive", "None"][caller % 3], "None", "None");
    let (updates, updates_of_all, deletion) = tokio::join!(
        join_all((0..10).map(|caller| update(api, &meeting_id, id, choice(caller)))),
        join_all((0..10).map(|caller| update_all_but(
            api,
            &meeting_id,
            &[UNKNOWN_ID],
            choice(caller)
        ))),
        api.delete_attendee(&meeting_id, id),
    );
    deletion.unwrap();
    for error in updates.into_iter().filter_map(Result::err) {
        assert!(error.is_not_found_exception(), "{error:?}");
    }
    for outcome in updates_of_all {
        outcome.unwrap();
    }
    let error = update(api, &meeting_id, id, capabilities("None", "None", "None")).await;
    assert!(error.unwrap_err().is_not_found_exception());
    // A recreated attendee has nothing of the deleted one.
    let recreated = api.create_attendee(&meeting_id, "alice").await.unwrap();
    assert_ne!(recreated.attendee_id(), alice.attendee_id());
    assert_eq!(recreated.capabilities(), alice.capabilities());
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_attendees_and_ended_meetings_can_not_be_updated() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let silent = || capabilities("None", "None", "None");
    let error = update(api, &meeting_id, UNKNOWN_ID, silent()).await.unwrap_err();
    assert_not_found(&error, "The attendee does not exist");
    delete(api, &meeting_id).await;
    let id = alice.attendee_id().unwrap();
    let error = update(api, &meeting_id, id, silent()).await.unwrap_err();
    assert_not_found(&error, "The meeting has ended");
    let error = update_all_but(api, &meeting_id, &[id], silent()).await.unwrap_err();
    assert!(error.is_not_found_exception(), "{error:?}");
}
