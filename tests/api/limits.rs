//! How long the service waits, pauses and keeps data, and how much it does at once. The clock is paused, so
//! that each time is exact.

use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use dynoxide::Database;
use rollcall::log::{Format, Level};
use rollcall::{Clock, Log, Service, Settings, Store};
use rollcall_testing::calls::{Call, Subject};
use rollcall_testing::direct::{self, Response, Sent};
use rollcall_testing::emulator;
use rollcall_testing::request::send;
use serde_json::{Value, json};
use tokio::net::TcpSocket;
use tokio::time::Instant;

use crate::app::{ATTENDEES_TABLE, MEETINGS_TABLE, START};
use crate::suite::UNKNOWN_ID;

/// The default lifetime of a meeting and what its attendees are kept longer, in seconds.
const DAY: u64 = 86_400;
const HOUR: u64 = 3_600;
/// More than Lambda ever gives.
const ENDLESS: Duration = Duration::from_secs(900);
const CONDITION_FAILED: &str =
    r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#;

/// How DynamoDB responds to some operations.
#[derive(Clone, Copy)]
enum Fault {
    Silent,
    Failing,
    Refusing,
}

/// An instance of the function, and its tables.
struct Instance {
    service: Service,
    database: Database,
    dynamodb: Arc<Mutex<DynamoDb>>,
}

#[derive(Default)]
struct DynamoDb {
    faults: Option<(&'static str, Fault)>,
    /// Every request, and when it was sent.
    sent: Vec<(Instant, Sent)>,
    under_way: usize,
    /// The most requests at the same time.
    most: usize,
}

async fn respond(database: Database, state: Arc<Mutex<DynamoDb>>, sent: Sent) -> Option<Response> {
    let fault = {
        let mut state = state.lock().unwrap();
        state.sent.push((Instant::now(), sent.clone()));
        state.under_way += 1;
        state.most = state.most.max(state.under_way);
        state.faults.filter(|(operation, _)| sent.operation == *operation).map(|(_, fault)| fault)
    };
    let response = match fault {
        Some(Fault::Silent) => std::future::pending().await,
        Some(Fault::Failing) => (500, "{}".to_owned()),
        Some(Fault::Refusing) => (400, CONDITION_FAILED.to_owned()),
        None => {
            // Long enough that others begin meanwhile.
            tokio::time::sleep(Duration::from_millis(1)).await;
            direct::apply(&database, &sent)
        }
    };
    state.lock().unwrap().under_way -= 1;
    Some(response)
}

fn settings() -> Settings {
    Settings::new(MEETINGS_TABLE, ATTENDEES_TABLE)
}

fn service(client: Client) -> Service {
    let clock = Clock::new(|| UNIX_EPOCH + Duration::from_secs(START));
    let log = Log::new(Format::Json, Level::Error, std::io::sink());
    Service::new(Store::new(client, &settings()), clock, settings(), log)
}

impl Instance {
    async fn new() -> Self {
        let database = emulator::open(None).unwrap();
        let dynamodb = Arc::<Mutex<DynamoDb>>::default();
        let (tables, state) = (database.clone(), dynamodb.clone());
        let config = direct::config(move |sent| respond(tables.clone(), state.clone(), sent));
        let client = Client::from_conf(config.build());
        emulator::create_tables(&client, &settings()).await.unwrap();
        Self { service: service(client), database, dynamodb }
    }

    /// From now on this operation of DynamoDB has a fault.
    fn fault(&self, operation: &'static str, fault: Fault) {
        self.dynamodb.lock().unwrap().faults = Some((operation, fault));
    }

    /// The requests of an operation since the last call of this method.
    fn sent(&self, operation: &str) -> Vec<(Instant, Sent)> {
        let mut sent = std::mem::take(&mut self.dynamodb.lock().unwrap().sent);
        sent.retain(|(_, sent)| sent.operation == operation);
        sent
    }

    /// The status and the body of a response, and the time that it took.
    async fn in_time(&self, call: &Call, time_left: Duration) -> (u16, Value, Duration) {
        let begin = Instant::now();
        let (status, body) = send(&self.service, call.http(), time_left).await;
        (status, body, begin.elapsed())
    }

    /// The body of a success.
    async fn call(&self, call: &Call) -> Value {
        let (status, body, _) = self.in_time(call, ENDLESS).await;
        assert!(matches!(status, 200 | 204), "{status} {body}");
        body
    }

    /// Creates a meeting.
    async fn create_meeting(&self) -> Subject {
        let new = Subject { token: "the-meeting".to_owned(), ..Subject::default() };
        let created = self.call(&Call::new("CreateMeeting", &new)).await;
        let meeting_id = created["Meeting"]["MeetingId"].as_str().unwrap().to_owned();
        Subject { meeting_id, attendee_id: UNKNOWN_ID.to_owned(), ..new }
    }

    /// Creates the attendees of so many users.
    async fn create_attendees(&self, meeting: &Subject, count: usize) {
        let user = |user| json!({"ExternalUserId": format!("user-{user}")});
        let users: Vec<_> = (0..count).map(user).collect();
        for batch in users.chunks(100) {
            let mut call = Call::new("BatchCreateAttendee", meeting);
            call.body["Attendees"] = json!(batch);
            assert_eq!(self.call(&call).await["Errors"], json!([]));
        }
    }

    /// The largest number of concurrent requests since the last call of this method.
    fn most(&self) -> usize {
        std::mem::take(&mut self.dynamodb.lock().unwrap().most)
    }
}

fn create_attendee(meeting: &Subject) -> Call {
    Call::new("CreateAttendee", meeting)
}

fn expiry(item: &Value) -> u64 {
    item["ExpiresAt"]["N"].as_str().unwrap().parse().unwrap()
}

fn assert_about(found: Duration, milliseconds: u64) {
    let expected = Duration::from_millis(milliseconds);
    // Timers have a resolution of a millisecond.
    let range = expected..=expected + Duration::from_millis(2);
    assert!(range.contains(&found), "{found:?} instead of {expected:?}");
}

#[tokio::test(start_paused = true)]
async fn a_meeting_lasts_a_day_and_its_attendees_are_kept_an_hour_longer() {
    let instance = Instance::new().await;
    let meeting = instance.create_meeting().await;
    let end = expiry(&direct::meeting_item(&instance.database, &meeting.meeting_id));
    assert_eq!(end, START + DAY);
    let item = || direct::attendee_items(&instance.database, &meeting.meeting_id).remove(0);

    let created = instance.call(&create_attendee(&meeting)).await;
    assert_eq!(expiry(&item()), end + HOUR);
    let attendee_id = created["Attendee"]["AttendeeId"].as_str().unwrap().to_owned();
    let attendee = Subject { attendee_id, ..meeting.clone() };
    instance.call(&Call::new("DeleteAttendee", &attendee)).await;
    assert!(item().get("DeletedAt").is_some());
    assert_eq!(expiry(&item()), end, "a tombstone is of use as long as the meeting");
    instance.call(&create_attendee(&meeting)).await;
    assert_eq!(expiry(&item()), end + HOUR, "of an attendee who is created again");

    instance.call(&Call::new("BatchCreateAttendee", &meeting)).await;
    let items = direct::attendee_items(&instance.database, &meeting.meeting_id);
    let expiries: Vec<_> = items.iter().map(expiry).collect();
    assert_eq!(expiries, [end + HOUR; 2]);
}

#[tokio::test(start_paused = true)]
async fn a_response_leaves_300_milliseconds_before_the_deadline_or_29_seconds() {
    let instance = Instance::new().await;
    let meeting = instance.create_meeting().await;
    instance.fault("UpdateItem", Fault::Silent);
    for (time_left, expected) in [(1_500, 1_200), (10_000, 9_700), (900_000, 28_700)] {
        let time_left = Duration::from_millis(time_left);
        let (status, _, took) = instance.in_time(&create_attendee(&meeting), time_left).await;
        assert_eq!(status, 503);
        assert_about(took, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_attempt_without_a_response_ends_after_two_seconds() {
    let instance = Instance::new().await;
    let meeting = instance.create_meeting().await;
    instance.fault("UpdateItem", Fault::Silent);
    instance.in_time(&create_attendee(&meeting), ENDLESS).await;
    let sent = instance.sent("UpdateItem");
    let pause = sent[1].0 - sent[0].0;
    let range = Duration::from_secs(2)..=Duration::from_millis(2_052);
    assert!(range.contains(&pause), "{pause:?}");
}

/// The times at which attempts begin.
#[derive(Clone, Debug, Default)]
struct Attempts(Arc<Mutex<Vec<Instant>>>);

impl Intercept for Attempts {
    fn name(&self) -> &'static str {
        "Attempts"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.lock().unwrap().push(Instant::now());
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_open_ends_an_attempt_after_a_second() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    // While its queue is full, the system leaves other connections without a response.
    let mut queue = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        queue.push(stream);
    }
    let attempts = Attempts::default();
    let config = emulator::client(&format!("http://{address}")).config().to_builder();
    let service = service(Client::from_conf(config.interceptor(attempts.clone()).build()));
    let meeting = Subject { meeting_id: UNKNOWN_ID.to_owned(), ..Subject::default() };
    send(&service, create_attendee(&meeting).http(), Duration::from_secs(5)).await;
    let attempts = attempts.0.lock().unwrap();
    let pause = attempts[1] - attempts[0];
    let range = Duration::from_secs(1)..=Duration::from_millis(1_052);
    assert!(range.contains(&pause), "{pause:?}");
}

#[tokio::test(start_paused = true)]
async fn a_request_is_retried_until_its_time_is_up_with_pauses_that_double_up_to_a_second() {
    // Seeds the SDK's pauses.
    fastrand::seed(25);
    let mut longest = [Duration::ZERO; 8];
    for _ in 0..40 {
        // Another instance each time, because an instance has a budget of retries.
        let instance = Instance::new().await;
        let meeting = instance.create_meeting().await;
        instance.fault("UpdateItem", Fault::Failing);
        let (status, _, took) = instance.in_time(&create_attendee(&meeting), ENDLESS).await;
        assert_eq!(status, 503);
        assert_about(took, 28_700);
        let sent = instance.sent("UpdateItem");
        for (pause, longest) in sent.windows(2).zip(&mut longest) {
            *longest = (*longest).max(pause[1].0 - pause[0].0);
        }
    }
    for (longest, limit) in longest.into_iter().zip([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]) {
        let range = Duration::from_millis(limit * 8 / 10)..=Duration::from_millis(limit + 2);
        assert!(range.contains(&longest), "{longest:?} of at most {limit} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_has_a_hundred_retries_and_one_more_for_every_five_successes() {
    let instance = Instance::new().await;
    let meeting = instance.create_meeting().await;
    instance.sent("");
    // The budget also grows by one a second of real time. What grew before it began, and the rest of a
    // retry that was left over, are less than one each.
    let begin = std::time::Instant::now();
    let retries = async || {
        instance.fault("UpdateItem", Fault::Failing);
        let calls: Vec<_> = (0..8).map(|_| create_attendee(&meeting)).collect();
        let calls = calls.iter().map(|call| instance.in_time(call, ENDLESS));
        futures_util::future::join_all(calls).await;
        instance.sent("UpdateItem").len() - 8
    };
    let more = |begin: std::time::Instant| usize::try_from(begin.elapsed().as_secs()).unwrap() + 2;
    let found = retries().await;
    assert!((100..=100 + more(begin)).contains(&found), "{found}");

    instance.fault("", Fault::Failing);
    for _ in 0..100 {
        // One success each: the put finds the attendee.
        instance.call(&create_attendee(&meeting)).await;
    }
    instance.sent("");
    let found = retries().await;
    assert!((20..=20 + more(begin)).contains(&found), "{found}");
}

#[tokio::test(start_paused = true)]
async fn the_removal_of_attendees_delays_the_end_of_a_meeting_by_a_second_at_most() {
    let instance = Instance::new().await;
    let meeting = instance.create_meeting().await;
    instance.fault("Query", Fault::Silent);
    let (status, _, took) = instance.in_time(&Call::new("DeleteMeeting", &meeting), ENDLESS).await;
    assert_eq!(status, 204);
    assert_about(took, 1_001);
}

#[tokio::test(start_paused = true)]
async fn the_warm_up_takes_a_second_at_most() {
    let instance = Instance::new().await;
    instance.fault("UpdateItem", Fault::Silent);
    let begin = Instant::now();
    instance.service.warm_up().await;
    assert_about(begin.elapsed(), 1_000);
}

#[tokio::test(start_paused = true)]
async fn sixteen_writes_run_at_once_and_all_attendees_are_updated_and_removed() {
    let instance = Instance::new().await;
    let meeting = instance.create_meeting().await;
    instance.create_attendees(&meeting, 250).await;
    assert_eq!(instance.most(), 16);
    instance.sent("");
    instance.call(&Call::new("BatchUpdateAttendeeCapabilitiesExcept", &meeting)).await;
    assert_eq!(instance.sent("UpdateItem").len(), 250);
    assert_eq!(instance.most(), 16);

    instance.call(&Call::new("ListAttendees", &meeting)).await;
    let queries = instance.sent("Query");
    let [(_, query)] = &*queries else { panic!("{queries:?}") };
    // One more item than a page tells whether there is another page.
    assert_eq!(serde_json::from_str::<Value>(&query.body).unwrap()["Limit"], 101);

    instance.call(&Call::new("DeleteMeeting", &meeting)).await;
    let batches = instance.sent("BatchWriteItem").len();
    assert_eq!(batches, 10, "DynamoDB deletes up to 25 items at once");
    assert!(direct::attendee_items(&instance.database, &meeting.meeting_id).is_empty());
}

#[tokio::test(start_paused = true)]
async fn tags_that_keep_changing_are_tried_eight_times() {
    let instance = Instance::new().await;
    let meeting = instance.create_meeting().await;
    instance.fault("UpdateItem", Fault::Refusing);
    let (status, ..) = instance.in_time(&Call::new("TagResource", &meeting), ENDLESS).await;
    assert_eq!((status, instance.sent("UpdateItem").len()), (503, 8));
}
