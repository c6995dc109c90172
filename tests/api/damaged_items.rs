//! Items that something else has changed: they harm nobody but themselves.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use rollcall::domain::{ClientRequestToken, MeetingId};
use serde_json::{Value, json};

use crate::app::{HttpResponse, TestApp};
use crate::faults::plan::FaultPlan;
use crate::suite::meetings::{delete, get, request, send};
use crate::suite::{MEETING_TOKEN, UNKNOWN_ID};
use rollcall_testing::gateway;

/// More requests to DynamoDB than any of these calls needs.
const MAX_REQUESTS: usize = 8;

/// The attributes of an item that differ; `None` for one that is missing.
type Damage = &'static [(&'static str, fn() -> Option<AttributeValue>)];

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(digits: &str) -> AttributeValue {
    AttributeValue::N(digits.to_owned())
}

fn texts(texts: &[&str]) -> AttributeValue {
    AttributeValue::Ss(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn capabilities(audio: &str, video: &str, content: &str) -> AttributeValue {
    let media = [("Audio", audio), ("Video", video), ("Content", content)];
    AttributeValue::M(media.map(|(name, value)| (name.to_owned(), text(value))).into())
}

/// A service whose requests to DynamoDB are counted, with a meeting of Alice and Bob.
struct Damaged {
    app: TestApp,
    plan: FaultPlan,
    meeting: String,
    alice: String,
    bob: String,
}

impl Damaged {
    async fn new() -> Self {
        let plan = FaultPlan::default();
        let app = TestApp::with_faults(&plan, gateway::TIMEOUT).await;
        let meeting = app.create_meeting().await;
        let create =
            async |user| app.create_attendee(&meeting, user).await.unwrap().attendee_id.unwrap();
        let (alice, bob) = (create("alice").await, create("bob").await);
        Self { app, plan, meeting, alice, bob }
    }

    async fn with_meeting(damage: Damage) -> Self {
        let it = Self::new().await;
        let key = HashMap::from([("MeetingId".to_owned(), text(&it.meeting))]);
        it.damage(&it.app.settings.meetings_table, key, damage).await;
        it
    }

    async fn with_alice(damage: Damage) -> Self {
        let it = Self::new().await;
        let key = [("MeetingId", text(&it.meeting)), ("ExternalUserId", text("alice"))];
        let key = key.map(|(name, value)| (name.to_owned(), value)).into();
        it.damage(&it.app.settings.attendees_table, key, damage).await;
        it
    }

    async fn damage(&self, table: &str, key: HashMap<String, AttributeValue>, damage: Damage) {
        let table = table.to_owned();
        let get = self.app.dynamodb.get_item().table_name(&table).set_key(Some(key));
        let mut item = get.send().await.unwrap().item.unwrap();
        for (name, value) in damage {
            item.remove(*name);
            item.extend(value().map(|value| ((*name).to_owned(), value)));
        }
        let put = self.app.dynamodb.put_item().table_name(table).set_item(Some(item));
        put.send().await.unwrap();
    }

    /// Adds ids to the meeting's list of replicas.
    async fn list(&self, ids: &[&str]) {
        let table = &self.app.settings.meetings_table;
        let list = self.app.dynamodb.update_item().table_name(table);
        let list = list.key("MeetingId", text(&self.meeting));
        let list = list.update_expression("ADD Replicas :ids");
        list.expression_attribute_values(":ids", texts(ids)).send().await.unwrap();
    }

    /// Sends a request about the meeting, which takes few requests to DynamoDB.
    async fn call(&self, method: Method, path: &str, body: Value) -> HttpResponse {
        let before = self.plan.requests().len();
        let url = format!("{}/meetings/{}{path}", self.app.url, self.meeting);
        let call = reqwest::Client::new().request(method, url);
        let call = call.header("content-type", "application/json");
        let response =
            HttpResponse::read(if body.is_null() { call } else { call.body(body.to_string()) })
                .await;
        let requests = self.plan.requests().len() - before;
        assert!(requests <= MAX_REQUESTS, "{requests} requests: {response:?}");
        response
    }

    async fn get(&self, path: &str) -> HttpResponse {
        self.call(Method::GET, path, Value::Null).await
    }

    async fn create(&self, user: &str, capabilities: Option<&Value>) -> HttpResponse {
        let body = json!({"ExternalUserId": user, "Capabilities": capabilities});
        self.call(Method::POST, "/attendees", body).await
    }

    async fn batch(&self, users: &[&str]) -> HttpResponse {
        let users: Vec<_> = users.iter().map(|user| json!({"ExternalUserId": user})).collect();
        let path = "/attendees?operation=batch-create";
        self.call(Method::POST, path, json!({"Attendees": users})).await
    }

    async fn update(&self, attendee: &str) -> HttpResponse {
        let path = format!("/attendees/{attendee}/capabilities");
        self.call(Method::PUT, &path, json!({"Capabilities": receive()})).await
    }

    async fn update_all(&self) -> HttpResponse {
        let excluded = json!([{"AttendeeId": UNKNOWN_ID}]);
        let body = json!({"Capabilities": receive(), "ExcludedAttendeeIds": excluded});
        let path = "/attendees/capabilities?operation=batch-update-except";
        self.call(Method::PUT, path, body).await
    }

    /// The users of a list, in alphabetical order.
    async fn listed(&self, query: &str) -> Vec<String> {
        let list = self.get(&format!("/attendees{query}")).await;
        assert_eq!(list.status, 200, "{list:?}");
        users(&list.json()["Attendees"])
    }

    async fn assert_tags(&self, status: u16) {
        let arn = format!("arn:aws:chime:us-east-1:000000000000:meeting/{}", self.meeting);
        let list = reqwest::Client::new().get(format!("{}/tags?arn={arn}", self.app.url));
        let response = HttpResponse::read(list).await;
        assert_eq!(response.status, status, "{response:?} {}", self.log_line());
    }

    fn log_line(&self) -> Value {
        self.app.log.json().pop().unwrap()
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
        assert_eq!((&line["cause"], &line["attendeeId"]), (&json!(cause), &json!(self.alice)));
    }
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

const DAMAGED_ATTENDEES: &[(&str, Damage)] = &[
    ("Capabilities", &[("Capabilities", || None)]),
    ("Capabilities", &[("Capabilities", || Some(text("SendReceive")))]),
    ("Capabilities", &[("Capabilities", || Some(capabilities("Send", "None", "Receive")))]),
    ("Capabilities", &[("Capabilities", || Some(capabilities("Listen", "Send", "Send")))]),
    ("JoinToken", &[("JoinToken", || Some(number("7")))]),
    ("JoinToken", &[("JoinToken", || None)]),
    ("Revision", &[("Revision", || Some(number("1.5")))]),
    ("Revision", &[("Revision", || Some(number("0")))]),
    ("Revision", &[("Revision", || Some(number("18446744073709551615")))]),
    ("Revision", &[("Revision", || Some(number("18446744073709551616")))]),
    ("Revision", &[("Revision", || Some(text("one")))]),
    ("CreatedWithCapabilities", &[("CreatedWithCapabilities", || Some(texts(&["Send"])))]),
    (
        "CreatedWithCapabilities",
        &[("CreatedWithCapabilities", || Some(AttributeValue::M(HashMap::new())))],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_that_can_not_be_read_harms_no_other_and_can_be_deleted() {
    for (attribute, damage) in DAMAGED_ATTENDEES {
        let it = Damaged::with_alice(damage).await;
        // The attendee itself can't be read, whichever operation tries.
        let path = format!("/attendees/{}", it.alice);
        it.assert_unreadable(&it.get(&path).await, attribute, Some(&it.alice));
        it.assert_unreadable(&it.create("alice", None).await, attribute, Some(&it.alice));
        it.assert_unreadable(&it.update(&it.alice).await, attribute, Some(&it.alice));

        assert_eq!(it.listed("").await, ["bob"], "{attribute}");
        it.assert_warning(attribute);
        assert_eq!(it.listed("?max-results=1").await, ["bob"], "{attribute}");
        let batch = it.batch(&["alice", "bob", "carol", "alice"]).await;
        it.assert_warning(attribute);
        assert_eq!(users(&batch.json()["Attendees"]), ["bob", "carol"], "{attribute}");
        let error = json!({
            "ErrorCode": "ServiceFailure",
            "ErrorMessage": "The service failed to handle the request",
            "ExternalUserId": "alice",
        });
        assert_eq!(batch.json()["Errors"], json!([error, error]), "{attribute}");
        assert_eq!(it.update_all().await.status, 200);
        it.assert_warning(attribute);
        let bob = it.get(&format!("/attendees/{}", it.bob)).await.json();
        assert_eq!(bob["Attendee"]["Capabilities"], receive(), "{attribute}");

        for _ in 0..2 {
            let deletion = it.call(Method::DELETE, &path, Value::Null).await;
            assert_eq!(deletion.status, 204, "{attribute}: {deletion:?}");
        }
        assert_eq!(it.app.seats(&it.meeting).await, 2);
        assert_eq!(it.listed("").await, ["bob", "carol"]);
        let alice = it.create("alice", None).await;
        assert_eq!(alice.status, 200, "{attribute}: {alice:?}");
        assert_ne!(alice.json()["Attendee"]["AttendeeId"], it.alice);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_of_a_user_whose_id_breaks_the_rules_can_be_deleted() {
    for user in ["x", "aws:user", "\u{1f600}"] {
        let it = Damaged::new().await;
        let key = [("MeetingId", text(&it.meeting)), ("ExternalUserId", text("alice"))];
        let key: HashMap<_, _> =
            key.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        let table = &it.app.settings.attendees_table;
        let delete = it.app.dynamodb.delete_item().table_name(table).set_key(Some(key));
        let old = delete.return_values("ALL_OLD".into()).send().await.unwrap();
        let mut item = old.attributes.unwrap();
        item.insert("ExternalUserId".to_owned(), text(user));
        let put = it.app.dynamodb.put_item().table_name(table).set_item(Some(item));
        put.send().await.unwrap();

        let path = format!("/attendees/{}", it.alice);
        it.assert_unreadable(&it.get(&path).await, "ExternalUserId", Some(&it.alice));
        assert_eq!(it.listed("").await, ["bob"]);
        it.assert_warning("ExternalUserId");
        assert!(!it.app.log.text().contains(user) || user == "x");
        for _ in 0..2 {
            assert_eq!(it.call(Method::DELETE, &path, Value::Null).await.status, 204);
        }
        it.listed("").await;
        assert_eq!(it.log_line()["level"], "INFO");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_without_a_readable_id_harms_no_other() {
    for id in ["x", "0F8FAD5B-D9CB-469F-A165-70867728950E"] {
        let it = Damaged::new().await;
        for is_deleted in [false, true] {
            let key = [("MeetingId", text(&it.meeting)), ("ExternalUserId", text("alice"))];
            let key = key.map(|(name, value)| (name.to_owned(), value)).into();
            let table = &it.app.settings.attendees_table;
            let update = it.app.dynamodb.update_item().table_name(table).set_key(Some(key));
            let mark = if is_deleted { ", DeletedAt = :id" } else { "" };
            let update = update.update_expression(format!("SET AttendeeId = :id{mark}"));
            update.expression_attribute_values(":id", text(id)).send().await.unwrap();

            it.assert_unreadable(&it.create("alice", None).await, "AttendeeId", None);
            assert_eq!(it.log_line()["attendeeId"], Value::Null);
            assert_eq!(it.listed("").await, ["bob"]);
            let batch = it.batch(&["alice", "bob"]).await;
            assert_eq!(users(&batch.json()["Attendees"]), ["bob"]);
            assert_eq!(it.update_all().await.status, 200);
        }
    }
}

const UNKNOWN_EXCLUSIONS: &[Damage] = &[
    &[("ExcludedMedia", || Some(texts(&["Audio"])))],
    &[("ExcludedMedia", || Some(texts(&["Audio", "Video"])))],
    &[("ExcludedMedia", || Some(texts(&["video"])))],
    &[("ExcludedMedia", || Some(text("Video")))],
    &[("ExcludedMedia", || Some(AttributeValue::L(Vec::new())))],
    &[("ExcludedMedia", || Some(AttributeValue::Ns(vec!["1".to_owned()])))],
    &[("ExcludedMedia", || Some(AttributeValue::Null(true)))],
];

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_excludes_an_unknown_medium_permits_nothing() {
    for damage in UNKNOWN_EXCLUSIONS {
        let it = Damaged::with_meeting(damage).await;
        let unreadable =
            |response: &HttpResponse| it.assert_unreadable(response, "ExcludedMedia", None);
        let none = json!({"Audio": "Send", "Video": "None", "Content": "None"});
        for named in [None, Some(&receive()), Some(&none)] {
            for user in ["alice", "carol"] {
                unreadable(&it.create(user, named).await);
            }
        }
        unreadable(&it.batch(&["alice", "carol"]).await);
        unreadable(&it.update(&it.alice).await);
        unreadable(&it.update_all().await);
        assert_eq!(it.app.seats(&it.meeting).await, 2);
        // Other operations do not need it.
        assert_eq!(it.listed("").await, ["alice", "bob"]);
        let path = format!("/attendees/{}", it.alice);
        assert_eq!(it.call(Method::DELETE, &path, Value::Null).await.status, 204);
        delete(&it.app, &it.meeting).await;
    }
}

const DAMAGED_SEATS: &[(&str, Damage)] = &[
    ("MaxAttendees", &[("MaxAttendees", || None)]),
    ("MaxAttendees", &[("MaxAttendees", || Some(text("250")))]),
    ("MaxAttendees", &[("MaxAttendees", || Some(text("250"))), ("Seats", || None)]),
    ("MaxAttendees", &[("MaxAttendees", || Some(number("-1")))]),
    ("Seats", &[("Seats", || Some(number("2")))]),
    ("Seats", &[("Seats", || Some(AttributeValue::Bool(true)))]),
    ("Seats", &[("Seats", || Some(text("two")))]),
    ("Seats", &[("Seats", || Some(AttributeValue::L(Vec::new())))]),
    ("Seats", &[("Seats", || Some(texts(&["alice"])))]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_whose_seats_can_not_be_read_is_not_full() {
    for (attribute, damage) in DAMAGED_SEATS {
        let it = Damaged::with_meeting(damage).await;
        it.assert_unreadable(&it.create("carol", None).await, attribute, None);
        it.assert_unreadable(&it.batch(&["carol", "dave"]).await, attribute, None);
        let path = format!("/attendees/{}", it.alice);
        assert_eq!(it.get(&path).await.status, 200, "{attribute}");
        delete(&it.app, &it.meeting).await;
    }
}

const REPLICA_TOKEN: &str = "replica";

/// The id of the meeting that a token names.
fn meeting_id(token: &str) -> String {
    let token = ClientRequestToken::parse(token.to_owned()).ok().unwrap();
    MeetingId::for_token(&token).to_string()
}

const DAMAGED_REPLICAS: [Damage; 3] = [
    // Four ids in capitals, which the service would not have written.
    &[("Replicas", || {
        let ids = ["A", "B", "C", "D"].map(|digit| UNKNOWN_ID.to_uppercase().replace('F', digit));
        Some(AttributeValue::Ss(ids.to_vec()))
    })],
    &[("Replicas", || Some(text("none")))],
    &[("Replicas", || Some(AttributeValue::L(vec![text(UNKNOWN_ID)])))],
];

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_whose_replicas_can_not_be_read_gets_no_more_and_can_be_ended() {
    for damage in DAMAGED_REPLICAS {
        let it = Damaged::with_meeting(damage).await;
        let before = it.plan.requests().len();
        let replica = send(request(&it.app, "replica").primary_meeting_id(&it.meeting)).await;
        assert!(replica.unwrap_err().is_service_failure_exception());
        assert_eq!(it.log_line()["cause"], "item with an unreadable attribute Replicas");
        let requests = it.plan.requests().len() - before;
        assert!(requests <= MAX_REQUESTS, "{requests} requests");
        assert_eq!(it.get("").await.status, 200);
        for _ in 0..2 {
            assert_eq!(it.call(Method::DELETE, "", Value::Null).await.status, 204);
            assert_eq!(it.get("").await.status, 404);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_replicas_that_can_be_read_end_with_their_primary() {
    for damage in ["mars".to_owned(), meeting_id(MEETING_TOKEN)] {
        let it = Damaged::new().await;
        let replica = send(request(&it.app, REPLICA_TOKEN).primary_meeting_id(&it.meeting)).await;
        let replica = replica.unwrap().meeting_id.unwrap();
        it.list(&[&damage]).await;
        assert_eq!(it.call(Method::DELETE, "", Value::Null).await.status, 204);
        for meeting in [&it.meeting, &replica] {
            assert_eq!(get(&it.app, meeting).await.unwrap_err(), "The meeting has ended");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_primary_with_more_replicas_than_a_transaction_has_writes_can_be_ended() {
    let it = Damaged::new().await;
    let ids: Vec<_> = (0..100).map(|number| meeting_id(&format!("token-{number}"))).collect();
    it.list(&ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for _ in 0..2 {
        delete(&it.app, &it.meeting).await;
        assert_eq!(it.get("").await.status, 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_ends_whatever_became_of_its_primary_or_of_the_primary_s_id() {
    let unreadable: [Damage; 3] = [
        &[("PrimaryMeetingId", || Some(text("mars")))],
        &[("PrimaryMeetingId", || Some(number("1")))],
        &[("PrimaryMeetingId", || Some(text(&meeting_id(REPLICA_TOKEN))))],
    ];
    let primaries = DAMAGED_REPLICAS.map(|damage| (damage, true));
    for (damage, is_of_primary) in primaries.into_iter().chain(unreadable.map(|it| (it, false))) {
        let it = Damaged::new().await;
        let replica = send(request(&it.app, REPLICA_TOKEN).primary_meeting_id(&it.meeting)).await;
        let replica = replica.unwrap().meeting_id.unwrap();
        let damaged = if is_of_primary { &it.meeting } else { &replica };
        let key = HashMap::from([("MeetingId".to_owned(), text(damaged))]);
        it.damage(&it.app.settings.meetings_table, key, damage).await;
        for _ in 0..2 {
            delete(&it.app, &replica).await;
            assert_eq!(get(&it.app, &replica).await.unwrap_err(), "The meeting has ended");
        }
    }
}

const DAMAGED_MEETINGS: &[(&str, Damage)] = &[
    ("MediaRegion", &[("MediaRegion", || Some(text("mars")))]),
    ("ExternalMeetingId", &[("ExternalMeetingId", || Some(number("1")))]),
    ("ExternalMeetingId", &[("ExternalMeetingId", || None)]),
    ("MeetingHostId", &[("MeetingHostId", || Some(text("x")))]),
    ("TenantIds", &[("TenantIds", || Some(texts(&["tenant"])))]),
    ("MaxCount", &[("MaxCount", || Some(number("2.5")))]),
    ("VideoMaxResolution", &[("VideoMaxResolution", || Some(text("4K")))]),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_attribute_of_a_meeting_fails_only_the_operations_that_return_it() {
    for (attribute, damage) in DAMAGED_MEETINGS {
        let it = Damaged::with_meeting(damage).await;
        it.assert_unreadable(&it.get("").await, attribute, None);
        let again = send(request(&it.app, MEETING_TOKEN)).await.unwrap_err();
        assert!(again.is_service_failure_exception(), "{attribute}: {again:?}");

        let alice = it.get(&format!("/attendees/{}", it.alice)).await;
        assert_eq!(it.create("alice", None).await.json(), alice.json(), "{attribute}");
        assert_eq!(it.create("carol", None).await.status, 200, "{attribute}");
        assert_eq!(it.batch(&["carol", "dave"]).await.status, 200, "{attribute}");
        assert_eq!(it.update(&it.alice).await.status, 200, "{attribute}");
        assert_eq!(it.update_all().await.status, 200, "{attribute}");
        let path = format!("/attendees/{}", it.alice);
        assert_eq!(it.call(Method::DELETE, &path, Value::Null).await.status, 204);
        assert_eq!(it.listed("").await, ["bob", "carol", "dave"], "{attribute}");
        it.assert_tags(200).await;
        delete(&it.app, &it.meeting).await;
    }
    // A meeting without an end is not one that never ends.
    let it = Damaged::with_meeting(&[("ExpiresAt", || None)]).await;
    it.assert_unreadable(&it.get("").await, "ExpiresAt", None);
    let it = Damaged::with_meeting(&[("MeetingTags", || Some(texts(&["team"])))]).await;
    it.assert_tags(500).await;
    assert_eq!(it.get("").await.status, 200);
    assert_eq!(it.listed("").await, ["alice", "bob"]);
    delete(&it.app, &it.meeting).await;
}
