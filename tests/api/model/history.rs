//! Runs one history: several callers at the same time, each sending one request after the other to
//! instances of its own, on shared tables, while DynamoDB fails and instances crash or panic. The seed determines
//! everything except ids, and the time is that of the runtime's paused clock, so a history is reproducible.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use dynoxide::Database;
use futures_util::future::join_all;
use lambda_http::{Body, Response};
use rollcall::domain::{ClientRequestToken, MeetingId};
use rollcall::log::{Format, Level};
use rollcall::{Clock, Log, Service, Settings, Store};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::database::{CALLER, Caller, Chances};
use super::record::is_success;
use super::replicas::{Created, Observer};
use super::request::{Known, LIFETIME, MAX_ATTENDEES, MEETINGS, PRIMARY, Request, USERS};
use super::scenario::Scenario;
use super::trace::Trace;
use crate::app::{ATTENDEES_TABLE, LAMBDA_REQUEST_ID, MEETINGS_TABLE, START};
use crate::faults::fault::Expected;
use rollcall_testing::direct;
use rollcall_testing::lifecycle::Detail;
use rollcall_testing::request::context;

const CALLERS: usize = 3;
const REQUESTS_A_CALLER: RangeInclusive<usize> = 1..=5;

/// The outcome of a request.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The instance crashed.
    Crashed,
    Response {
        status: u16,
        error: Option<String>,
        body: Value,
    },
}

/// A request, its begin and end, and its outcome.
#[derive(Clone, Debug)]
pub struct Record {
    pub request: Request,
    /// Steps of the history. A request that responded at or before the step at which another was
    /// invoked happened before it.
    pub invoked: usize,
    pub responded: usize,
    /// In seconds since 1970, on the clock of the instance.
    pub invoked_at: u64,
    pub responded_at: u64,
    pub took: Duration,
    pub time_left: Duration,
    /// The errors that the request's faults and panics can cause.
    pub met: Vec<Expected>,
    /// How much longer than usual DynamoDB took.
    pub delayed: Duration,
    pub outcome: Outcome,
}

/// A meeting's items.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    /// In seconds since 1970.
    pub expires_at: Option<u64>,
    /// If the meeting was deleted, in seconds since 1970.
    pub ended_at: Option<u64>,
    pub seats: usize,
    /// The attendees' items.
    pub attendees: Vec<Value>,
}

impl Stored {
    /// The items without tombstones.
    pub fn present(&self) -> impl Iterator<Item = &Value> {
        self.attendees.iter().filter(|item| item.get("DeletedAt").is_none())
    }
}

/// A complete history.
#[derive(Debug)]
pub struct History {
    /// In the order in which they ended.
    pub records: Vec<Record>,
    /// The final requests, without faults: list all attendees, and create every known attendee again.
    pub replays: Vec<Record>,
    /// The items before the replays.
    pub settled: [Stored; MEETINGS],
    pub stored: [Stored; MEETINGS],
    /// Whether the other meetings are replicas of the first.
    pub has_replicas: bool,
    /// The meetings that were created.
    pub created: [Option<Created>; MEETINGS],
    /// The ids of the meetings.
    pub ids: [String; MEETINGS],
    /// By how many seconds the clocks of two instances differ at most.
    pub clock_difference: u64,
    /// What was wrong with the replicas after a write.
    pub observed: Vec<String>,
    /// What the streams of the tables tell, in the order of the changes.
    pub events: Vec<Detail>,
    pub trace: Vec<String>,
}

impl History {
    /// Whether a meeting is a replica. One that was not put may have ended as one: the end of a
    /// primary ends its replicas that are about to be created.
    pub fn is_replica(&self, number: usize) -> bool {
        match self.created[number] {
            Some(created) => created.is_replica,
            None => self.has_replicas && number != PRIMARY,
        }
    }
}

/// The state that all callers of a history share.
struct Stage {
    client: Client,
    begin: Instant,
    clock_difference: u64,
    tokens: [String; MEETINGS],
    ids: [String; MEETINGS],
    trace: Trace,
    observer: Arc<Observer>,
    records: Mutex<Vec<Record>>,
    /// The known attendees of each meeting.
    known: Mutex<[Vec<Known>; MEETINGS]>,
}

/// Runs the history of a seed. Other histories may use the same tables, but not its meetings.
pub async fn run(seed: u64, client: &Client, database: &Database) -> History {
    // Seeds the SDK's pauses between attempts.
    fastrand::seed(seed);
    let mut random = fastrand::Rng::with_seed(seed);
    let (tokens, ids) = tokens_and_ids(seed);
    let own = |random: &mut fastrand::Rng| Arc::new(Mutex::new(random.fork()));
    let peaceful =
        Chances { random: own(&mut random), fault: 0.0, crash: 0.0, panic: 0.0, delay: 0.0 };
    let scenario = Scenario::draw(&mut random);
    let stage = Stage {
        client: client.clone(),
        begin: Instant::now(),
        clock_difference: u64::from(scenario.clocks_differ),
        observer: Arc::new(Observer::new(&ids, scenario.has_replicas)),
        tokens,
        ids,
        trace: Trace::begin(),
        records: Mutex::default(),
        known: Mutex::default(),
    };
    for request in scenario.prelude() {
        stage.send(&stage.instance(&mut random), "0", &peaceful, request).await;
    }
    tokio::time::sleep(scenario.wait()).await;

    let chances = Chances {
        random: own(&mut random),
        delay: [0.0, 0.1, 0.4][random.usize(..3)],
        fault: [0.0, 0.05, 0.2, 0.5][random.usize(..4)],
        crash: [0.0, 0.03, 0.1][random.usize(..3)],
        panic: [0.0, 0.03, 0.1][random.usize(..3)],
    };
    let callers = (1..=CALLERS).map(|caller| {
        let (stage, chances, mut random) = (&stage, &chances, random.fork());
        async move {
            let name = caller.to_string();
            let mut instance = stage.instance(&mut random);
            for _ in 0..random.usize(REQUESTS_A_CALLER) {
                // Most follow at once; some are late enough to find that the meeting has ended.
                let pause = if random.u8(..10) < 8 { 50 } else { scenario.longest_pause() };
                tokio::time::sleep(Duration::from_millis(random.u64(1..=pause))).await;
                let request = scenario.request(&mut random, &stage.known.lock().unwrap());
                if !stage.send(&instance, &name, chances, request).await {
                    instance = stage.instance(&mut random);
                }
            }
        }
    });
    join_all(callers).await;
    // Long enough for requests that DynamoDB applies late.
    tokio::time::sleep(Duration::from_secs(11)).await;

    let records = std::mem::take(&mut *stage.records.lock().unwrap());
    let is_asked_for: [bool; MEETINGS] = std::array::from_fn(|meeting| {
        records.iter().any(|record| record.request.meeting() == meeting)
    });
    let settled = stage.stored(&is_asked_for, database);
    let instance = stage.instance(&mut random);
    let replays = replays(&records, &stage.known.lock().unwrap());
    for request in replays {
        stage.send(&instance, "0", &peaceful, request).await;
    }
    let replays = std::mem::take(&mut *stage.records.lock().unwrap());
    let stored = stage.stored(&is_asked_for, database);
    History {
        records,
        replays,
        settled,
        stored,
        has_replicas: scenario.has_replicas,
        created: stage.observer.created(),
        ids: stage.ids.clone(),
        clock_difference: stage.clock_difference,
        observed: stage.observer.found(),
        events: Vec::new(),
        trace: stage.trace.lines(),
    }
}

impl Stage {
    /// A new instance of the function, without any state, whose clock may be ahead of others.
    fn instance(&self, random: &mut fastrand::Rng) -> Service {
        let ahead = random.u64(..=self.clock_difference);
        let (begin, start) = (self.begin, UNIX_EPOCH + Duration::from_secs(START + ahead));
        let clock = Clock::new(move || start + begin.elapsed());
        let mut settings = Settings::new(MEETINGS_TABLE, ATTENDEES_TABLE);
        settings.max_attendees = MAX_ATTENDEES as u64;
        settings.meeting_lifetime = LIFETIME;
        let store = Store::new(self.client.clone(), &settings);
        let log = Log::new(Format::Json, Level::Error, std::io::sink());
        Service::new(store, clock, settings, log)
    }

    /// Sends a request to an instance, and returns whether the instance goes on.
    async fn send(
        &self,
        instance: &Service,
        name: &str,
        chances: &Chances,
        request: Request,
    ) -> bool {
        let caller = Arc::new(Caller {
            name: name.to_owned(),
            trace: self.trace.clone(),
            observer: self.observer.clone(),
            chances: chances.clone(),
            crashed: Notify::new(),
            met: Mutex::default(),
            delayed: Mutex::default(),
        });
        let hurry = chances.random.lock().unwrap().u8(..10) == 0;
        let time_left = Duration::from_millis(if hurry { 1_000 } else { 10_000 });
        let function_arn = "arn:aws:lambda:us-east-1:000000000000:function:rollcall";
        let clock = instance.clock();
        let context = context(LAMBDA_REQUEST_ID, function_arn, clock, time_left);
        let (parts, body) = request.call(&self.tokens, &self.ids).http().into_parts();
        let http = rollcall_testing::request::request(parts, body, "r-1", context);
        let invoked = self.trace.step();
        let (begin, invoked_at) = (Instant::now(), clock.timestamp().into());
        self.trace.add(name, &format!("{request:?} at {invoked_at}"));
        let response = CALLER.scope(caller.clone(), instance.respond(http));
        let outcome = tokio::select! {
            biased;
            () = caller.crashed.notified() => Outcome::Crashed,
            response = response => Outcome::read(&response),
        };
        self.trace.add(name, &outcome.line());
        self.learn(request.meeting(), &outcome);
        let lives = !matches!(outcome, Outcome::Crashed);
        let met = caller.met.lock().unwrap().clone();
        self.records.lock().unwrap().push(Record {
            request,
            invoked,
            responded: self.trace.step(),
            invoked_at,
            responded_at: clock.timestamp().into(),
            took: begin.elapsed(),
            time_left,
            met,
            delayed: *caller.delayed.lock().unwrap(),
            outcome,
        });
        lives
    }

    /// The items of the meetings that any request was about.
    fn stored(&self, is_asked_for: &[bool; MEETINGS], database: &Database) -> [Stored; MEETINGS] {
        std::array::from_fn(|meeting| {
            if !is_asked_for[meeting] {
                return Stored::default();
            }
            stored(database, &self.ids[meeting])
        })
    }

    /// Adds the attendees of a response to the known ones.
    fn learn(&self, meeting: usize, outcome: &Outcome) {
        let known = &mut self.known.lock().unwrap()[meeting];
        for (user, attendee) in outcome.attendees() {
            let id = attendee["AttendeeId"].as_str().unwrap_or_default();
            if known.iter().all(|known| *known.id != *id) {
                let nth = known.iter().filter(|known| known.user == user).count();
                known.push(Known { user, nth, id: id.into() });
            }
        }
    }
}

impl Outcome {
    /// The attendees of a response with their users; [`USERS`] if there is no such user.
    pub fn attendees(&self) -> impl Iterator<Item = (usize, &Value)> {
        let body = match self {
            Self::Response { status: 200, body, .. } => Some(body),
            _ => None,
        };
        let several = body.and_then(|body| body["Attendees"].as_array()).into_iter().flatten();
        several.chain(body.and_then(|body| body.get("Attendee"))).map(|attendee| {
            let of = |user: &usize| attendee["ExternalUserId"] == format!("user-{user}");
            ((0..USERS).find(of).unwrap_or(USERS), attendee)
        })
    }

    fn read(response: &Response<Body>) -> Self {
        let status = response.status().as_u16();
        let error = response.headers().get("x-amzn-errortype");
        let error = error.map(|error| error.to_str().unwrap().to_owned());
        let body = response.body();
        let body =
            if body.is_empty() { Value::Null } else { serde_json::from_slice(body).unwrap() };
        Self::Response { status, error, body }
    }

    /// A line for the trace, without ids, so that it is the same in every run.
    fn line(&self) -> String {
        match self {
            Self::Crashed => "= crashed".to_owned(),
            Self::Response { status, error: None, .. } => format!("= {status}"),
            Self::Response { status, error: Some(error), body } => {
                format!("= {status} {error}: {}", body["Message"].as_str().unwrap_or_default())
            }
        }
    }
}

/// The final requests: create each meeting again, get it, list all attendees, and create an attendee for
/// each known user again.
fn replays(records: &[Record], known: &[Vec<Known>; MEETINGS]) -> Vec<Request> {
    let mut requests = Vec::new();
    for meeting in 0..MEETINGS {
        let created = records.iter().find(|record| {
            let request = &record.request;
            request.meeting() == meeting && request.creates_meeting() && is_success(record)
        });
        if let Some(created) = created {
            requests.extend([created.request.clone(), Request::GetMeeting { meeting }]);
        }
    }
    for (meeting, known) in known.iter().enumerate().filter(|(_, known)| !known.is_empty()) {
        requests.push(Request::ListAttendees { meeting });
        let users = (0..USERS).filter(|user| known.iter().any(|known| known.user == *user));
        requests.extend(users.map(|user| Request::CreateAttendee { meeting, spec: (user, 0) }));
    }
    requests
}

/// The tokens of a history's meetings, and the ids that the service derives from them. The ids ascend,
/// because the service treats the replicas of a meeting in the order of their ids.
fn tokens_and_ids(seed: u64) -> ([String; MEETINGS], [String; MEETINGS]) {
    let mut meetings: [_; MEETINGS] = std::array::from_fn(|_| {
        let token = format!("{seed}-{}", uuid::Uuid::new_v4());
        let parsed = ClientRequestToken::parse(token.clone()).unwrap();
        (MeetingId::for_token(&parsed).to_string(), token)
    });
    meetings.sort();
    (meetings.clone().map(|(_, token)| token), meetings.map(|(id, _)| id))
}

/// A number attribute, if there is one.
pub fn seconds(attribute: &Value) -> Option<u64> {
    attribute["N"].as_str().map(|digits| digits.parse().unwrap())
}

fn stored(database: &Database, id: &str) -> Stored {
    let meeting = direct::meeting_item(database, id);
    Stored {
        expires_at: seconds(&meeting["ExpiresAt"]),
        ended_at: seconds(&meeting["EndedAt"]),
        seats: meeting["Seats"]["BS"].as_array().map_or(0, Vec::len),
        attendees: direct::attendee_items(database, id),
    }
}
