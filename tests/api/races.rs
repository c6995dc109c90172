//! The same meeting from many callers at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::types::Attendee;

use crate::world::World;

/// Every caller at once; the outcomes in the order of the callers.
async fn race(
    world: &Arc<World>,
    meeting_id: &str,
    users: Vec<String>,
) -> Vec<(String, Result<Attendee, CreateAttendeeError>)> {
    let start = Arc::new(tokio::sync::Barrier::new(users.len()));
    let callers = users.into_iter().map(|user| {
        let (world, start, meeting_id) = (world.clone(), start.clone(), meeting_id.to_owned());
        tokio::spawn(async move {
            start.wait().await;
            let outcome = world.join(&meeting_id, &user).await;
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
async fn sixty_four_callers_with_one_user_get_one_attendee() {
    let world = Arc::new(World::new().await);
    let meeting_id = world.meeting().await;
    let outcomes = race(&world, &meeting_id, vec!["alice".to_owned(); 64]).await;
    let first = outcomes[0].1.as_ref().unwrap();
    assert!(outcomes.iter().all(|(_, outcome)| outcome.as_ref().unwrap() == first));
    assert_eq!(world.items().await, 1);
    let replays = world.log.json().iter().filter(|line| line["replay"] == true).count();
    assert_eq!(replays, 63, "one caller creates, all others find");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_callers_with_fifty_users_fill_a_meeting_of_twenty_exactly() {
    let world = Arc::new(World::with(|settings| settings.max_attendees = 20).await);
    let meeting_id = world.meeting().await;
    let users = (0..200).map(|caller| format!("user-{}", caller % 50)).collect();
    let mut admitted = BTreeMap::<String, Attendee>::new();
    let mut refused = BTreeSet::new();
    for (user, outcome) in race(&world, &meeting_id, users).await {
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
    assert_eq!(world.items().await, 20);
    for (user, attendee) in admitted {
        assert_eq!(world.join(&meeting_id, &user).await.unwrap(), attendee);
    }
}
