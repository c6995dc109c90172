//! Faults of every request to DynamoDB of the other operations.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cases::{self, SHORT_TIMEOUT, TIMEOUT, in_time};
use super::fault::{CANCELLED, Expected, Fault, KINDS, Kind, UNPROCESSED};
use super::outcome::assert_error;
use super::plan::{
    DELETE_ATTENDEES, FaultPlan, GET_MEETING, MEETINGS_TRANSACTION, PUT_ATTENDEE, PUT_MEETING,
    QUERY_ATTENDEES, TRANSACTION, Target, UPDATE_ATTENDEE, UPDATE_MEETING, When,
};
use crate::app::{Raw, TestApp};

/// An operation, the requests that it needs, and its call.
type Operation = (&'static str, &'static [Target], fn(&Subject) -> Call);

/// A meeting with an attendee, and a meeting with a replica.
#[derive(Default)]
struct Subject {
    meeting: String,
    attendee: String,
    primary: String,
    replica: String,
}

impl Subject {
    /// Creates a meeting with one attendee.
    async fn create(app: &TestApp) -> Self {
        let meeting = app.create_meeting().await;
        let attendee = app.create_attendee(&meeting, "alice").await.unwrap().attendee_id.unwrap();
        let primary = create_meeting(app, meeting_body("primary")).await;
        let replica = create_replica(app, "replica", &primary).await.json();
        let replica = replica["Meeting"]["MeetingId"].as_str().unwrap().to_owned();
        Self { meeting, attendee, primary, replica }
    }
}

/// A method, a path and a body.
type Call = (reqwest::Method, String, Value);

const OPERATIONS: &[Operation] = &[
    ("CreateMeeting", &[GET_MEETING, QUERY_ATTENDEES, PUT_MEETING], |_| {
        (reqwest::Method::POST, "/meetings".to_owned(), meeting_body("new"))
    }),
    ("CreateMeeting of a replica", &[GET_MEETING, QUERY_ATTENDEES, MEETINGS_TRANSACTION], |it| {
        let mut meeting = meeting_body("new");
        meeting["PrimaryMeetingId"] = it.meeting.as_str().into();
        (reqwest::Method::POST, "/meetings".to_owned(), meeting)
    }),
    (
        "CreateMeetingWithAttendees",
        &[GET_MEETING, QUERY_ATTENDEES, PUT_MEETING, UPDATE_MEETING, PUT_ATTENDEE],
        |_| {
            let mut meeting = meeting_body("new");
            meeting["Attendees"] = json!([{"ExternalUserId": "alice"}, {"ExternalUserId": "bob"}]);
            (reqwest::Method::POST, "/meetings?operation=create-attendees".to_owned(), meeting)
        },
    ),
    ("BatchCreateAttendee", &[UPDATE_MEETING, PUT_ATTENDEE], |it| {
        let path = format!("/meetings/{}/attendees?operation=batch-create", it.meeting);
        let batch = json!({"Attendees": [{"ExternalUserId": "alice"}, {"ExternalUserId": "bob"}]});
        (reqwest::Method::POST, path, batch)
    }),
    ("GetMeeting", &[GET_MEETING], |it| {
        (reqwest::Method::GET, format!("/meetings/{}", it.meeting), Value::Null)
    }),
    ("GetAttendee", &[GET_MEETING, QUERY_ATTENDEES], |it| {
        let path = format!("/meetings/{}/attendees/{}", it.meeting, it.attendee);
        (reqwest::Method::GET, path, Value::Null)
    }),
    ("DeleteAttendee", &[GET_MEETING, QUERY_ATTENDEES, TRANSACTION], |it| {
        let path = format!("/meetings/{}/attendees/{}", it.meeting, it.attendee);
        (reqwest::Method::DELETE, path, Value::Null)
    }),
    ("UpdateAttendeeCapabilities", &[GET_MEETING, QUERY_ATTENDEES, UPDATE_ATTENDEE], |it| {
        let path = format!("/meetings/{}/attendees/{}/capabilities", it.meeting, it.attendee);
        (reqwest::Method::PUT, path, json!({"Capabilities": receiving()}))
    }),
    (
        "BatchUpdateAttendeeCapabilitiesExcept",
        &[GET_MEETING, QUERY_ATTENDEES, UPDATE_ATTENDEE],
        |it| {
            let path = format!("/meetings/{}/attendees/capabilities", it.meeting);
            let excluded = json!([{"AttendeeId": it.meeting}]);
            let body = json!({"Capabilities": receiving(), "ExcludedAttendeeIds": excluded});
            (reqwest::Method::PUT, path + "?operation=batch-update-except", body)
        },
    ),
    ("ListAttendees", &[GET_MEETING, QUERY_ATTENDEES], |it| {
        (reqwest::Method::GET, format!("/meetings/{}/attendees", it.meeting), Value::Null)
    }),
    ("DeleteMeeting with replicas", &[UPDATE_MEETING, MEETINGS_TRANSACTION], |it| {
        (reqwest::Method::DELETE, format!("/meetings/{}", it.primary), Value::Null)
    }),
    ("DeleteMeeting of a replica", &[UPDATE_MEETING, MEETINGS_TRANSACTION], |it| {
        (reqwest::Method::DELETE, format!("/meetings/{}", it.replica), Value::Null)
    }),
    ("DeleteMeeting", &[UPDATE_MEETING], |it| {
        (reqwest::Method::DELETE, format!("/meetings/{}", it.meeting), Value::Null)
    }),
    ("StartMeetingTranscription", &[GET_MEETING], |it| {
        let path = format!("/meetings/{}/transcription?operation=start", it.meeting);
        let configuration = json!({"EngineTranscribeSettings": {"LanguageCode": "de-DE"}});
        (reqwest::Method::POST, path, json!({"TranscriptionConfiguration": configuration}))
    }),
    ("StopMeetingTranscription", &[GET_MEETING], |it| {
        let path = format!("/meetings/{}/transcription?operation=stop", it.meeting);
        (reqwest::Method::POST, path, Value::Null)
    }),
    ("ListTagsForResource", &[GET_MEETING], |it| {
        (reqwest::Method::GET, format!("/tags?arn={}", arn(&it.meeting)), Value::Null)
    }),
    ("TagResource", &[GET_MEETING, UPDATE_MEETING], |it| {
        let tags =
            json!({"ResourceARN": arn(&it.meeting), "Tags": [{"Key": "team", "Value": "blue"}]});
        (reqwest::Method::POST, "/tags?operation=tag-resource".to_owned(), tags)
    }),
    ("UntagResource", &[GET_MEETING, UPDATE_MEETING], |it| {
        let keys = json!({"ResourceARN": arn(&it.meeting), "TagKeys": ["team"]});
        (reqwest::Method::POST, "/tags?operation=untag-resource".to_owned(), keys)
    }),
];

#[test]
fn every_operation_is_tested() {
    // A name may have an addition, and CreateAttendee has a file of its own.
    let tested = OPERATIONS.iter().filter_map(|(name, ..)| name.split(' ').next());
    let tested: BTreeSet<_> = tested.chain(["CreateAttendee"]).collect();
    let all = rollcall::operations::OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(tested, all);
}

/// Representative kinds. `create_attendee.rs` tests all kinds, and every request handles them alike.
const SOME_KINDS: &[&str] = &["500", "throttling", "no table", "lost"];

fn receiving() -> Value {
    json!({"Audio": "Receive", "Video": "Receive", "Content": "Receive"})
}

async fn create_meeting(app: &TestApp, body: Value) -> String {
    let answer = send(app, (reqwest::Method::POST, "/meetings".to_owned(), body)).await;
    answer.json()["Meeting"]["MeetingId"].as_str().unwrap().to_owned()
}

fn meeting_body(token: &str) -> Value {
    json!({
        "ClientRequestToken": token,
        "ExternalMeetingId": "all-hands",
        "MediaRegion": "eu-central-1",
    })
}

fn arn(meeting_id: &str) -> String {
    format!("arn:aws:chime:us-east-1:000000000000:meeting/{meeting_id}")
}

async fn send(app: &TestApp, (method, path, body): Call) -> Raw {
    let request = reqwest::Client::new().request(method, format!("{}{path}", app.url));
    let request = request.header("content-type", "application/json");
    Raw::read(if body.is_null() { request } else { request.body(body.to_string()) }).await
}

fn some_kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|(kind, ..)| SOME_KINDS.contains(kind))
}

/// A name, a fault, the error if it is permanent, the request with the fault, and the call.
type Case = (String, Fault, Expected, Target, fn(&Subject) -> Call);

/// Each of these kinds, for each request of each operation.
fn matrix() -> impl Iterator<Item = Case> {
    OPERATIONS.iter().flat_map(|(operation, targets, call)| {
        targets.iter().flat_map(move |target| {
            some_kinds().map(move |(kind, fault, expected)| {
                let name = format!("{operation}, {kind}, {target:?}");
                (name, *fault, *expected, *target, *call)
            })
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_of_no_operation_notice_a_fault_that_happens_once() {
    cases::run(matrix().map(|(name, fault, expected, target, call)| {
        (name, async move {
            let plan = FaultPlan::default();
            let app = TestApp::with_faults(&plan, TIMEOUT).await;
            let ahead = app.other_instance(1).await;
            let it = Subject::create(&app).await;
            plan.add(target, fault, When::Once);
            let answer = in_time(TIMEOUT, send(&app, call(&it))).await;
            assert_eq!(plan.faults(), 1);
            if expected == Expected::Failure {
                assert_error(&answer, expected);
            }
            let again = send(&ahead, call(&it)).await;
            assert!(matches!(again.status, 200 | 204), "{again:?}");
            if expected != Expected::Failure {
                assert_eq!((answer.status, answer.body), (again.status, again.body));
            }
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_a_permanent_fault_in_time() {
    cases::run(matrix().map(|(name, fault, expected, target, call)| {
        (name, async move {
            let plan = FaultPlan::default();
            let mut app = TestApp::with_faults(&plan, cases::timeout_for(fault, expected)).await;
            let it = Subject::create(&app.other_instance(1).await).await;
            plan.add(target, fault, When::Always);
            assert_error(&in_time(SHORT_TIMEOUT, send(&app, call(&it))).await, expected);
            plan.clear();
            app.reset_timeout().await;
            let again = send(&app, call(&it)).await;
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
            assert_eq!(app.stored_attendees().await, 0, "the repetition deletes the rest");
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_condition_before_a_timeout_does_not_change_the_error() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, SHORT_TIMEOUT).await;
    plan.add(UPDATE_MEETING, Fault::Silent, When::Always);
    let create = OPERATIONS.iter().find(|(name, ..)| *name == "CreateMeetingWithAttendees");
    let (_, _, create) = create.unwrap();
    let nothing = Subject::default();
    // The first request creates the meeting; the second finds it. Neither creates an attendee.
    for _ in 0..2 {
        assert_error(
            &in_time(SHORT_TIMEOUT, send(&app, create(&nothing))).await,
            Expected::Unavailable,
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_transaction_never_duplicate_a_recreated_attendee() {
    cases::run(faults_of_transactions(|fault, expected, when| async move {
        let plan = FaultPlan::default();
        let mut app = TestApp::with_faults(&plan, cases::timeout_for(fault, expected)).await;
        let ahead = app.other_instance(1).await;
        let it = Subject::create(&ahead).await;
        let delete = ahead.chime.delete_attendee().meeting_id(&it.meeting);
        delete.attendee_id(&it.attendee).send().await.unwrap();
        assert_eq!(app.seats(&it.meeting).await, 0);
        let is_permanent = matches!(when, When::Always);
        plan.add(TRANSACTION, fault, when);
        let answer = in_time(TIMEOUT, app.create_attendee(&it.meeting, "alice")).await;
        let acknowledged = answer.ok();
        assert!(!is_permanent || acknowledged.is_none(), "{acknowledged:?}");
        plan.clear();
        app.reset_timeout().await;
        let path = format!("/meetings/{}/attendees", it.meeting);
        let again = app.post(&path, r#"{"ExternalUserId":"alice"}"#).await;
        let again = &again.json()["Attendee"];
        assert_ne!(again["AttendeeId"], it.attendee.as_str());
        if let Some(before) = acknowledged {
            assert_eq!(again["AttendeeId"].as_str(), before.attendee_id());
            assert_eq!(again["JoinToken"].as_str(), before.join_token());
        }
        assert_eq!((app.stored_attendees().await, app.seats(&it.meeting).await), (1, 1));
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_transaction_never_lose_a_replica_or_its_place() {
    cases::run(faults_of_transactions(|fault, expected, when| async move {
        let plan = FaultPlan::default();
        let mut app = TestApp::with_faults(&plan, cases::timeout_for(fault, expected)).await;
        let primary = create_meeting(&app, meeting_body("primary")).await;
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
        let delete = || app.chime.delete_meeting().meeting_id(&replica).send();
        let _ = in_time(TIMEOUT, delete()).await;
        plan.clear();
        delete().await.unwrap();
        assert_eq!(create_replica(&app, "fifth", &primary).await.status, 200);
    }))
    .await;
}

async fn create_replica(app: &TestApp, token: &str, primary: &str) -> Raw {
    let mut replica = meeting_body(token);
    replica["PrimaryMeetingId"] = primary.into();
    send(app, (reqwest::Method::POST, "/meetings".to_owned(), replica)).await
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
