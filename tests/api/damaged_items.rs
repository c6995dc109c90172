//! Items that something else has changed: they harm nobody but themselves.

use std::ops::Deref;

use aws_sdk_dynamodb::types::AttributeValue;
use rollcall::domain::{ClientRequestToken, MeetingId};
use rollcall_testing::calls::{Call, Subject};
use rollcall_testing::gateway;
use serde_json::{Value, json};

use crate::app::{HttpResponse, TestApp};
use crate::faults::plan::FaultPlan;
use crate::items::{Changes, change, map, number, text, texts};
use crate::suite::meetings::{create_replica, delete, get, request, send};
use crate::suite::{MEETING_TOKEN, UNKNOWN_ID};

/// More requests to DynamoDB than any of these calls needs.
const MAX_REQUESTS: usize = 8;

/// A service whose requests to DynamoDB are counted, with a meeting of Alice and Bob.
struct Damaged {
    app: TestApp,
    plan: FaultPlan,
    /// The meeting, and Alice.
    subject: Subject,
    bob: String,
}

impl Deref for Damaged {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Damaged {
    async fn new() -> Self {
        let plan = FaultPlan::default();
        let app = TestApp::with_faults(&plan, gateway::TIMEOUT).await;
        let meeting_id = app.create_meeting().await;
        let create =
            async |user| app.create_attendee(&meeting_id, user).await.unwrap().attendee_id.unwrap();
        let (attendee_id, bob) = (create("alice").await, create("bob").await);
        let subject = Subject { meeting_id, attendee_id, ..Subject::default() };
        Self { app, plan, subject, bob }
    }

    async fn with_meeting(changes: Changes<'_>) -> Self {
        let app = Self::new().await;
        app.change_meeting(app.meeting(), changes).await;
        app
    }

    async fn with_alice(changes: Changes<'_>) -> Self {
        let app = Self::new().await;
        app.change_attendee(app.meeting(), "alice", changes).await;
        app
    }

    fn meeting(&self) -> &str {
        &self.subject.meeting_id
    }

    fn alice(&self) -> &str {
        &self.subject.attendee_id
    }

    /// Calls an operation on the meeting, and on Alice if it is about an attendee.
    async fn call(&self, operation: &str) -> HttpResponse {
        self.send(Call::new(operation, &self.subject)).await
    }

    /// Sends a call, which takes few requests to DynamoDB.
    async fn send(&self, call: Call) -> HttpResponse {
        let before = self.plan.requests().len();
        let response = self.app.send(&call).await;
        let requests = self.plan.requests().len() - before;
        assert!(requests <= MAX_REQUESTS, "{requests} requests: {response:?}");
        response
    }

    async fn create(&self, user: &str, capabilities: Option<&Value>) -> HttpResponse {
        let body = json!({"ExternalUserId": user, "Capabilities": capabilities});
        self.send(Call { body, ..Call::new("CreateAttendee", &self.subject) }).await
    }

    async fn batch(&self, users: &[&str]) -> HttpResponse {
        let users: Vec<_> = users.iter().map(|user| json!({"ExternalUserId": user})).collect();
        let body = json!({"Attendees": users});
        self.send(Call { body, ..Call::new("BatchCreateAttendee", &self.subject) }).await
    }

    async fn update_all(&self) -> HttpResponse {
        let nobody = Subject { attendee_id: UNKNOWN_ID.to_owned(), ..self.subject.clone() };
        self.send(Call::new("BatchUpdateAttendeeCapabilitiesExcept", &nobody)).await
    }

    /// The users of a list, in alphabetical order.
    async fn listed(&self, page_size: Option<u8>) -> Vec<String> {
        let mut list = Call::new("ListAttendees", &self.subject);
        list.query.extend(page_size.map(|size| ("max-results".to_owned(), size.to_string())));
        let list = self.send(list).await;
        assert_eq!(list.status, 200, "{list:?}");
        users(&list.json()["Attendees"])
    }

    fn log_line(&self) -> Value {
        self.log.json().pop().unwrap()
    }

    /// Asserts a failure whose cause names the attribute, and whose line names Alice if she is the
    /// reason.
    fn assert_unreadable(&self, response: &HttpResponse, attribute: &str, attendee: Option<&str>) {
        assert_eq!(response.status, 500, "{attribute}: {response:?}");
        assert_eq!(response.header("x-amzn-errortype"), Some("ServiceFailureException"));
        let line = self.log_line();
        assert_eq!(line["cause"], format!("item with an unreadable attribute {attribute}"));
        if let Some(attendee) = attendee {
            assert_eq!(line["attendeeId"], attendee, "{line}");
        }
    }

    /// Asserts a warning that names the attribute and Alice.
    fn assert_warning(&self, attribute: &str) {
        let line = self.log_line();
        assert_eq!((&line["level"], &line["status"]), (&json!("WARN"), &json!(200)), "{line}");
        let cause = format!(
            "1 of the attendees can't be read: item with an unreadable attribute {attribute}"
        );
        assert_eq!((&line["cause"], &line["attendeeId"]), (&json!(cause), &json!(self.alice())));
    }
}

fn capabilities(audio: &str, video: &str, content: &str) -> AttributeValue {
    map([("Audio", text(audio)), ("Video", text(video)), ("Content", text(content))])
}

fn receive() -> Value {
    json!({"Audio": "Receive", "Video": "Receive", "Content": "Receive"})
}

fn users(attendees: &Value) -> Vec<String> {
    let user = |attendee: &Value| attendee["ExternalUserId"].as_str().unwrap().to_owned();
    let mut users: Vec<_> = attendees.as_array().unwrap().iter().map(user).collect();
    users.sort();
    users
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_that_can_not_be_read_harms_no_other_and_can_be_deleted() {
    for (attribute, damage) in [
        ("Capabilities", None),
        ("Capabilities", Some(text("SendReceive"))),
        ("Capabilities", Some(capabilities("Send", "None", "Receive"))),
        ("Capabilities", Some(capabilities("Listen", "Send", "Send"))),
        ("JoinToken", Some(number(7))),
        ("JoinToken", None),
        ("Revision", Some(number("1.5"))),
        ("Revision", Some(number(0))),
        ("Revision", Some(number("18446744073709551615"))),
        ("Revision", Some(number("18446744073709551616"))),
        ("Revision", Some(text("one"))),
        ("CreatedWithCapabilities", Some(texts(&["Send"]))),
        ("CreatedWithCapabilities", Some(map([]))),
    ] {
        let app = Damaged::with_alice(&[(attribute, damage)]).await;
        // The attendee itself can't be read, whichever operation tries.
        let alice = Some(app.alice());
        app.assert_unreadable(&app.call("GetAttendee").await, attribute, alice);
        app.assert_unreadable(&app.create("alice", None).await, attribute, alice);
        app.assert_unreadable(&app.call("UpdateAttendeeCapabilities").await, attribute, alice);

        assert_eq!(app.listed(None).await, ["bob"], "{attribute}");
        app.assert_warning(attribute);
        assert_eq!(app.listed(Some(1)).await, ["bob"], "{attribute}");
        let batch = app.batch(&["alice", "bob", "carol", "alice"]).await;
        app.assert_warning(attribute);
        assert_eq!(users(&batch.json()["Attendees"]), ["bob", "carol"], "{attribute}");
        let error = json!({
            "ErrorCode": "ServiceFailure",
            "ErrorMessage": "The service failed to handle the request",
            "ExternalUserId": "alice",
        });
        assert_eq!(batch.json()["Errors"], json!([error, error]), "{attribute}");
        assert_eq!(app.update_all().await.status, 200);
        app.assert_warning(attribute);
        let bob = Subject { attendee_id: app.bob.clone(), ..app.subject.clone() };
        let bob = app.send(Call::new("GetAttendee", &bob)).await.json();
        assert_eq!(bob["Attendee"]["Capabilities"], receive(), "{attribute}");

        for _ in 0..2 {
            let deletion = app.call("DeleteAttendee").await;
            assert_eq!(deletion.status, 204, "{attribute}: {deletion:?}");
        }
        assert_eq!(app.seats(app.meeting()).await, 2);
        assert_eq!(app.listed(None).await, ["bob", "carol"]);
        let alice = app.create("alice", None).await;
        assert_eq!(alice.status, 200, "{attribute}: {alice:?}");
        assert_ne!(alice.json()["Attendee"]["AttendeeId"], app.alice());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_of_a_user_whose_id_breaks_the_rules_can_be_deleted() {
    for user in ["x", "aws:user", "\u{1f600}"] {
        let app = Damaged::new().await;
        let mut item = app.remove_attendee(app.meeting(), "alice").await;
        change(&mut item, &[("ExternalUserId", Some(text(user)))]);
        app.put_attendee(item).await;

        let get = app.call("GetAttendee").await;
        app.assert_unreadable(&get, "ExternalUserId", Some(app.alice()));
        assert_eq!(app.listed(None).await, ["bob"]);
        app.assert_warning("ExternalUserId");
        assert!(!app.log.text().contains(user) || user == "x");
        for _ in 0..2 {
            assert_eq!(app.call("DeleteAttendee").await.status, 204);
        }
        app.listed(None).await;
        assert_eq!(app.log_line()["level"], "INFO");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_without_a_readable_id_harms_no_other() {
    for id in ["x", "0F8FAD5B-D9CB-469F-A165-70867728950E"] {
        let app = Damaged::new().await;
        for deleted_at in [None, Some(text(id))] {
            let changes = [("AttendeeId", Some(text(id))), ("DeletedAt", deleted_at)];
            app.change_attendee(app.meeting(), "alice", &changes).await;
            app.assert_unreadable(&app.create("alice", None).await, "AttendeeId", None);
            assert_eq!(app.log_line()["attendeeId"], Value::Null);
            assert_eq!(app.listed(None).await, ["bob"]);
            let batch = app.batch(&["alice", "bob"]).await;
            assert_eq!(users(&batch.json()["Attendees"]), ["bob"]);
            assert_eq!(app.update_all().await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_excludes_an_unknown_medium_permits_nothing() {
    for damage in [
        texts(&["Audio"]),
        texts(&["Audio", "Video"]),
        texts(&["video"]),
        text("Video"),
        AttributeValue::L(Vec::new()),
        AttributeValue::Ns(vec!["1".to_owned()]),
        AttributeValue::Null(true),
    ] {
        let app = Damaged::with_meeting(&[("ExcludedMedia", Some(damage))]).await;
        let unreadable =
            |response: &HttpResponse| app.assert_unreadable(response, "ExcludedMedia", None);
        let none = json!({"Audio": "Send", "Video": "None", "Content": "None"});
        for named in [None, Some(&receive()), Some(&none)] {
            for user in ["alice", "carol"] {
                unreadable(&app.create(user, named).await);
            }
        }
        unreadable(&app.batch(&["alice", "carol"]).await);
        unreadable(&app.call("UpdateAttendeeCapabilities").await);
        unreadable(&app.update_all().await);
        assert_eq!(app.seats(app.meeting()).await, 2);
        // Other operations do not need it.
        assert_eq!(app.listed(None).await, ["alice", "bob"]);
        assert_eq!(app.call("DeleteAttendee").await.status, 204);
        delete(&app, app.meeting()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_whose_seats_can_not_be_read_is_not_full() {
    for (attribute, damage) in [
        ("MaxAttendees", vec![("MaxAttendees", None)]),
        ("MaxAttendees", vec![("MaxAttendees", None), ("Seats", None)]),
        ("MaxAttendees", vec![("MaxAttendees", Some(text("250")))]),
        ("MaxAttendees", vec![("MaxAttendees", Some(text("250"))), ("Seats", None)]),
        ("MaxAttendees", vec![("MaxAttendees", Some(number(-1)))]),
        ("Seats", vec![("Seats", Some(number(2)))]),
        ("Seats", vec![("Seats", Some(AttributeValue::Bool(true)))]),
        ("Seats", vec![("Seats", Some(text("two")))]),
        ("Seats", vec![("Seats", Some(AttributeValue::L(Vec::new())))]),
        ("Seats", vec![("Seats", Some(texts(&["alice"])))]),
    ] {
        let app = Damaged::with_meeting(&damage).await;
        app.assert_unreadable(&app.create("carol", None).await, attribute, None);
        app.assert_unreadable(&app.batch(&["carol", "dave"]).await, attribute, None);
        assert_eq!(app.call("GetAttendee").await.status, 200, "{attribute}");
        delete(&app, app.meeting()).await;
    }
}

const REPLICA_TOKEN: &str = "replica";

/// The id of the meeting that a token names.
fn meeting_id(token: &str) -> String {
    let token = ClientRequestToken::parse(token.to_owned()).ok().unwrap();
    MeetingId::for_token(&token).to_string()
}

fn damaged_replicas() -> [AttributeValue; 3] {
    // Four ids in capitals, which the service would not have written.
    let ids = ["A", "B", "C", "D"].map(|digit| UNKNOWN_ID.to_uppercase().replace('F', digit));
    [texts(&ids), text("none"), AttributeValue::L(vec![text(UNKNOWN_ID)])]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_whose_replicas_can_not_be_read_gets_no_more_and_can_be_ended() {
    for damage in damaged_replicas() {
        let app = Damaged::with_meeting(&[("Replicas", Some(damage))]).await;
        let before = app.plan.requests().len();
        let error = create_replica(&app, REPLICA_TOKEN, app.meeting()).await.unwrap_err();
        assert!(error.is_service_failure_exception());
        assert_eq!(app.log_line()["cause"], "item with an unreadable attribute Replicas");
        let requests = app.plan.requests().len() - before;
        assert!(requests <= MAX_REQUESTS, "{requests} requests");
        assert_eq!(app.call("GetMeeting").await.status, 200);
        for _ in 0..2 {
            assert_eq!(app.call("DeleteMeeting").await.status, 204);
            assert_eq!(app.call("GetMeeting").await.status, 404);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_replicas_that_can_be_read_end_with_their_primary() {
    for damage in ["mars".to_owned(), meeting_id(MEETING_TOKEN)] {
        let app = Damaged::new().await;
        let replica = create_replica(&app, REPLICA_TOKEN, app.meeting()).await;
        let replica = replica.unwrap().meeting_id.unwrap();
        let replicas = texts(&[&replica, &damage]);
        app.change_meeting(app.meeting(), &[("Replicas", Some(replicas))]).await;
        assert_eq!(app.call("DeleteMeeting").await.status, 204);
        for meeting in [app.meeting(), &replica] {
            assert_eq!(get(&app, meeting).await.unwrap_err(), "The meeting has ended");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_with_more_replicas_than_a_transaction_has_writes_can_be_ended() {
    let ids: Vec<_> = (0..100).map(|number| meeting_id(&format!("token-{number}"))).collect();
    let app = Damaged::with_meeting(&[("Replicas", Some(texts(&ids)))]).await;
    for _ in 0..2 {
        delete(&app, app.meeting()).await;
        assert_eq!(app.call("GetMeeting").await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_ends_whatever_became_of_its_primary_or_of_the_primary_s_id() {
    let of_primary = damaged_replicas().map(|damage| (MEETING_TOKEN, "Replicas", damage));
    let ids = [text("mars"), number(1), text(&meeting_id(REPLICA_TOKEN))];
    let of_replica = ids.map(|damage| (REPLICA_TOKEN, "PrimaryMeetingId", damage));
    for (token, attribute, damage) in of_primary.into_iter().chain(of_replica) {
        let app = Damaged::new().await;
        let replica = create_replica(&app, REPLICA_TOKEN, app.meeting()).await;
        let replica = replica.unwrap().meeting_id.unwrap();
        app.change_meeting(&meeting_id(token), &[(attribute, Some(damage))]).await;
        for _ in 0..2 {
            delete(&app, &replica).await;
            assert_eq!(get(&app, &replica).await.unwrap_err(), "The meeting has ended");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_attribute_of_a_meeting_fails_only_the_operations_that_return_it() {
    for (attribute, damage) in [
        ("MediaRegion", Some(text("mars"))),
        ("ExternalMeetingId", Some(number(1))),
        ("ExternalMeetingId", None),
        ("MeetingHostId", Some(text("x"))),
        ("TenantIds", Some(texts(&["tenant"]))),
        ("MaxCount", Some(number("2.5"))),
        ("VideoMaxResolution", Some(text("4K"))),
    ] {
        let app = Damaged::with_meeting(&[(attribute, damage)]).await;
        app.assert_unreadable(&app.call("GetMeeting").await, attribute, None);
        let again = send(request(&app, MEETING_TOKEN)).await.unwrap_err();
        assert!(again.is_service_failure_exception(), "{attribute}: {again:?}");

        let alice = app.call("GetAttendee").await;
        assert_eq!(app.create("alice", None).await.json(), alice.json(), "{attribute}");
        assert_eq!(app.create("carol", None).await.status, 200, "{attribute}");
        assert_eq!(app.batch(&["carol", "dave"]).await.status, 200, "{attribute}");
        assert_eq!(app.call("UpdateAttendeeCapabilities").await.status, 200, "{attribute}");
        assert_eq!(app.update_all().await.status, 200, "{attribute}");
        assert_eq!(app.call("DeleteAttendee").await.status, 204);
        assert_eq!(app.listed(None).await, ["bob", "carol", "dave"], "{attribute}");
        assert_eq!(app.call("ListTagsForResource").await.status, 200, "{attribute}");
        delete(&app, app.meeting()).await;
    }
    // A meeting without an end is not one that never ends.
    let app = Damaged::with_meeting(&[("ExpiresAt", None)]).await;
    app.assert_unreadable(&app.call("GetMeeting").await, "ExpiresAt", None);
    let app = Damaged::with_meeting(&[("MeetingTags", Some(texts(&["team"])))]).await;
    assert_eq!(app.call("ListTagsForResource").await.status, 500);
    assert_eq!(app.call("GetMeeting").await.status, 200);
    assert_eq!(app.listed(None).await, ["alice", "bob"]);
    delete(&app, app.meeting()).await;
}
