//! `--events`: sends each lifecycle event to a URL, as an API destination of EventBridge does.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::Url;
use rollcall::Log;
use rollcall::log::RequestLine;
use rollcall_testing::lifecycle::Event;
use rollcall_testing::outbox::{Entry, Outbox};

/// How long a receiver may take for a response, as for an API destination.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html>
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// The pause before an event is sent again, which doubles each time, up to the maximum.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const MAX_PAUSE: Duration = Duration::from_secs(10);
/// The pause before what was delivered is removed again, which fails for example on a full disk.
const REMOVE_PAUSE: Duration = Duration::from_secs(1);
/// How often to look for new events.
const POLL_PAUSE: Duration = Duration::from_millis(50);
/// How long the end waits for events that are not delivered yet.
const END_TIMEOUT: Duration = Duration::from_secs(2);

/// Who receives the events.
#[derive(Clone)]
pub struct Receiver {
    /// Without user and password.
    url: Url,
    /// The value of the header `Authorization`.
    authorization: Option<String>,
}

impl Receiver {
    /// Reads the flag. A user and a password in the URL are sent as Basic authentication.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut url = Url::parse(text).map_err(|error| error.to_string())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it must begin with http:// or https://".to_owned());
        }
        let password = url.password().unwrap_or_default();
        let pair = [url.username(), password].map(|part| percent_decode_str(part).collect());
        let [user, password]: [Vec<u8>; 2] = pair;
        let is_authenticated = !user.is_empty() || !password.is_empty();
        let authorization = is_authenticated
            .then(|| format!("Basic {}", BASE64_STANDARD.encode([user, password].join(&b':'))));
        // These fail only for URLs without a host, which `parse` refuses for these schemes.
        let _ = (url.set_username(""), url.set_password(None));
        url.set_fragment(None);
        Ok(Self { url, authorization })
    }

    fn request(&self, body: String) -> Result<HttpRequest, String> {
        let invalid = |error: &dyn std::error::Error| error.to_string();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method("POST").map_err(|error| invalid(&error))?;
        request.set_uri(self.url.as_str()).map_err(|error| invalid(&error))?;
        request.headers_mut().insert("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert("authorization", authorization.clone());
        }
        Ok(request)
    }
}

/// What became of one attempt.
enum Attempt {
    Delivered(u16),
    /// The receiver will never take it.
    Refused(u16),
    /// It may succeed later: the status, if there was a response, and what happened.
    Failed(u16, &'static str),
}

/// The delivery of all events, in the order of their changes.
pub struct Delivery(Arc<Outbox>);

impl Delivery {
    /// Starts the delivery, in a task of its own.
    pub fn start(outbox: Outbox, receiver: Receiver, log: Log) -> Self {
        let outbox = Arc::new(outbox);
        tokio::spawn(run(outbox.clone(), receiver, log));
        Self(outbox)
    }

    /// Waits a moment for the events that are left, and says it if that was not enough.
    pub async fn finish(self, mut lines: impl Write) {
        let is_delivered = async {
            while self.0.entries().is_ok_and(|entries| !entries.is_empty()) {
                tokio::time::sleep(POLL_PAUSE).await;
            }
        };
        if tokio::time::timeout(END_TIMEOUT, is_delivered).await.is_err() {
            let rest =
                "Not all events are delivered; with --data, the next start goes on with them.\n";
            let _ = lines.write_all(rest.as_bytes());
        }
    }
}

async fn run(outbox: Arc<Outbox>, receiver: Receiver, log: Log) {
    let tls = Provider::Rustls(CryptoMode::Ring);
    let connector = Connector::builder().tls_provider(tls).build();
    // The pause after an event that was not delivered.
    let mut retry_pause = None;
    loop {
        // What can't be read now can be at a later time.
        let entries = outbox.entries().unwrap_or_default();
        let (mut done, mut failed) = (None, false);
        for Entry { place, event } in entries {
            if let Some(event) = event {
                let (begin, attempt) = (Instant::now(), send(&event, &connector, &receiver).await);
                failed = matches!(attempt, Attempt::Failed(..));
                // A receiver may be away for long: say so once.
                if !failed || retry_pause.is_none() {
                    log_attempt(&log, &event, &attempt, begin.elapsed());
                }
                if failed {
                    break;
                }
                retry_pause = None;
            }
            done = Some(place);
        }
        // Until it is removed, it would be sent again.
        while done.is_some_and(|place| outbox.remove(place).is_err()) {
            tokio::time::sleep(REMOVE_PAUSE).await;
        }
        let pause = if failed {
            let longer = retry_pause.map_or(FIRST_PAUSE, |pause| MAX_PAUSE.min(pause * 2));
            *retry_pause.insert(longer)
        } else {
            POLL_PAUSE
        };
        tokio::time::sleep(pause).await;
    }
}

async fn send(event: &Event, connector: &Connector, receiver: &Receiver) -> Attempt {
    let body = serde_json::to_string(event).unwrap_or_default();
    let Ok(request) = receiver.request(body) else {
        return Attempt::Failed(0, "the URL of --events can't be used");
    };
    match tokio::time::timeout(RESPONSE_TIMEOUT, connector.call(request)).await {
        Err(_) => Attempt::Failed(0, "the receiver did not respond in time; trying again"),
        Ok(Err(_)) => Attempt::Failed(0, "the receiver can't be reached; trying again"),
        Ok(Ok(response)) => {
            let status = response.status().as_u16();
            // Only a connection whose response was read can be used again.
            let rest = ByteStream::new(response.into_body()).collect();
            let _ = tokio::time::timeout(RESPONSE_TIMEOUT, rest).await;
            match status {
                200..300 => Attempt::Delivered(status),
                408 | 429 | ..400 | 500.. => {
                    Attempt::Failed(status, "the receiver did not take this event; trying again")
                }
                _ => Attempt::Refused(status),
            }
        }
    }
}

fn log_attempt(log: &Log, event: &Event, attempt: &Attempt, took: Duration) {
    let (status, outcome, cause) = match *attempt {
        Attempt::Delivered(status) => (status, "Delivered", None),
        Attempt::Refused(status) => {
            (status, "Refused", Some("the receiver will not get this event"))
        }
        Attempt::Failed(status, cause) => (status, "NotDelivered", Some(cause)),
    };
    let detail = &event.detail;
    let line = RequestLine {
        operation: detail.event_type.trim_start_matches("chime:"),
        status,
        outcome,
        cause,
        meeting_id: Some(detail.meeting_id.clone()),
        attendee_id: detail.attendee_id.clone(),
        duration_ms: took.as_secs_f64() * 1e3,
        ..RequestLine::default()
    };
    log.request(SystemTime::now(), &line);
}
