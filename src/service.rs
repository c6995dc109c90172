//! From an event to its answer, whatever the event holds and whatever happens on the way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::clock::Clock;
use crate::error::Error;
use crate::gateway::{Answer, Form, Request};
use crate::log::{Log, RequestLine};
use crate::operations::{Call, Facts, Operation};
use crate::panics;
use crate::rest_json;
use crate::settings::Settings;
use crate::store::{Attempts, Store};

/// What an invocation may take where Lambda does not say: the time after which API Gateway gives
/// up by default.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const LONGEST: Duration = Duration::from_secs(29);
/// What is left of an invocation's time to render, log and send the answer.
pub const MARGIN: Duration = Duration::from_millis(300);

/// The service, built once and used for every request, also for many at a time.
pub struct Service {
    store: Store,
    clock: Clock,
    settings: Settings,
    log: Log,
    has_answered: AtomicBool,
}

/// What the platform says of one invocation.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The platform's own id of it.
    pub request_id: String,
    /// The function's ARN; empty where it has none.
    pub function_arn: String,
    /// What is left until the platform ends it.
    pub time_left: Duration,
}

impl Invocation {
    /// Reads Lambda's context. A deadline that has passed is none: Lambda sends no such thing, but
    /// `cargo lambda watch` sends ten minutes after the beginning of 1970.
    pub fn new(context: &lambda_runtime::Context, clock: &Clock) -> Self {
        let since_1970 = clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let deadline = Duration::from_millis(context.deadline);
        Self {
            request_id: context.request_id.clone(),
            function_arn: context.invoked_function_arn.clone(),
            time_left: deadline.checked_sub(since_1970).unwrap_or(LONGEST),
        }
    }
}

impl Service {
    /// A service on these tables.
    pub fn new(store: Store, clock: Clock, settings: Settings, log: Log) -> Self {
        Self { store, clock, settings, log, has_answered: AtomicBool::new(false) }
    }

    /// The clock, which also tells how much time an invocation has left.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The log, for what happens beside requests.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Answers an event, and logs one line of it. There is no error: what is none of the API's
    /// would be a 502 at the gateway.
    pub async fn answer(&self, event: &str, invocation: &Invocation) -> Answer {
        let start = Instant::now();
        let cold_start = !self.has_answered.swap(true, Ordering::Relaxed);
        let request = Request::read(event);
        let from_gateway = request.as_ref().and_then(|request| request.request_id.as_deref());
        let request_id = from_gateway.unwrap_or(&invocation.request_id);
        let found = request.as_ref().and_then(Operation::find);
        let operation = found.as_ref().map_or("Unknown", |found| found.operation.name());

        let mut facts = Facts::default();
        let outcome = match (&request, found) {
            (None, _) => Err(Error::BadRequest("The event is no HTTP request")),
            (Some(_), None) => Err(Error::UnknownOperation),
            (Some(request), Some(found)) => {
                let call = Call {
                    store: &self.store,
                    clock: &self.clock,
                    settings: &self.settings,
                    function_arn: &invocation.function_arn,
                    facts: &mut facts,
                };
                let time = invocation.time_left.min(LONGEST).saturating_sub(MARGIN);
                // Boxed: the SDK's futures nest deeper than the compiler follows by default.
                in_time(time, Box::pin(found.run(request, call))).await
            }
        };
        let (response, error) = rest_json::response(outcome, request_id);

        let error = error.as_ref();
        self.log.request(
            self.clock.now(),
            &RequestLine {
                request_id,
                lambda_request_id: from_gateway.map(|_| invocation.request_id.as_str()),
                operation,
                status: response.status,
                outcome: error.map_or("Success", Error::name),
                cause: error.and_then(Error::cause).or(facts.left_undone.as_deref()),
                meeting_id: facts.meeting_id.map(|id| id.to_string()),
                attendee_id: facts.attendee_id.map(|id| id.to_string()),
                replay: facts.replay,
                duration_ms: (start.elapsed().as_secs_f64() * 1e6).round() / 1e3,
                cold_start,
            },
        );
        Answer::new(request.map_or(Form::RestApi, |request| request.form), response)
    }
}

/// What the operation says, or the error for one that panics or takes too long.
async fn in_time<T>(
    time: Duration,
    operation: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let attempts = Attempts::default();
    match tokio::time::timeout(time, attempts.watch(panics::catch(operation))).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            let place = panic.place.unwrap_or_else(|| "a place that is not known".to_owned());
            Err(Error::Failure(format!("panic at {place}").into()))
        }
        Err(_) => Err(attempts.out_of_time()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time_left(deadline: u64) -> Duration {
        let clock = Clock::new(|| UNIX_EPOCH + Duration::from_millis(1_800_000_000_000));
        let mut context = lambda_runtime::Context::default();
        context.deadline = deadline;
        Invocation::new(&context, &clock).time_left
    }

    #[test]
    fn an_invocation_has_until_its_deadline_unless_that_has_passed() {
        assert_eq!(time_left(1_800_000_010_000), Duration::from_secs(10));
        assert_eq!(time_left(1_800_000_000_000), Duration::ZERO);
        assert_eq!(time_left(600_000), LONGEST);
    }
}
