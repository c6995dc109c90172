//! CreateAttendee before a hostile DynamoDB: every kind of failure, at the first write, the second
//! and both, once, always and at random.

use serde_json::Value;

use super::cases::{self, LITTLE_TIME, TIME, in_time};
use super::fault::{Expected, Fault, KINDS};
use super::outcome::{assert_error, attendee};
use super::plan::{FaultPlan, PUT_ATTENDEE, Target, UPDATE_MEETING, When};
use crate::app::{Raw, TestApp};

const POSITIONS: &[(&str, &[Target])] = &[
    ("first write", &[UPDATE_MEETING]),
    ("second write", &[PUT_ATTENDEE]),
    ("both writes", &[UPDATE_MEETING, PUT_ATTENDEE]),
];

/// Every kind at every position.
fn matrix() -> impl Iterator<Item = (String, Fault, Expected, &'static [Target])> {
    KINDS.iter().flat_map(|(kind, fault, kept)| {
        POSITIONS
            .iter()
            .map(move |(place, targets)| (format!("{kind}, {place}"), *fault, *kept, *targets))
    })
}

async fn create_attendee(app: &TestApp, meeting_id: &str, user: &str) -> Raw {
    let path = format!("/meetings/{meeting_id}/attendees");
    app.post(&path, format!(r#"{{"ExternalUserId":"{user}"}}"#)).await
}

/// Whatever happened before: once it is over, a replay finds exactly one attendee of each user, the
/// same as was acknowledged.
async fn assert_recovers(
    app: &mut TestApp,
    plan: &FaultPlan,
    meeting_id: &str,
    users: &[(&str, Option<Value>)],
) {
    plan.lift();
    app.reset_timeout().await;
    for (user, acknowledged) in users {
        let replayed = attendee(&create_attendee(app, meeting_id, user).await);
        assert_eq!(replayed["ExternalUserId"], **user);
        if let Some(acknowledged) = acknowledged {
            assert_eq!(replayed, *acknowledged, "acknowledged, then another");
        }
        assert_eq!(attendee(&create_attendee(app, meeting_id, user).await), replayed);
    }
    assert_eq!(app.stored_attendees().await, users.len());
    assert_eq!(app.seats(meeting_id).await, users.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_happens_once_is_not_noticed() {
    cases::run(matrix().map(|(name, fault, kept, targets)| {
        (name, async move {
            let plan = FaultPlan::default();
            let mut app = TestApp::with_faults(&plan, TIME).await;
            let meeting_id = app.create_meeting().await;
            targets.iter().for_each(|target| plan.add(*target, fault, When::Once));
            let answer = in_time(TIME, create_attendee(&app, &meeting_id, "alice")).await;
            let acknowledged = if kept == Expected::Failure {
                // No time mends it, so nothing is repeated, and the second write not tried.
                assert_error(&answer, kept);
                assert_eq!(plan.faults(), 1);
                None
            } else {
                assert_eq!(plan.faults(), targets.len());
                Some(attendee(&answer))
            };
            assert_recovers(&mut app, &plan, &meeting_id, &[("alice", acknowledged)]).await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_stays_is_told_in_time() {
    cases::run(matrix().map(|(name, fault, kept, targets)| {
        (name, async move {
            let plan = FaultPlan::default();
            let time = cases::time_while_it_stays(fault, kept);
            let mut app = TestApp::with_faults(&plan, time).await;
            let meeting_id = app.create_meeting().await;
            targets.iter().for_each(|target| plan.add(*target, fault, When::Always));
            let answer = in_time(LITTLE_TIME, create_attendee(&app, &meeting_id, "alice")).await;
            assert_error(&answer, kept);
            // Told once in the log, with a cause, and loud enough.
            let line = app.log.json().pop().unwrap();
            let level = if kept == Expected::Throttled { "WARN" } else { "ERROR" };
            assert_eq!(line["level"], level, "{line}");
            assert!(!line["cause"].as_str().unwrap().is_empty());
            assert!(!app.log.text().contains("s3cret"));
            // What can pass was tried again, what can't was not.
            match plan.faults() {
                1 => assert!(kept == Expected::Failure || fault.is_waited_for(), "not repeated"),
                faults => assert!(faults > 1 && kept != Expected::Failure, "{faults} faults"),
            }
            assert_recovers(&mut app, &plan, &meeting_id, &[("alice", None)]).await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_at_random_lose_and_double_nothing() {
    cases::run(matrix().enumerate().map(|(seed, (name, fault, kept, targets))| {
        (name, async move {
            let plan = FaultPlan::default();
            let time = if fault.is_waited_for() { LITTLE_TIME } else { TIME };
            let mut app = TestApp::with_faults(&plan, time).await;
            let meeting_id = app.create_meeting().await;
            let random = fastrand::Rng::with_seed(seed as u64);
            targets.iter().for_each(|target| {
                plan.add(*target, fault, When::AtRandom(random.clone()));
            });
            let mut users = Vec::new();
            for user in ["alice", "bob", "carol"] {
                let answer = in_time(time, create_attendee(&app, &meeting_id, user)).await;
                let is_allowed_to_fail = kept == Expected::Failure || fault.is_waited_for();
                users.push(if answer.status == 200 || !is_allowed_to_fail {
                    (user, Some(attendee(&answer)))
                } else {
                    assert_error(&answer, kept);
                    (user, None)
                });
            }
            assert_recovers(&mut app, &plan, &meeting_id, &users).await;
        })
    }))
    .await;
}
