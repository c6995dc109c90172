//! One service, its DynamoDB, and a client of each.

use std::net::Ipv4Addr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_chimesdkmeetings as chime;
use aws_sdk_chimesdkmeetings::config::retry::RetryConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::BeforeSerializationInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept};
use aws_sdk_dynamodb::error::BoxError;
use rollcall::log::{Format, Level};
use rollcall::store::Connections;
use rollcall::{Clock, Log, Service, Settings, Store};
use rollcall_testing::calls::Call;
use rollcall_testing::memory_log::MemoryLog;
use rollcall_testing::request::context;
use rollcall_testing::{emulator, function, gateway};
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};

use crate::faults::plan::FaultPlan;
use crate::faults::proxy;
use crate::suite::Api;

/// The time when every app starts, in seconds since 1970.
pub const START: u64 = 1_800_000_000;

pub const MEETINGS_TABLE: &str = "meetings";
pub const ATTENDEES_TABLE: &str = "attendees";
/// Lambda's id of every invocation.
pub const LAMBDA_REQUEST_ID: &str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
pub const FUNCTION_ARN: &str = "arn:aws:lambda:eu-central-1:123456789012:function:rollcall";
/// The timeout of a request to a service whose DynamoDB keeps failing.
pub const SHORT_TIMEOUT: Duration = Duration::from_millis(1_300);
const MILLISECONDS: u64 = 1_000;
/// Must appear in no log line.
pub const SECRET: &str = "s3cret-user";

/// A running service. Its servers stop with the test's runtime.
pub struct TestApp {
    /// The API through the SDK.
    pub api: Api,
    /// The API's URL, for requests that an SDK would not send.
    pub url: String,
    /// The service, for events.
    pub service: Arc<Service>,
    /// A client of the tables.
    pub dynamodb: Client,
    /// DynamoDB's URL, for other processes.
    pub dynamodb_url: String,
    pub settings: Settings,
    /// Everything that was logged.
    pub log: MemoryLog,
    /// In milliseconds since 1970.
    time: Arc<AtomicU64>,
    panics: Panics,
}

impl Deref for TestApp {
    type Target = Api;

    fn deref(&self) -> &Api {
        &self.api
    }
}

impl TestApp {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// An app with changed settings.
    pub async fn with(set: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = own_tables();
        set(&mut settings);
        let (url, client) = Self::start_dynamodb(&settings).await;
        Self::on_with_client(client, url, settings, gateway::TIMEOUT).await
    }

    /// Creates these tables, in the other DynamoDB or a new one in this process, and returns its URL and the
    /// client that takes the least time.
    async fn start_dynamodb(settings: &Settings) -> (String, Client) {
        let (url, client) = match other_dynamodb() {
            Some(url) => (url.clone(), emulator::client(&url)),
            None => {
                let ((listener, url), database) = (listen().await, emulator::open(None).unwrap());
                emulator::serve(listener, database.clone());
                (url, emulator::direct_client(database))
            }
        };
        emulator::create_tables(&client, settings).await.unwrap();
        (url, client)
    }

    /// An app whose DynamoDB fails according to the plan.
    pub async fn with_faults(plan: &FaultPlan, timeout: Duration) -> Self {
        let settings = own_tables();
        let (url, _) = Self::start_dynamodb(&settings).await;
        Self::on_with_timeout(proxy::start(url, plan.clone()).await, settings, timeout).await
    }

    /// An app on a server that fails every request.
    pub async fn on_failing(dynamodb_url: String) -> Self {
        let settings = Settings::new(MEETINGS_TABLE, ATTENDEES_TABLE);
        Self::on_with_timeout(dynamodb_url, settings, SHORT_TIMEOUT).await
    }

    /// An app on a server that is already running.
    pub async fn on(dynamodb_url: String, settings: Settings) -> Self {
        Self::on_with_timeout(dynamodb_url, settings, gateway::TIMEOUT).await
    }

    /// Another instance on the same tables, without a short timeout, whose clock is `ahead` by some seconds.
    pub async fn other_instance(&self, ahead: u64) -> Self {
        let other = Self::on(self.dynamodb_url.clone(), self.settings.clone()).await;
        other.time.store(self.time.load(Ordering::SeqCst), Ordering::SeqCst);
        other.advance_clock(ahead);
        other
    }

    async fn on_with_timeout(dynamodb_url: String, settings: Settings, timeout: Duration) -> Self {
        let client = emulator::client(&dynamodb_url);
        Self::on_with_client(client, dynamodb_url, settings, timeout).await
    }

    /// An app that reaches its DynamoDB by this client; the test itself uses the URL.
    async fn on_with_client(
        client: Client,
        dynamodb_url: String,
        settings: Settings,
        timeout: Duration,
    ) -> Self {
        let dynamodb = emulator::client(&dynamodb_url);
        let now = Arc::new(AtomicU64::new(START * MILLISECONDS));
        let read = now.clone();
        let clock =
            Clock::new(move || UNIX_EPOCH + Duration::from_millis(read.load(Ordering::SeqCst)));
        let log = MemoryLog::default();
        let panics = Panics::default();
        let config = client.config().to_builder().interceptor(panics.clone());
        let client = Client::from_conf(config.build());
        let store = Store::new(client, &settings);
        let logged = Log::new(Format::Json, Level::Trace, log.clone());
        let service = Arc::new(Service::new(store, clock, settings.clone(), logged));
        let url = serve(service.clone(), timeout).await;
        let api = Api::local(chime_client(&url), dynamodb.clone(), &settings.attendees_table);
        Self { api, url, service, dynamodb, dynamodb_url, settings, log, time: now, panics }
    }

    /// Gives later requests by URL the gateway's usual timeout.
    pub async fn reset_timeout(&mut self) {
        self.url = serve(self.service.clone(), gateway::TIMEOUT).await;
    }

    /// Moves the clock forward.
    pub fn advance_clock(&self, seconds: u64) {
        self.advance_clock_by_milliseconds(seconds * MILLISECONDS);
    }

    /// Moves the clock forward by less than a second.
    pub fn advance_clock_by_milliseconds(&self, milliseconds: u64) {
        self.time.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Makes the service panic when it next calls DynamoDB, like a defect in its code.
    pub fn panic_once(&self) {
        self.panics.0.store(true, Ordering::SeqCst);
    }

    /// A request without a body.
    pub fn request(&self, method: &str, target: &str) -> reqwest::RequestBuilder {
        reqwest::Client::new().request(method.parse().unwrap(), format!("{}{target}", self.url))
    }

    /// Posts a body with the content type of JSON.
    pub async fn post(&self, target: &str, body: impl Into<reqwest::Body>) -> HttpResponse {
        let request = self.request("POST", target).body(body);
        HttpResponse::read(request.header("content-type", "application/json")).await
    }

    /// Sends a call over HTTP.
    pub async fn send(&self, call: &Call) -> HttpResponse {
        let request = self.request(&call.method, &call.target());
        let request = request.header("content-type", "application/json");
        HttpResponse::read(request.body(call.text())).await
    }

    /// The function's response to an event.
    pub async fn event(&self, event: &Value) -> Value {
        self.event_text(&event.to_string()).await
    }

    pub async fn event_text(&self, event: &str) -> Value {
        self.event_in_time(event, Duration::from_secs(10)).await
    }

    /// The function's response to an event, which is JSON, with this time until the deadline.
    pub async fn event_in_time(&self, event: &str, time_left: Duration) -> Value {
        let context = context(LAMBDA_REQUEST_ID, FUNCTION_ARN, self.service.clock(), time_left);
        function::respond(&self.service, event, context).await
    }

    /// How many seats of the meeting are reserved.
    pub async fn seats(&self, meeting_id: &str) -> usize {
        let meeting = self.meeting_item(meeting_id).await;
        meeting.get("Seats").map_or(0, |seats| seats.as_bs().unwrap().len())
    }
}

/// Panics at the next request to DynamoDB if it is set.
#[derive(Clone, Debug, Default)]
struct Panics(Arc<AtomicBool>);

impl Intercept for Panics {
    fn name(&self) -> &'static str {
        "Panics"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.0.swap(false, Ordering::SeqCst) {
            panic!("a defect, with {SECRET} in its message");
        }
        Ok(())
    }
}

/// The URL of a DynamoDB that all tests share. Without it each test starts one.
fn other_dynamodb() -> Option<String> {
    std::env::var("ROLLCALL_DYNAMODB").ok().filter(|url| !url.is_empty())
}

/// Settings with tables that no other test uses.
fn own_tables() -> Settings {
    if other_dynamodb().is_none() {
        return Settings::new(MEETINGS_TABLE, ATTENDEES_TABLE);
    }
    let test = uuid::Uuid::new_v4().simple();
    Settings::new(format!("{MEETINGS_TABLE}-{test}"), format!("{ATTENDEES_TABLE}-{test}"))
}

/// An HTTP response.
#[derive(Debug)]
pub struct HttpResponse {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl HttpResponse {
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

    /// The message of a 400, which must have everything that SDKs read.
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

/// Serves a service on a free port and returns the URL.
async fn serve(service: Arc<Service>, timeout: Duration) -> String {
    let (listener, url) = listen().await;
    let routes = gateway::routes(service, timeout);
    tokio::spawn(gateway::serve(listener, routes, std::future::pending()));
    url
}

/// Serves these routes on a free port and returns the URL.
pub async fn serve_routes(routes: axum::Router) -> String {
    let (listener, url) = listen().await;
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

/// A listener on a free port, and its URL.
pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// A URL that refuses connections while the socket lives. The socket is bound, so that no other test
/// gets its port, and does not listen.
pub fn refused() -> (TcpSocket, String) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    (socket, url)
}

/// The SDK's client with another endpoint, and without retries, so that a test sees each response.
pub fn chime_client(url: &str) -> chime::Client {
    let config = chime::Config::builder()
        .behavior_version_latest()
        .endpoint_url(url)
        .region(chime::config::Region::from_static("us-east-1"))
        .credentials_provider(chime::config::Credentials::new("any", "any", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .http_client(Connections::default());
    chime::Client::from_conf(config.build())
}
