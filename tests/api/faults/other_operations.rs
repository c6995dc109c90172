//! Faults of every request to DynamoDB of the other operations.

use std::collections::BTreeSet;

use rollcall_testing::calls::{Call, Subject};

use super::cases::{self, SHORT_TIMEOUT, TIMEOUT, in_time};
use super::fault::{CANCELLED, Expected, Fault, KINDS, Kind, UNPROCESSED};
use super::outcome::assert_error;
use super::plan::{
    DELETE_ATTENDEES, FaultPlan, GET_MEETING, MEETINGS_TRANSACTION, PUT_ATTENDEE, PUT_MEETING,
    QUERY_ATTENDEES, TRANSACTION, Target, UPDATE_ATTENDEE, UPDATE_MEETING, When,
};
use crate::app::{HttpResponse, TestApp};
use crate::suite::{UNKNOWN_ID, meetings};

/// What the calls are about.
struct Subjects {
    /// A meeting with one attendee.
    meeting: Subject,
    /// A meeting with a replica.
    primary: Subject,
    replica: Subject,
}

impl Subjects {
    async fn create(app: &TestApp) -> Self {
        let meeting_id = app.create_meeting().await;
        let attendee = app.create_attendee(&meeting_id, USER).await.unwrap();
        let attendee_id = attendee.attendee_id.unwrap();
        let meeting = Subject { meeting_id, attendee_id, token: "new".to_owned() };
        let primary_id = meetings::create(app, "primary").await;
        let replica = create_replica(app, "replica", &primary_id).await.json();
        let subject = |id: &str| Subject { meeting_id: id.to_owned(), ..Subject::default() };
        let replica = subject(replica["Meeting"]["MeetingId"].as_str().unwrap());
        Self { meeting, primary: subject(&primary_id), replica }
    }
}

/// The user who is an attendee when the calls are made, and whom they create again.
const USER: &str = "any-user";

/// Each operation, and the requests that it needs.
const OPERATIONS: &[(&str, &[Target])] = &[
    ("CreateMeeting", &[GET_MEETING, QUERY_ATTENDEES, PUT_MEETING]),
    (OF_A_REPLICA, &[GET_MEETING, QUERY_ATTENDEES, MEETINGS_TRANSACTION]),
    (WITH_ATTENDEES, &[GET_MEETING, QUERY_ATTENDEES, PUT_MEETING, UPDATE_MEETING, PUT_ATTENDEE]),
    ("BatchCreateAttendee", &[UPDATE_MEETING, PUT_ATTENDEE]),
    ("GetMeeting", &[GET_MEETING]),
    ("GetAttendee", &[GET_MEETING, QUERY_ATTENDEES]),
    ("DeleteAttendee", &[GET_MEETING, QUERY_ATTENDEES, TRANSACTION]),
    ("UpdateAttendeeCapabilities", &[GET_MEETING, QUERY_ATTENDEES, UPDATE_ATTENDEE]),
    ("BatchUpdateAttendeeCapabilitiesExcept", &[GET_MEETING, QUERY_ATTENDEES, UPDATE_ATTENDEE]),
    ("ListAttendees", &[GET_MEETING, QUERY_ATTENDEES]),
    (WITH_REPLICAS, &[UPDATE_MEETING, MEETINGS_TRANSACTION]),
    (END_OF_A_REPLICA, &[UPDATE_MEETING, MEETINGS_TRANSACTION]),
    ("DeleteMeeting", &[UPDATE_MEETING]),
    ("StartMeetingTranscription", &[GET_MEETING]),
    ("StopMeetingTranscription", &[GET_MEETING]),
    ("ListTagsForResource", &[GET_MEETING]),
    ("TagResource", &[GET_MEETING, UPDATE_MEETING]),
    ("UntagResource", &[GET_MEETING, UPDATE_MEETING]),
];
const OF_A_REPLICA: &str = "CreateMeeting of a replica";
const WITH_ATTENDEES: &str = "CreateMeetingWithAttendees";
const WITH_REPLICAS: &str = "DeleteMeeting with replicas";
const END_OF_A_REPLICA: &str = "DeleteMeeting of a replica";

/// The call of a row of [`OPERATIONS`].
fn call(name: &str, subjects: &Subjects) -> Call {
    let Subjects { meeting, primary, replica } = subjects;
    match name {
        OF_A_REPLICA => replica_call(&meeting.token, &meeting.meeting_id),
        "BatchUpdateAttendeeCapabilitiesExcept" => {
            let nobody = Subject { attendee_id: UNKNOWN_ID.to_owned(), ..meeting.clone() };
            Call::new(name, &nobody)
        }
        WITH_REPLICAS => Call::new("DeleteMeeting", primary),
        END_OF_A_REPLICA => Call::new("DeleteMeeting", replica),
        _ => Call::new(name, meeting),
    }
}

#[test]
fn every_operation_is_tested() {
    // A name may have an addition, and CreateAttendee has a file of its own.
    let tested = OPERATIONS.iter().filter_map(|(name, _)| name.split(' ').next());
    let tested: BTreeSet<_> = tested.chain(["CreateAttendee"]).collect();
    let all = rollcall::operations::OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(tested, all);
}

/// Representative kinds. `create_attendee.rs` tests all kinds, and every request handles them alike.
const SOME_KINDS: &[&str] = &["500", "throttling", "no table", "lost"];

fn some_kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|(kind, ..)| SOME_KINDS.contains(kind))
}

/// A name, a fault, the error if it is permanent, the request with the fault, and the row of [`OPERATIONS`].
type Case = (String, Fault, Expected, Target, &'static str);

/// Each of these kinds, for each request of each operation.
fn matrix() -> impl Iterator<Item = Case> {
    OPERATIONS.iter().flat_map(|(operation, targets)| {
        targets.iter().flat_map(move |target| {
            some_kinds().map(move |(kind, fault, expected)| {
                let name = format!("{operation}, {kind}, {target:?}");
                (name, *fault, *expected, *target, *operation)
            })
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_no_operation_notice_a_fault_that_happens_once() {
    cases::run(matrix().map(|(name, fault, expected, target, operation)| {
        (name, async move {
            let plan = FaultPlan::default();
            let app = TestApp::with_faults(&plan, TIMEOUT).await;
            let ahead = app.other_instance(1).await;
            let subjects = Subjects::create(&app).await;
            plan.add(target, fault, When::Once);
            let response = in_time(TIMEOUT, app.send(&call(operation, &subjects))).await;
            assert_eq!(plan.faults(), 1);
            if expected == Expected::Failure {
                assert_error(&response, expected);
            }
            let again = ahead.send(&call(operation, &subjects)).await;
            assert!(matches!(again.status, 200 | 204), "{again:?}");
            if expected != Expected::Failure {
                assert_eq!((response.status, response.body), (again.status, again.body));
            }
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_responds_to_a_permanent_fault_in_time() {
    cases::run(matrix().map(|(name, fault, expected, target, operation)| {
        (name, async move {
            let plan = FaultPlan::default();
            let mut app = TestApp::with_faults(&plan, cases::timeout_for(fault, expected)).await;
            let subjects = Subjects::create(&app.other_instance(1).await).await;
            plan.add(target, fault, When::Always);
            assert_error(
                &in_time(SHORT_TIMEOUT, app.send(&call(operation, &subjects))).await,
                expected,
            );
            plan.clear();
            app.reset_timeout().await;
            let again = app.send(&call(operation, &subjects)).await;
            assert!(matches!(again.status, 200 | 204), "{again:?}");
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_ends_even_if_its_attendees_can_not_be_deleted() {
    let targets = [QUERY_ATTENDEES, DELETE_ATTENDEES];
    let all = some_kinds().flat_map(|kind| targets.map(|target| (kind, target)));
    cases::run(all.chain([(&UNPROCESSED, DELETE_ATTENDEES)]).map(|((kind, fault, _), target)| {
        (format!("{kind}, {target:?}"), async move {
            let plan = FaultPlan::default();
            let app = TestApp::with_faults(&plan, TIMEOUT).await;
            let meeting_id = app.create_meeting().await;
            app.create_attendee(&meeting_id, "alice").await.unwrap();
            plan.add(target, *fault, When::Always);
            let end = || app.chime.delete_meeting().meeting_id(&meeting_id).send();
            in_time(SHORT_TIMEOUT, end()).await.unwrap();
            let line = app.log.json().pop().unwrap();
            assert_eq!((&line["level"], &line["status"]), (&"WARN".into(), &204.into()));
            plan.clear();
            let error = app.create_attendee(&meeting_id, "alice").await.unwrap_err();
            assert!(error.is_not_found_exception(), "{error:?}");
            end().await.unwrap();
            assert_eq!(app.stored_attendees().await, 0, "the retry deletes the rest");
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_condition_before_a_timeout_does_not_change_the_error() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, SHORT_TIMEOUT).await;
    plan.add(UPDATE_MEETING, Fault::Silent, When::Always);
    let create =
        Call::new(WITH_ATTENDEES, &Subject { token: "new".to_owned(), ..Subject::default() });
    // The first request creates the meeting; the second finds it. Neither creates an attendee.
    for _ in 0..2 {
        assert_error(&in_time(SHORT_TIMEOUT, app.send(&create)).await, Expected::Unavailable);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_transaction_never_duplicate_a_recreated_attendee() {
    cases::run(faults_of_transactions(|fault, expected, when| async move {
        let plan = FaultPlan::default();
        let mut app = TestApp::with_faults(&plan, cases::timeout_for(fault, expected)).await;
        let ahead = app.other_instance(1).await;
        let subject = Subjects::create(&ahead).await.meeting;
        let Subject { meeting_id, attendee_id, .. } = &subject;
        ahead.delete_attendee(meeting_id, attendee_id).await.unwrap();
        assert_eq!(app.seats(meeting_id).await, 0);
        let is_permanent = matches!(when, When::Always);
        plan.add(TRANSACTION, fault, when);
        let response = in_time(TIMEOUT, app.create_attendee(meeting_id, USER)).await;
        let acknowledged = response.ok();
        assert!(!is_permanent || acknowledged.is_none(), "{acknowledged:?}");
        plan.clear();
        app.reset_timeout().await;
        let again = app.send(&Call::new("CreateAttendee", &subject)).await;
        let again = &again.json()["Attendee"];
        assert_ne!(again["AttendeeId"], attendee_id.as_str());
        if let Some(before) = acknowledged {
            assert_eq!(again["AttendeeId"].as_str(), before.attendee_id());
            assert_eq!(again["JoinToken"].as_str(), before.join_token());
        }
        assert_eq!((app.stored_attendees().await, app.seats(meeting_id).await), (1, 1));
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_transaction_never_lose_a_replica_or_its_place() {
    cases::run(faults_of_transactions(|fault, expected, when| async move {
        let plan = FaultPlan::default();
        let mut app = TestApp::with_faults(&plan, cases::timeout_for(fault, expected)).await;
        // It has enough time on a busy machine.
        let other = app.other_instance(0).await;
        let primary = meetings::create(&other, "primary").await;
        let is_permanent = matches!(when, When::Always);
        plan.add(MEETINGS_TRANSACTION, fault, when);
        let first = in_time(TIMEOUT, create_replica(&app, "replica", &primary)).await;
        assert!(!is_permanent || first.status != 200, "{first:?}");
        plan.clear();
        app.reset_timeout().await;
        let again = create_replica(&app, "replica", &primary).await;
        assert_eq!(again.status, 200, "{again:?}");
        if first.status == 200 {
            assert_eq!(first.body, again.body);
        }
        for token in ["second", "third", "fourth"] {
            assert_eq!(create_replica(&app, token, &primary).await.status, 200);
        }
        assert_eq!(create_replica(&app, "fifth", &primary).await.status, 400);

        let replica = again.json()["Meeting"]["MeetingId"].as_str().unwrap().to_owned();
        plan.add(MEETINGS_TRANSACTION, fault, When::Once);
        let delete = |app: &TestApp| app.chime.delete_meeting().meeting_id(&replica).send();
        let _ = in_time(TIMEOUT, delete(&app)).await;
        plan.clear();
        delete(&other).await.unwrap();
        assert_eq!(create_replica(&app, "fifth", &primary).await.status, 200);
    }))
    .await;
}

async fn create_replica(app: &TestApp, token: &str, primary: &str) -> HttpResponse {
    app.send(&replica_call(token, primary)).await
}

fn replica_call(token: &str, primary: &str) -> Call {
    let subject = Subject { token: token.to_owned(), ..Subject::default() };
    let mut call = Call::new("CreateMeeting", &subject);
    call.body["PrimaryMeetingId"] = primary.into();
    call
}

/// Each fault of a transaction, once and always.
fn faults_of_transactions<C>(
    case: impl Fn(Fault, Expected, When) -> C,
) -> impl Iterator<Item = (String, C)> {
    KINDS.iter().chain([&CANCELLED]).flat_map(move |(kind, fault, expected)| {
        let case = &case;
        [When::Once, When::Always]
            .map(|when| (format!("{kind}, {when:?}"), case(*fault, *expected, when)))
    })
}
