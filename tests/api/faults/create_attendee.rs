//! CreateAttendee with every kind of fault, at the first write, the second and both, once, always and at
//! random.

use serde_json::Value;

use super::cases::{self, SHORT_TIMEOUT, TIMEOUT, in_time};
use super::fault::{Expected, Fault, KINDS};
use super::outcome::{assert_error, attendee};
use super::plan::{FaultPlan, PUT_ATTENDEE, Target, UPDATE_MEETING, When};
use crate::app::{HttpResponse, TestApp};

const POSITIONS: &[(&str, &[Target])] = &[
    ("first write", &[UPDATE_MEETING]),
    ("second write", &[PUT_ATTENDEE]),
    ("both writes", &[UPDATE_MEETING, PUT_ATTENDEE]),
];

/// Every kind of fault at every position.
fn matrix() -> impl Iterator<Item = (String, Fault, Expected, &'static [Target])> {
    KINDS.iter().flat_map(|(kind, fault, expected)| {
        POSITIONS
            .iter()
            .map(move |(place, targets)| (format!("{kind}, {place}"), *fault, *expected, *targets))
    })
}

async fn create_attendee(app: &TestApp, meeting_id: &str, user: &str) -> HttpResponse {
    let path = format!("/meetings/{meeting_id}/attendees");
    app.post(&path, format!(r#"{{"ExternalUserId":"{user}"}}"#)).await
}

/// Asserts that without faults a replay returns exactly one attendee for each user, the acknowledged
/// one, also by another instance whose clock is a second ahead.
async fn assert_recovers(
    app: &mut TestApp,
    plan: &FaultPlan,
    meeting_id: &str,
    users: &[(&str, Option<Value>)],
) {
    plan.clear();
    app.reset_timeout().await;
    let ahead = app.other_instance(1).await;
    for (user, acknowledged) in users {
        let replayed = attendee(&create_attendee(app, meeting_id, user).await);
        assert_eq!(replayed["ExternalUserId"], **user);
        if let Some(acknowledged) = acknowledged {
            assert_eq!(replayed, *acknowledged, "not the acknowledged attendee");
        }
        assert_eq!(attendee(&create_attendee(&ahead, meeting_id, user).await), replayed);
    }
    assert_eq!(app.stored_attendees().await, users.len());
    assert_eq!(app.seats(meeting_id).await, users.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_do_not_notice_a_fault_that_happens_once() {
    cases::run(matrix().map(|(name, fault, expected, targets)| {
        (name, async move {
            let plan = FaultPlan::default();
            let mut app = TestApp::with_faults(&plan, TIMEOUT).await;
            let meeting_id = app.create_meeting().await;
            targets.iter().for_each(|target| plan.add(*target, fault, When::Once));
            let response = in_time(TIMEOUT, create_attendee(&app, &meeting_id, "alice")).await;
            let acknowledged = if expected == Expected::Failure {
                // A retry can't help, so there is none, and no second write.
                assert_error(&response, expected);
                assert_eq!(plan.faults(), 1);
                None
            } else {
                assert_eq!(plan.faults(), targets.len());
                Some(attendee(&response))
            };
            assert_recovers(&mut app, &plan, &meeting_id, &[("alice", acknowledged)]).await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permanent_fault_gets_a_response_in_time() {
    cases::run(matrix().map(|(name, fault, expected, targets)| {
        (name, async move {
            let plan = FaultPlan::default();
            let time = cases::timeout_for(fault, expected);
            let mut app = TestApp::with_faults(&plan, time).await;
            // Another instance has enough time on a busy machine.
            let meeting_id = app.other_instance(0).await.create_meeting().await;
            targets.iter().for_each(|target| plan.add(*target, fault, When::Always));
            let response =
                in_time(SHORT_TIMEOUT, create_attendee(&app, &meeting_id, "alice")).await;
            assert_error(&response, expected);
            // The log line has a cause, and the right level.
            let line = app.log.json().pop().unwrap();
            let level = if expected == Expected::Throttled { "WARN" } else { "ERROR" };
            assert_eq!(line["level"], level, "{line}");
            assert!(!line["cause"].as_str().unwrap().is_empty());
            assert!(!app.log.text().contains("s3cret"));
            // Only faults that may be temporary lead to retries. The test above shows that they do;
            // here, a busy machine may have time for one attempt only.
            let faults = plan.faults();
            assert!(faults == 1 || faults > 1 && expected != Expected::Failure, "{faults} faults");
            assert_recovers(&mut app, &plan, &meeting_id, &[("alice", None)]).await;
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn random_faults_lose_and_duplicate_no_attendee() {
    cases::run(matrix().enumerate().map(|(seed, (name, fault, expected, targets))| {
        (name, async move {
            let plan = FaultPlan::default();
            let time = if fault.causes_timeout() { SHORT_TIMEOUT } else { TIMEOUT };
            let mut app = TestApp::with_faults(&plan, time).await;
            // Another instance has enough time on a busy machine.
            let meeting_id = app.other_instance(0).await.create_meeting().await;
            let random = fastrand::Rng::with_seed(seed as u64);
            targets.iter().for_each(|target| {
                plan.add(*target, fault, When::AtRandom(random.clone()));
            });
            let mut users = Vec::new();
            for user in ["alice", "bob", "carol"] {
                let response = in_time(time, create_attendee(&app, &meeting_id, user)).await;
                let may_fail = expected == Expected::Failure || fault.causes_timeout();
                users.push(if response.status == 200 || !may_fail {
                    (user, Some(attendee(&response)))
                } else {
                    assert_error(&response, expected);
                    (user, None)
                });
            }
            assert_recovers(&mut app, &plan, &meeting_id, &users).await;
        })
    }))
    .await;
}
