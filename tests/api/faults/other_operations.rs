//! Every other request that the service makes to DynamoDB, failing.

use serde_json::{Value, json};

use super::cases::{self, LITTLE_TIME, TIME, in_time};
use super::fault::{CANCELLED, Fault, KINDS, Kept, Kind};
use super::outcome::assert_kept;
use super::plan::{
    ATTENDEES, BOTH, CHANGE, CLAIM, LOOK, OPENING, PLACE, Plan, REMOVAL, Target, When,
};
use crate::world::{Raw, World};

/// An operation, the requests that it can't do without, and its call.
type Operation = (&'static str, &'static [Target], fn(&Subject) -> Call);

/// What a call is about.
struct Subject {
    meeting: String,
    attendee: String,
}

impl Subject {
    /// A meeting with somebody in it.
    async fn of(world: &World) -> Self {
        let meeting = world.meeting().await;
        let attendee = world.join(&meeting, "alice").await.unwrap().attendee_id.unwrap();
        Self { meeting, attendee }
    }
}

/// The same tables through an instance with all the time that a gateway gives, for what comes before
/// a failure.
async fn steady(world: &World) -> World {
    World::on(world.dynamodb_url.clone(), world.settings.clone()).await
}

/// A method, a path and a body.
type Call = (reqwest::Method, String, Value);

const OPERATIONS: &[Operation] = &[
    ("CreateMeeting", &[ATTENDEES, LOOK, OPENING], |it| {
        let mut meeting = meeting("new");
        meeting["PrimaryMeetingId"] = it.meeting.as_str().into();
        (reqwest::Method::POST, "/meetings".to_owned(), meeting)
    }),
    ("CreateMeetingWithAttendees", &[ATTENDEES, OPENING, CLAIM, PLACE], |_| {
        let mut meeting = meeting("new");
        meeting["Attendees"] = json!([{"ExternalUserId": "alice"}, {"ExternalUserId": "bob"}]);
        (reqwest::Method::POST, "/meetings?operation=create-attendees".to_owned(), meeting)
    }),
    ("BatchCreateAttendee", &[CLAIM, PLACE], |it| {
        let path = format!("/meetings/{}/attendees?operation=batch-create", it.meeting);
        let batch = json!({"Attendees": [{"ExternalUserId": "alice"}, {"ExternalUserId": "bob"}]});
        (reqwest::Method::POST, path, batch)
    }),
    ("GetMeeting", &[LOOK], |it| {
        (reqwest::Method::GET, format!("/meetings/{}", it.meeting), Value::Null)
    }),
    ("GetAttendee", &[LOOK, ATTENDEES], |it| {
        let path = format!("/meetings/{}/attendees/{}", it.meeting, it.attendee);
        (reqwest::Method::GET, path, Value::Null)
    }),
    ("DeleteAttendee", &[LOOK, ATTENDEES, BOTH], |it| {
        let path = format!("/meetings/{}/attendees/{}", it.meeting, it.attendee);
        (reqwest::Method::DELETE, path, Value::Null)
    }),
    ("UpdateAttendeeCapabilities", &[LOOK, ATTENDEES, CHANGE], |it| {
        let path = format!("/meetings/{}/attendees/{}/capabilities", it.meeting, it.attendee);
        (reqwest::Method::PUT, path, json!({"Capabilities": receiving()}))
    }),
    ("BatchUpdateAttendeeCapabilitiesExcept", &[LOOK, ATTENDEES, CHANGE], |it| {
        let path = format!("/meetings/{}/attendees/capabilities", it.meeting);
        let excluded = json!([{"AttendeeId": it.meeting}]);
        let body = json!({"Capabilities": receiving(), "ExcludedAttendeeIds": excluded});
        (reqwest::Method::PUT, path + "?operation=batch-update-except", body)
    }),
    ("ListAttendees", &[LOOK, ATTENDEES], |it| {
        (reqwest::Method::GET, format!("/meetings/{}/attendees", it.meeting), Value::Null)
    }),
    ("DeleteMeeting", &[CLAIM], |it| {
        (reqwest::Method::DELETE, format!("/meetings/{}", it.meeting), Value::Null)
    }),
    ("StartMeetingTranscription", &[CLAIM], |it| {
        let path = format!("/meetings/{}/transcription?operation=start", it.meeting);
        let configuration = json!({"EngineTranscribeSettings": {"LanguageCode": "de-DE"}});
        (reqwest::Method::POST, path, json!({"TranscriptionConfiguration": configuration}))
    }),
    ("StopMeetingTranscription", &[CLAIM], |it| {
        let path = format!("/meetings/{}/transcription?operation=stop", it.meeting);
        (reqwest::Method::POST, path, Value::Null)
    }),
    ("ListTagsForResource", &[LOOK], |it| {
        (reqwest::Method::GET, format!("/tags?arn={}", arn(&it.meeting)), Value::Null)
    }),
    ("TagResource", &[LOOK, CLAIM], |it| {
        let tags =
            json!({"ResourceARN": arn(&it.meeting), "Tags": [{"Key": "team", "Value": "blue"}]});
        (reqwest::Method::POST, "/tags?operation=tag-resource".to_owned(), tags)
    }),
    ("UntagResource", &[LOOK, CLAIM], |it| {
        let keys = json!({"ResourceARN": arn(&it.meeting), "TagKeys": ["team"]});
        (reqwest::Method::POST, "/tags?operation=untag-resource".to_owned(), keys)
    }),
];

/// The kinds that stand for all: whether they are told apart is the same for every request.
const SOME_KINDS: &[&str] = &["500", "throttling", "no table", "lost"];

fn receiving() -> Value {
    json!({"Audio": "Receive", "Video": "Receive", "Content": "Receive"})
}

fn meeting(token: &str) -> Value {
    json!({
        "ClientRequestToken": token,
        "ExternalMeetingId": "all-hands",
        "MediaRegion": "eu-central-1",
    })
}

fn arn(meeting_id: &str) -> String {
    format!("arn:aws:chime:us-east-1:000000000000:meeting/{meeting_id}")
}

async fn send(world: &World, (method, path, body): Call) -> Raw {
    let request = reqwest::Client::new().request(method, format!("{}{path}", world.url));
    let request = request.header("content-type", "application/json");
    Raw::read(if body.is_null() { request } else { request.body(body.to_string()) }).await
}

fn some_kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().filter(|(kind, ..)| SOME_KINDS.contains(kind))
}

/// A name, a failure, the request that meets it, and the call.
type Case = (String, Fault, Kept, Target, fn(&Subject) -> Call);

/// Each of these kinds, at each request of each operation.
fn matrix() -> impl Iterator<Item = Case> {
    OPERATIONS.iter().flat_map(|(operation, targets, call)| {
        targets.iter().flat_map(move |target| {
            some_kinds().map(move |(kind, fault, kept)| {
                let name = format!("{operation}, {kind}, {target:?}");
                (name, *fault, *kept, *target, *call)
            })
        })
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_notices_what_happens_once() {
    cases::run(matrix().map(|(name, fault, kept, target, call)| {
        (name, async move {
            let plan = Plan::default();
            let world = World::hostile(&plan, TIME).await;
            let it = Subject::of(&world).await;
            plan.add(target, fault, When::Once);
            let answer = in_time(TIME, send(&world, call(&it))).await;
            assert_eq!(plan.faults(), 1);
            if kept == Kept::Failure {
                assert_kept(&answer, kept);
            }
            let again = send(&world, call(&it)).await;
            assert!(matches!(again.status, 200 | 204), "{again:?}");
            if kept != Kept::Failure {
                assert_eq!((answer.status, answer.body), (again.status, again.body));
            }
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_tells_in_time_what_stays() {
    cases::run(matrix().map(|(name, fault, kept, target, call)| {
        (name, async move {
            let plan = Plan::default();
            let mut world = World::hostile(&plan, cases::time_while_it_stays(fault, kept)).await;
            let it = Subject::of(&steady(&world).await).await;
            plan.add(target, fault, When::Always);
            assert_kept(&in_time(LITTLE_TIME, send(&world, call(&it))).await, kept);
            plan.lift();
            world.give_time().await;
            let again = send(&world, call(&it)).await;
            assert!(matches!(again.status, 200 | 204), "{again:?}");
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_ends_also_where_its_attendees_can_t_be_removed() {
    let targets = [ATTENDEES, REMOVAL];
    cases::run(some_kinds().flat_map(|(kind, fault, _)| {
        targets.into_iter().map(move |target| {
            (format!("{kind}, {target:?}"), async move {
                let plan = Plan::default();
                let world = World::hostile(&plan, TIME).await;
                let meeting_id = world.meeting().await;
                world.join(&meeting_id, "alice").await.unwrap();
                plan.add(target, *fault, When::Always);
                let end = || world.chime.delete_meeting().meeting_id(&meeting_id).send();
                in_time(LITTLE_TIME, end()).await.unwrap();
                let line = world.log.json().pop().unwrap();
                assert_eq!((&line["level"], &line["status"]), (&"WARN".into(), &204.into()));
                plan.lift();
                let error = world.join(&meeting_id, "alice").await.unwrap_err();
                assert!(error.is_not_found_exception(), "{error:?}");
                end().await.unwrap();
                assert_eq!(world.items().await, 0, "the repetition removes what was left");
            })
        })
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_did_not_hold_is_not_why_the_time_ran_out() {
    let plan = Plan::default();
    let world = World::hostile(&plan, LITTLE_TIME).await;
    plan.add(CLAIM, Fault::Silent, When::Always);
    let (_, _, create) = OPERATIONS[1];
    let nothing = Subject { meeting: String::new(), attendee: String::new() };
    // The first opens the meeting; the second finds it opened. Neither gets an attendee.
    for _ in 0..2 {
        assert_kept(&in_time(LITTLE_TIME, send(&world, create(&nothing))).await, Kept::Unavailable);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_one_attendee_whatever_happens_to_the_transaction() {
    cases::run(KINDS.iter().chain([&CANCELLED]).flat_map(|(kind, fault, kept)| {
        [When::Once, When::Always].map(|when| {
            (format!("{kind}, {when:?}"), async move {
                let plan = Plan::default();
                let mut world =
                    World::hostile(&plan, cases::time_while_it_stays(*fault, *kept)).await;
                let steady = steady(&world).await;
                let it = Subject::of(&steady).await;
                let delete = steady.chime.delete_attendee().meeting_id(&it.meeting);
                delete.attendee_id(&it.attendee).send().await.unwrap();
                assert_eq!(world.seats(&it.meeting).await, 0);
                let is_kept = matches!(when, When::Always);
                plan.add(BOTH, *fault, when);
                let came = in_time(TIME, world.join(&it.meeting, "alice")).await;
                let acknowledged = came.ok();
                assert!(!is_kept || acknowledged.is_none(), "{acknowledged:?}");
                plan.lift();
                world.give_time().await;
                let path = format!("/meetings/{}/attendees", it.meeting);
                let again = world.post(&path, r#"{"ExternalUserId":"alice"}"#).await;
                let again = &again.json()["Attendee"];
                assert_ne!(again["AttendeeId"], it.attendee.as_str());
                if let Some(before) = acknowledged {
                    assert_eq!(again["AttendeeId"].as_str(), before.attendee_id());
                    assert_eq!(again["JoinToken"].as_str(), before.join_token());
                }
                assert_eq!((world.items().await, world.seats(&it.meeting).await), (1, 1));
            })
        })
    }))
    .await;
}
