//! CreateAttendee before a hostile DynamoDB: every kind of failure, at the first write, the second
//! and both, once, always and at random.

use serde_json::Value;

use super::cases::{self, LITTLE_TIME, TIME, in_time};
use super::fault::{Fault, KINDS, Kept};
use super::outcome::{assert_kept, attendee};
use super::plan::{CLAIM, PLACE, Plan, Target, When};
use crate::world::{Raw, World};

const POSITIONS: &[(&str, &[Target])] =
    &[("first write", &[CLAIM]), ("second write", &[PLACE]), ("both writes", &[CLAIM, PLACE])];

/// Every kind at every position.
fn matrix() -> impl Iterator<Item = (String, Fault, Kept, &'static [Target])> {
    KINDS.iter().flat_map(|(kind, fault, kept)| {
        POSITIONS
            .iter()
            .map(move |(place, targets)| (format!("{kind}, {place}"), *fault, *kept, *targets))
    })
}

async fn join(world: &World, meeting_id: &str, user: &str) -> Raw {
    let path = format!("/meetings/{meeting_id}/attendees");
    world.post(&path, format!(r#"{{"ExternalUserId":"{user}"}}"#)).await
}

/// Whatever happened before: once it is over, a replay finds exactly one attendee of each user, the
/// same as was acknowledged.
async fn assert_recovers(
    world: &mut World,
    plan: &Plan,
    meeting_id: &str,
    users: &[(&str, Option<Value>)],
) {
    plan.lift();
    world.give_time().await;
    for (user, acknowledged) in users {
        let replayed = attendee(&join(world, meeting_id, user).await);
        assert_eq!(replayed["ExternalUserId"], **user);
        if let Some(acknowledged) = acknowledged {
            assert_eq!(replayed, *acknowledged, "acknowledged, then another");
        }
        assert_eq!(attendee(&join(world, meeting_id, user).await), replayed);
    }
    assert_eq!(world.items().await, users.len());
    assert_eq!(world.seats(meeting_id).await, users.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_happens_once_is_not_noticed() {
    cases::run(matrix().map(|(name, fault, kept, targets)| {
        (name, async move {
            let plan = Plan::default();
            let mut world = World::hostile(&plan, TIME).await;
            let meeting_id = world.meeting().await;
            targets.iter().for_each(|target| plan.add(*target, fault, When::Once));
            let answer = in_time(TIME, join(&world, &meeting_id, "alice")).await;
            let acknowledged = if kept == Kept::Failure {
                // No time mends it, so nothing is repeated, and the second write not tried.
                assert_kept(&answer, kept);
                assert_eq!(plan.faults(), 1);
                None
            } else {
                assert_eq!(plan.faults(), targets.len());
                Some(attendee(&answer))
            };
            assert_recovers(&mut world, &plan, &meeting_id, &[("alice", acknowledged)]).await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_stays_is_told_in_time() {
    cases::run(matrix().map(|(name, fault, kept, targets)| {
        (name, async move {
            let plan = Plan::default();
            let time = cases::time_while_it_stays(fault, kept);
            let mut world = World::hostile(&plan, time).await;
            let meeting_id = world.meeting().await;
            targets.iter().for_each(|target| plan.add(*target, fault, When::Always));
            let answer = in_time(LITTLE_TIME, join(&world, &meeting_id, "alice")).await;
            assert_kept(&answer, kept);
            // Told once in the log, with a cause, and loud enough.
            let line = world.log.json().pop().unwrap();
            let level = if kept == Kept::Throttled { "WARN" } else { "ERROR" };
            assert_eq!(line["level"], level, "{line}");
            assert!(!line["cause"].as_str().unwrap().is_empty());
            assert!(!world.log.text().contains("s3cret"));
            // What can pass was tried again, what can't was not.
            match plan.faults() {
                1 => assert!(kept == Kept::Failure || fault.is_waited_for(), "not repeated"),
                faults => assert!(faults > 1 && kept != Kept::Failure, "{faults} faults"),
            }
            assert_recovers(&mut world, &plan, &meeting_id, &[("alice", None)]).await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_at_random_lose_and_double_nothing() {
    cases::run(matrix().enumerate().map(|(seed, (name, fault, kept, targets))| {
        (name, async move {
            let plan = Plan::default();
            let time = if fault.is_waited_for() { LITTLE_TIME } else { TIME };
            let mut world = World::hostile(&plan, time).await;
            let meeting_id = world.meeting().await;
            let random = fastrand::Rng::with_seed(seed as u64);
            targets.iter().for_each(|target| {
                plan.add(*target, fault, When::AtRandom(random.clone()));
            });
            let mut users = Vec::new();
            for user in ["alice", "bob", "carol"] {
                let answer = in_time(time, join(&world, &meeting_id, user)).await;
                let is_allowed_to_fail = kept == Kept::Failure || fault.is_waited_for();
                users.push(if answer.status == 200 || !is_allowed_to_fail {
                    (user, Some(attendee(&answer)))
                } else {
                    assert_kept(&answer, kept);
                    (user, None)
                });
            }
            assert_recovers(&mut world, &plan, &meeting_id, &users).await;
        })
    }))
    .await;
}
