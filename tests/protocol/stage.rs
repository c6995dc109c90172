//! The real service on an embedded DynamoDB, one request to DynamoDB at a time: a request waits
//! until the test applies it, loses its response, or delays it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use dynoxide::Database;
use lambda_http::http;
use rollcall::log::{Format, Level};
use rollcall::{Clock, Log, Service, Settings, Store};
use rollcall_testing::direct::{self, Response, Sent};
use rollcall_testing::emulator;
use rollcall_testing::request::send;
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

/// A request that waits. Without a response, the SDK retries it.
struct Waiting {
    sent: Sent,
    respond: oneshot::Sender<Option<Response>>,
}

/// The tables.
pub struct Stage {
    database: Database,
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
        let database = emulator::open(None).unwrap();
        let shared = database.clone();
        let config = direct::config(move |sent| respond(shared.clone(), sent));
        // The test decides which attempt fails, so none ends by itself.
        let retries = RetryConfig::standard()
            .with_max_attempts(100)
            .with_initial_backoff(Duration::from_millis(1))
            .with_max_backoff(Duration::from_millis(1));
        let config = config
            .retry_partition(direct::unlimited_retries())
            .retry_config(retries)
            .timeout_config(TimeoutConfig::disabled());
        let client = Client::from_conf(config.build());
        let mut settings = Settings::new("meetings", "attendees");
        settings.max_attendees = max_attendees as u64;
        settings.meeting_lifetime = LIFETIME;
        emulator::create_tables(&client, &settings).await.unwrap();
        Self { database, client, settings }
    }

    /// Sends a request to the service without any fault.
    pub async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let clock = Arc::new(AtomicU64::new(START));
        self.respond(clock, method.to_owned(), path.to_owned(), body).await.1
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
        let response = self.respond(clock.clone(), method.to_owned(), path, body);
        let task = tokio::spawn(CALLER.scope(sender, response));
        Call { received, waiting: Vec::new(), task, clock }
    }

    /// The response of an instance with this clock: its status and body.
    fn respond(
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
            let request = http::Request::builder().method(method.as_str()).uri(path);
            let request = request.header("content-type", "application/json");
            let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
            send(&service, request.body(body).unwrap(), Duration::from_secs(29)).await
        }
    }

    /// Applies a request that was delayed.
    pub fn apply(&self, sent: &Sent) {
        direct::apply(&self.database, sent);
    }

    /// The item of a meeting, null if there is none.
    pub fn meeting(&self, id: &str) -> Value {
        direct::meeting_item(&self.database, id)
    }

    /// The items of a meeting's attendees.
    pub fn attendees(&self, meeting_id: &str) -> Vec<Value> {
        direct::attendee_items(&self.database, meeting_id)
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

    /// Applies the expected request, which [`Self::expect`] has found. Its response arrives or not.
    pub fn apply(&mut self, stage: &Stage, sent: &Sent, arrives: bool) {
        stage.release(self.take(sent), arrives);
    }

    /// Takes the expected request without applying it. The SDK retries it.
    pub fn delay(&mut self, sent: &Sent) {
        self.take(sent).respond.send(None).unwrap();
    }

    fn take(&mut self, sent: &Sent) -> Waiting {
        let position = self.waiting.iter().position(|waiting| waiting.sent == *sent).unwrap();
        self.waiting.remove(position)
    }

    /// The instance crashes.
    pub fn crash(self) {
        self.task.abort();
    }

    /// Waits for the response to the caller: its status and body.
    pub async fn response(
        mut self,
        stage: &Stage,
        outside: impl Fn(&Sent) -> bool,
    ) -> (u16, Value) {
        loop {
            tokio::select! {
                response = &mut self.task => return response.unwrap(),
                Some(received) = self.received.recv() => {
                    assert!(outside(&received.sent), "another request: {:?}", received.sent);
                    stage.release(received, true);
                }
                () = tokio::time::sleep(PATIENCE) => panic!("no response to the caller"),
            }
        }
    }
}

impl Stage {
    fn release(&self, waiting: Waiting, arrives: bool) {
        let response = direct::apply(&self.database, &waiting.sent);
        // The instance may have given up meanwhile, like one of two reads at the same time.
        let _ = waiting.respond.send(arrives.then_some(response));
    }
}

/// Responds to a request of the SDK; `None` resets the connection.
async fn respond(database: Database, sent: Sent) -> Option<Response> {
    let Ok(caller) = CALLER.try_with(Clone::clone) else {
        return Some(direct::apply(&database, &sent));
    };
    let (respond, response) = oneshot::channel();
    caller.send(Waiting { sent, respond }).ok()?;
    response.await.ok()?
}
