//! Concurrent creates in one meeting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::types::{Attendee, AttendeeFeatures, MeetingFeaturesConfiguration};

use super::Api;
use super::meetings::{request, send};

/// Creates an attendee for each user concurrently, and returns the outcomes in the same order.
pub async fn race(
    api: &Api,
    meeting_id: &str,
    users: Vec<String>,
) -> Vec<(String, Result<Attendee, CreateAttendeeError>)> {
    let start = Arc::new(tokio::sync::Barrier::new(users.len()));
    let callers = users.into_iter().map(|user| {
        let (api, start, meeting_id) = (api.clone(), start.clone(), meeting_id.to_owned());
        tokio::spawn(async move {
            start.wait().await;
            let outcome = api.create_attendee(&meeting_id, &user).await;
            (user, outcome)
        })
    });
    let mut outcomes = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        outcomes.push(caller.await.unwrap());
    }
    outcomes
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
    let twenty = AttendeeFeatures::builder().max_count(20).build();
    let features = MeetingFeaturesConfiguration::builder().attendee(twenty).build();
    let request = request(api, "twenty").meeting_features(features);
    let meeting_id = send(request).await.unwrap().meeting_id.unwrap();
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
