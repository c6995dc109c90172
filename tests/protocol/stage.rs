//! The real service on an embedded DynamoDB, one request to DynamoDB at a time: a request waits
//! until the test applies it, loses its answer, or delays it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use dynoxide::{Database, DynoxideError};
use lambda_http::http;
use rollcall::log::{Format, Level};
use rollcall::{Clock, Log, Service, Settings, Store};
use rollcall_testing::emulator;
use rollcall_testing::request::{context, request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// When every meeting begins, in seconds since 1970.
const START: u64 = 1_800_000_000;
/// How long a meeting lasts, in seconds.
const LIFETIME: u64 = 60;
/// Longer than any step takes.
const PATIENCE: Duration = Duration::from_secs(20);

tokio::task_local! {
    /// Receives the requests to DynamoDB of one caller.
    static CALLER: mpsc::UnboundedSender<Waiting>;
}

/// A request to DynamoDB.
#[derive(Clone, Debug)]
pub struct Sent {
    pub operation: String,
    pub body: String,
}

/// A request that waits. Without an answer, the SDK repeats it.
struct Waiting {
    sent: Sent,
    answer: oneshot::Sender<Option<(u16, String)>>,
}

/// The tables.
pub struct Stage {
    database: Direct,
    client: Client,
    settings: Settings,
}

/// A caller's request to the service, on an instance of its own.
pub struct Call {
    received: mpsc::UnboundedReceiver<Waiting>,
    waiting: Vec<Waiting>,
    task: JoinHandle<(u16, Value)>,
    clock: Arc<AtomicU64>,
}

impl Stage {
    /// Empty tables; a meeting has `max_attendees` seats.
    pub async fn new(max_attendees: usize) -> Self {
        let database = Direct(Arc::new(emulator::open(None).unwrap()));
        let unlimited = RetryPartition::custom("protocol").token_bucket(TokenBucket::unlimited());
        // The test decides which attempt fails, so none ends by itself.
        let retries = RetryConfig::standard()
            .with_max_attempts(100)
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_backoff(Duration::from_millis(1));
        let client = emulator::client("http://dynamodb").config().to_builder();
        let client = client
            .http_client(database.clone())
            .retry_partition(unlimited.build())
            .retry_config(retries)
            .timeout_config(TimeoutConfig::disabled());
        let client = Client::from_conf(client.build());
        let mut settings = Settings::new("meetings", "attendees");
        settings.max_attendees = max_attendees as u64;
        settings.meeting_lifetime = LIFETIME;
        emulator::create_tables(&client, &settings).await.unwrap();
        Self { database, client, settings }
    }

    /// Sends a request to the service without any fault.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let clock = Arc::new(AtomicU64::new(START));
        self.answer(clock, method.to_owned(), path.to_owned(), body).await.1
    }

    /// Creates a meeting, and returns its id.
    pub async fn create_meeting(&self, token: &str, primary: Option<&str>) -> String {
        let created = self.ask("POST", "/meetings", new_meeting(token, primary)).await;
        created["Meeting"]["MeetingId"].as_str().unwrap().to_owned()
    }

    /// Begins a request to the service.
    pub fn call(&self, is_over: bool, (method, path, body): (&str, String, Value)) -> Call {
        let (sender, received) = mpsc::unbounded_channel();
        let clock = Arc::new(AtomicU64::new(time(is_over)));
        let answer = self.answer(clock.clone(), method.to_owned(), path, body);
        let task = tokio::spawn(CALLER.scope(sender, answer));
        Call { received, waiting: Vec::new(), task, clock }
    }

    fn answer(
        &self,
        clock: Arc<AtomicU64>,
        method: String,
        path: String,
        body: Value,
    ) -> impl Future<Output = (u16, Value)> + Send + 'static {
        let store = Store::new(self.client.clone(), &self.settings);
        let log = Log::new(Format::Json, Level::Error, std::io::sink());
        let clock =
            Clock::new(move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst)));
        let service = Service::new(store, clock, self.settings.clone(), log);
        async move {
            let request_parts = http::Request::builder().method(method.as_str()).uri(path);
            let request_parts = request_parts.header("content-type", "application/json");
            let (parts, ()) = request_parts.body(()).unwrap().into_parts();
            let context = context("r-1", "", service.clock(), Duration::from_secs(29));
            let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
            let answer = service.answer(request(parts, body, "r-1", context)).await;
            let body = serde_json::from_slice(answer.body()).unwrap_or_default();
            (answer.status().as_u16(), body)
        }
    }

    /// Applies a request that was delayed.
    pub fn apply(&self, sent: &Sent) {
        self.database.apply(&sent.operation, &sent.body);
    }

    /// The answer of DynamoDB to a read.
    pub fn read(&self, operation: &str, body: Value) -> Value {
        let (status, answer) = self.database.apply(operation, &body.to_string());
        assert_eq!(status, 200, "{answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// The item of a meeting, null if there is none.
    pub fn meeting(&self, id: &str) -> Value {
        let key = json!({"MeetingId": {"S": id}});
        let read = json!({"TableName": "meetings", "Key": key, "ConsistentRead": true});
        self.read("GetItem", read)["Item"].clone()
    }
}

/// The body of CreateMeeting.
pub fn new_meeting(token: &str, primary: Option<&str>) -> Value {
    json!({
        "ClientRequestToken": token, "ExternalMeetingId": "standup", "MediaRegion": "us-east-1",
        "PrimaryMeetingId": primary,
    })
}

/// What a clock shows before or after the end of a lifetime.
fn time(is_over: bool) -> u64 {
    if is_over { START + LIFETIME } else { START }
}

impl Call {
    /// Sets the clock of the instance.
    pub fn set_clock(&self, is_over: bool) {
        self.clock.store(time(is_over), Ordering::SeqCst);
    }

    /// Waits until the instance has sent the expected request, and returns it. Requests that are
    /// `outside` of the model are applied at once.
    pub async fn expect(
        &mut self,
        stage: &Stage,
        expected: impl Fn(&Sent) -> bool,
        outside: impl Fn(&Sent) -> bool,
    ) -> Sent {
        loop {
            if let Some(found) = self.waiting.iter().find(|waiting| expected(&waiting.sent)) {
                return found.sent.clone();
            }
            let received = tokio::time::timeout(PATIENCE, self.received.recv()).await;
            let waiting: Vec<_> = self.waiting.iter().map(|waiting| &waiting.sent).collect();
            let Ok(Some(received)) = received else {
                panic!("the instance does not send the expected request, but {waiting:?}")
            };
            if outside(&received.sent) && !expected(&received.sent) {
                stage.release(received, true);
            } else {
                self.waiting.push(received);
            }
        }
    }

    /// Applies the expected request, which [`Self::expect`] has found, and answers it or not.
    pub fn apply(&mut self, stage: &Stage, sent: &Sent, is_answered: bool) {
        stage.release(self.take(sent), is_answered);
    }

    /// Takes the expected request without applying it. The SDK repeats it.
    pub fn delay(&mut self, sent: &Sent) {
        self.take(sent).answer.send(None).unwrap();
    }

    fn take(&mut self, sent: &Sent) -> Waiting {
        let is_it = |waiting: &Waiting| {
            waiting.sent.operation == sent.operation && waiting.sent.body == sent.body
        };
        let position = self.waiting.iter().position(is_it).unwrap();
        self.waiting.remove(position)
    }

    /// The instance dies.
    pub fn crash(self) {
        self.task.abort();
    }

    /// Waits for the answer to the caller: its status and body.
    pub async fn answer(mut self, stage: &Stage, outside: impl Fn(&Sent) -> bool) -> (u16, Value) {
        loop {
            tokio::select! {
                answer = &mut self.task => return answer.unwrap(),
                Some(received) = self.received.recv() => {
                    assert!(outside(&received.sent), "another request: {:?}", received.sent);
                    stage.release(received, true);
                }
                () = tokio::time::sleep(PATIENCE) => panic!("no answer to the caller"),
            }
        }
    }
}

impl Stage {
    fn release(&self, waiting: Waiting, is_answered: bool) {
        let answer = self.database.apply(&waiting.sent.operation, &waiting.sent.body);
        // The instance may have given up meanwhile, like one of two reads at the same time.
        let _ = waiting.answer.send(is_answered.then_some(answer));
    }
}

/// An HTTP client for the SDK that calls the database directly.
#[derive(Clone)]
struct Direct(Arc<Database>);

impl std::fmt::Debug for Direct {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Direct")
    }
}

impl HttpClient for Direct {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Direct {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = String::from_utf8(request.body().bytes().unwrap().to_vec()).unwrap();
        let database = self.clone();
        HttpConnectorFuture::new(async move {
            let answer = match CALLER.try_with(Clone::clone) {
                Err(_) => Some(database.apply(&operation, &body)),
                Ok(caller) => {
                    let (answer, answered) = oneshot::channel();
                    let sent = Sent { operation, body };
                    caller.send(Waiting { sent, answer }).map_err(|_| lost())?;
                    answered.await.map_err(|_| lost())?
                }
            };
            let (status, body) = answer.ok_or_else(lost)?;
            let mut response = HttpResponse::new(status.try_into().unwrap(), body.into());
            response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
            Ok(response)
        })
    }
}

fn lost() -> ConnectorError {
    ConnectorError::io("connection reset".into())
}

impl Direct {
    fn apply(&self, operation: &str, body: &str) -> (u16, String) {
        let Self(database) = self;
        match operation {
            "BatchWriteItem" => applied(body, |request| database.batch_write_item(request)),
            "CreateTable" => applied(body, |request| database.create_table(request)),
            "GetItem" => applied(body, |request| database.get_item(request)),
            "PutItem" => applied(body, |request| database.put_item(request)),
            "Query" => applied(body, |request| database.query(request)),
            "TransactWriteItems" => applied(body, |request| database.transact_write_items(request)),
            "UpdateItem" => applied(body, |request| database.update_item(request)),
            "UpdateTimeToLive" => applied(body, |request| database.update_time_to_live(request)),
            other => panic!("unknown operation {other}"),
        }
    }
}

fn applied<I: DeserializeOwned, O: Serialize>(
    body: &str,
    apply: impl FnOnce(I) -> Result<O, DynoxideError>,
) -> (u16, String) {
    match apply(serde_json::from_str(body).unwrap()) {
        Ok(output) => (200, serde_json::to_string(&output).unwrap()),
        Err(error) => (error.status_code(), error.to_json()),
    }
}
