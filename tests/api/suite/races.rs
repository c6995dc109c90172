//! Concurrent creates in one meeting.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::types::Attendee;
use futures_util::future::join_all;

use super::Api;
use super::meetings::create_small;

/// Creates an attendee for each user concurrently, and returns the outcomes in the same order.
pub async fn race(
    api: &Api,
    meeting_id: &str,
    users: Vec<String>,
) -> Vec<(String, Result<Attendee, CreateAttendeeError>)> {
    let creates = users.iter().map(|user| api.create_attendee(meeting_id, user));
    let outcomes = join_all(creates).await;
    users.into_iter().zip(outcomes).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_of_one_user_return_one_attendee() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let outcomes = race(api, &meeting_id, vec!["alice".to_owned(); 64]).await;
    let first = outcomes[0].1.as_ref().unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| outcome.as_ref().unwrap() == first));
    api.assert_stored(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_creates_of_fifty_users_fill_a_meeting_of_twenty_exactly() {
    let api = &Api::start().await;
    let meeting_id = create_small(api, 20).await;
    let users = (0..200).map(|caller| format!("user-{}", caller % 50)).collect();
    let mut admitted = BTreeMap::<String, Attendee>::new();
    let mut refused = BTreeSet::new();
    for (user, outcome) in race(api, &meeting_id, users).await {
        match outcome {
            Ok(attendee) => {
                let before = admitted.entry(user).or_insert_with(|| attendee.clone());
                assert_eq!(*before, attendee, "one user, two attendees");
            }
            Err(error) => {
                assert!(error.is_limit_exceeded_exception(), "{error:?}");
                refused.insert(user);
            }
        }
    }
    assert_eq!((admitted.len(), refused.len()), (20, 30));
    assert!(admitted.keys().all(|user| !refused.contains(user)), "refused with a seat");
    api.assert_stored(20).await;
    for (user, attendee) in admitted {
        assert_eq!(api.create_attendee(&meeting_id, &user).await.unwrap(), attendee);
    }
}
