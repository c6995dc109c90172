//! Turns each request into one response and one log line, whatever the request contains and whatever
//! fails.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_http::http::header::CONTENT_TYPE;
use lambda_http::http::{HeaderValue, Method};
use lambda_http::{
    Adapter, Body, Context, LambdaEvent, Request, RequestExt as _, Response, service_fn, tower,
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::clock::Clock;
use crate::error::Error;
use crate::gateway::{self, EventGuard};
use crate::log::{Log, RequestLine, StartLine};
use crate::operations::{self, LogFields, Match};
use crate::panics;
use crate::rest_json::{self, Success};
use crate::settings::Settings;
use crate::store::{LastFailure, Store};

/// The time of an invocation where Lambda sets no deadline: API Gateway's default timeout.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const MAX_INVOCATION: Duration = Duration::from_secs(29);
/// The most time that the warm-up adds to a start.
const WARM_UP_TIMEOUT: Duration = Duration::from_secs(1);
/// The part of an invocation's time that is reserved for rendering, logging and sending the response.
pub const MARGIN: Duration = Duration::from_millis(300);

/// The service. One instance handles all requests, also concurrent ones.
pub struct Service {
    store: Store,
    clock: Clock,
    settings: Settings,
    log: Log,
    has_responded: AtomicBool,
}

impl Service {
    /// A service with these parts.
    pub fn new(store: Store, clock: Clock, settings: Settings, log: Log) -> Self {
        Self { store, clock, settings, log, has_responded: AtomicBool::new(false) }
    }

    /// The clock that deadlines of invocations are compared with.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The function that Lambda runs: from a gateway's event to the response in the gateway's format.
    pub fn function(
        &self,
    ) -> impl tower::Service<
        LambdaEvent<Box<RawValue>>,
        Response = impl Serialize + use<'_>,
        Error = Infallible,
        Future: Send,
    > + use<'_> {
        let handler = service_fn(|request: Request| async {
            Ok::<_, Infallible>(self.respond(request).await)
        });
        EventGuard(Adapter::from(handler))
    }

    /// Responds to a request and logs one line. It never fails, because a gateway turns a failed function into
    /// a 502, which the API does not have.
    pub async fn respond(&self, request: Request) -> Response<Body> {
        let start = Instant::now();
        let cold_start = !self.has_responded.swap(true, Ordering::Relaxed);
        let context = request.lambda_context_ref().cloned().unwrap_or_default();
        let from_gateway = gateway::request_id(&request);
        let request_id = from_gateway.unwrap_or(&context.request_id);
        let found = operations::find(&request, &self.settings.base_path);
        let operation = found.as_ref().map_or("Unknown", |found| found.operation.name);

        let mut log_fields = LogFields::default();
        let outcome = match found {
            // The guard replaces an event that can't be converted with one that has no path.
            None if request.raw_http_path().is_empty() => {
                Err(Error::BadRequest("The gateway's event cannot be read"))
            }
            None => Err(Error::UnknownOperation),
            Some(found) => {
                let time = time_left(&context, self.clock.now()).saturating_sub(MARGIN);
                self.run(found, &request, &context, time, &mut log_fields).await
            }
        };
        let (response, error) = rest_json::response(outcome, request_id);

        let error = error.as_ref();
        let refusal = error.filter(|error| error.cause().is_none()).map(Error::message);
        self.log.request(
            self.clock.now(),
            &RequestLine {
                request_id,
                lambda_request_id: from_gateway.map(|_| context.request_id.as_str()),
                operation,
                status: response.status().as_u16(),
                outcome: error.map_or("Success", Error::name),
                reason: refusal.as_deref(),
                cause: error.and_then(Error::cause).or(log_fields.warning.as_deref()),
                meeting_id: log_fields.meeting_id.map(|id| id.to_string()),
                attendee_id: log_fields
                    .attendee_id
                    .or(error.and_then(Error::attendee_id))
                    .map(|id| id.to_string()),
                replay: log_fields.replay,
                duration_ms: (start.elapsed().as_secs_f64() * 1e6).round() / 1e3,
                cold_start,
            },
        );
        response
    }

    /// Logs that an instance has started, with its version, region and tables, and what is doubtful in its
    /// settings.
    pub fn log_start(&self) {
        self.log.start(
            self.clock.now(),
            &StartLine {
                version: env!("CARGO_PKG_VERSION"),
                region: self.store.region(),
                meetings_table: &self.settings.meetings_table,
                attendees_table: &self.settings.attendees_table,
            },
        );
        if let Some(warning) = self.settings.warning() {
            self.log.warning(self.clock.now(), warning, None);
        }
    }

    /// Runs a CreateAttendee in a meeting that cannot exist, so that the code is loaded and the connection
    /// to DynamoDB is open before the first request. It takes at most one second, changes nothing, and logs
    /// no request. A permanent fault, such as a missing permission, is logged as a warning.
    pub async fn warm_up(&self) {
        let mut request = Request::new(Body::from(r#"{"ExternalUserId":"warm-up"}"#))
            .with_raw_http_path(format!("/meetings/{}/attendees", uuid::Uuid::nil()));
        *request.method_mut() = Method::POST;
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(found) = operations::find(&request, "") {
            let (context, mut log_fields) = (Context::default(), LogFields::default());
            let outcome =
                self.run(found, &request, &context, WARM_UP_TIMEOUT, &mut log_fields).await;
            if let Err(Error::Failure(cause)) = outcome {
                self.log.warning(self.clock.now(), "warm-up failed", Some(&cause));
            }
        }
    }

    /// Runs an operation. A timeout and a panic become errors.
    async fn run(
        &self,
        found: Match,
        request: &Request,
        context: &Context,
        time: Duration,
        log: &mut LogFields,
    ) -> Result<Success, Error> {
        let context = operations::Context {
            store: &self.store,
            clock: &self.clock,
            settings: &self.settings,
            function_arn: &context.invoked_function_arn,
            log,
        };
        in_time(time, found.run(request, context)).await
    }
}

/// The time until Lambda ends the invocation. A deadline in the past is ignored: Lambda never sends one,
/// but `cargo lambda watch` sends 600,000 ms, as if the epoch were now.
fn time_left(context: &Context, now: SystemTime) -> Duration {
    let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let deadline = Duration::from_millis(context.deadline);
    deadline.checked_sub(since_1970).unwrap_or(MAX_INVOCATION).min(MAX_INVOCATION)
}

/// The outcome of the operation, or the error for one that panics or takes too long.
async fn in_time<T>(
    time: Duration,
    operation: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let last_failure = LastFailure::default();
    match tokio::time::timeout(time, last_failure.watch(panics::catch(operation))).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => Err(Error::Failure(panic.to_string().into())),
        Err(_) => Err(last_failure.out_of_time()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_has_until_its_deadline_unless_that_has_passed() {
        let now = UNIX_EPOCH + Duration::from_millis(1_800_000_000_000);
        let time_left = |deadline| {
            let mut context = Context::default();
            context.deadline = deadline;
            time_left(&context, now)
        };
        assert_eq!(time_left(1_800_000_010_000), Duration::from_secs(10));
        assert_eq!(time_left(1_800_000_000_000), Duration::ZERO);
        assert_eq!(time_left(600_000), MAX_INVOCATION);
        assert_eq!(time_left(1_900_000_000_000), MAX_INVOCATION);
    }
}
