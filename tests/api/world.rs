//! One service, its DynamoDB, and a client of each.

use std::io::Write;
use std::net::Ipv4Addr;
use std::ops::Deref;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_chimesdkmeetings as chime;
use aws_sdk_chimesdkmeetings::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use rollcall::log::{Format, Level};
use rollcall::store::http_client;
use rollcall::{Clock, Log, Service, Settings, Store};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::faults::plan::Plan;
use crate::faults::proxy;
use crate::hostile::function;
use crate::request::context;
use crate::suite::Api;
use crate::{emulator, front};

/// The time of day when a world begins, in seconds since 1970.
const BEGINNING: u64 = 1_800_000_000;

pub const MEETINGS_TABLE: &str = "meetings";
pub const ATTENDEES_TABLE: &str = "attendees";
/// Lambda's id of every invocation of [`World::event`].
pub const LAMBDA_REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
const FUNCTION_ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:rollcall";
/// From here on each look at the clock is counted; the last one panics.
const BROKEN: u64 = u64::MAX - 2;
/// What must be seen nowhere but in the answer to the caller who sent it.
pub const SECRET: &str = "s3cret-user";

/// Drops everything with itself.
pub struct World {
    /// The API as a user has it.
    pub api: Api,
    /// The API's address, for requests that an SDK would not send.
    pub url: String,
    /// The service itself, for events.
    pub service: Arc<Service>,
    /// The tables themselves.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Their address, for another process.
    pub dynamodb_url: String,
    pub settings: Settings,
    /// Everything that was logged.
    pub log: Lines,
    time: Arc<AtomicU64>,
}

impl Deref for World {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl World {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A world whose operator set something else.
    pub async fn with(set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(MEETINGS_TABLE, ATTENDEES_TABLE);
        set(&mut settings);
        Self::on(Self::tables(&settings).await, settings).await
    }

    /// The URL of a DynamoDB with these tables.
    async fn tables(settings: &Settings) -> String {
        let (listener, url) = listen().await;
        emulator::serve(listener, emulator::open(None).unwrap());
        emulator::make_tables(&emulator::client(&url), settings).await.unwrap();
        url
    }

    /// A world whose DynamoDB fails as it is planned, in which a request has this time.
    pub async fn hostile(plan: &Plan, time: Duration) -> Self {
        let settings = Settings::new(MEETINGS_TABLE, ATTENDEES_TABLE);
        let url = Self::tables(&settings).await;
        Self::on_with_time(proxy::before(url, plan.clone()).await, settings, time).await
    }

    /// A world on something that fails, in which a request has little time.
    pub async fn on_failing(dynamodb_url: String) -> Self {
        let little = Duration::from_millis(1_300);
        Self::on_with_time(dynamodb_url, Settings::new(MEETINGS_TABLE, ATTENDEES_TABLE), little)
            .await
    }

    /// A world on tables that are there already, or on something that only looks like them.
    pub async fn on(dynamodb_url: String, settings: Settings) -> Self {
        Self::on_with_time(dynamodb_url, settings, front::TIME).await
    }

    async fn on_with_time(dynamodb_url: String, settings: Settings, time: Duration) -> Self {
        let dynamodb = emulator::client(&dynamodb_url);
        let now = Arc::new(AtomicU64::new(BEGINNING));
        let read = now.clone();
        let clock = Clock::new(move || {
            let seconds = read.load(Ordering::SeqCst);
            if seconds == u64::MAX {
                read.store(BEGINNING, Ordering::SeqCst);
                panic!("a defect, with {SECRET} in its message");
            }
            if seconds >= BROKEN {
                read.fetch_add(1, Ordering::SeqCst);
                return UNIX_EPOCH + Duration::from_secs(BEGINNING);
            }
            UNIX_EPOCH + Duration::from_secs(seconds)
        });
        let log = Lines::default();
        let store = Store::new(dynamodb.clone(), &settings);
        let logged = Log::new(Format::Json, Level::Trace, log.clone());
        let service = Arc::new(Service::new(store, clock, settings.clone(), logged));
        let (listener, url) = listen().await;
        tokio::spawn(front::serve(listener, service.clone(), time, std::future::pending()));
        let api = Api::own(chime_client(&url), dynamodb.clone(), &settings.attendees_table);
        Self { api, url, service, dynamodb, dynamodb_url, settings, log, time: now }
    }

    /// From now on a request by URL has all the time that a gateway gives.
    pub async fn give_time(&mut self) {
        let (listener, url) = listen().await;
        let service = self.service.clone();
        tokio::spawn(front::serve(listener, service, front::TIME, std::future::pending()));
        self.url = url;
    }

    /// Lets seconds pass.
    pub fn pass(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Lets the next operation's look at the clock panic, as a defect in it would: the third one, after
    /// those that set and read the deadline. The one after it works again.
    pub fn break_clock(&self) {
        self.time.store(BROKEN, Ordering::SeqCst);
    }

    /// Posts a body as JSON, however wrong it is.
    pub async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> Raw {
        let request = reqwest::Client::new().post(format!("{}{path}", self.url)).body(body);
        Raw::read(request.header("content-type", "application/json")).await
    }

    /// What the function answers to an event.
    pub async fn event(&self, event: &Value) -> Value {
        self.event_text(&event.to_string()).await
    }

    pub async fn event_text(&self, event: &str) -> Value {
        self.event_in_time(event, Duration::from_secs(10)).await
    }

    /// The same, where the invocation has this time left.
    pub async fn event_in_time(&self, event: &str, time_left: Duration) -> Value {
        let context = context(LAMBDA_REQUEST_ID, FUNCTION_ARN, self.service.clock(), time_left);
        function::answer(&self.service, event, context).await
    }

    /// How many seats of the meeting are taken.
    pub async fn seats(&self, meeting_id: &str) -> usize {
        let get = self.dynamodb.get_item().table_name(&self.settings.meetings_table);
        let get = get.key("MeetingId", AttributeValue::S(meeting_id.to_owned()));
        let meeting = get.consistent_read(true).send().await.unwrap().item.unwrap();
        meeting.get("Seats").map_or(0, |seats| seats.as_bs().unwrap().len())
    }
}

/// An answer as it is on the wire.
#[derive(Debug)]
pub struct Raw {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Raw {
    pub async fn read(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The message of a 400 that has everything an SDK looks for.
    pub fn bad_request(&self) -> String {
        assert_eq!(self.status, 400, "{self:?}");
        assert_eq!(self.header("x-amzn-errortype"), Some("BadRequestException"));
        assert_eq!(self.header("content-type"), Some("application/json"));
        let body = self.json();
        assert_eq!(body["Code"], "BadRequestException");
        assert_eq!(body["RequestId"].as_str(), self.header("x-amzn-requestid"));
        body["Message"].as_str().unwrap().to_owned()
    }
}

/// What was written to a log.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub fn json(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A listener on a free port, and its URL.
pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// The SDK as a user has it: another endpoint, nothing else. Without retries, so that a test sees
/// each answer.
pub fn chime_client(url: &str) -> chime::Client {
    let config = chime::Config::builder()
        .behavior_version_latest()
        .endpoint_url(url)
        .region(chime::config::Region::from_static("us-east-1"))
        .credentials_provider(chime::config::Credentials::new("any", "any", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(http_client());
    chime::Client::from_conf(config.build())
}
