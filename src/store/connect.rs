//! The client: what every request to DynamoDB may take, and how often it is repeated.
//!
//! Three limits, from the inside out:
//!
//! - **An attempt** ends after [`ATTEMPT_TIMEOUT`], its connection after [`CONNECT_TIMEOUT`].
//! - **A request of a caller** ends when the time for it does, however many writes and attempts it
//!   has come to ([`crate::service`]). That is the only limit of the attempts, because the writes of
//!   a request share one time, which no number of attempts for each can express. An attempt that
//!   begins shortly before the end costs nothing: whether it was applied or not, every write can be
//!   repeated. So nothing is held back for the second write either; a caller who comes again finds
//!   its seat.
//! - **An instance** repeats at most [`REPETITIONS`] times in a burst, whatever its requests ask
//!   for; [`SUCCESSES_A_REPETITION`] successes give one repetition back, and so does every second. An
//!   outage so gets from each instance little more than its callers send; when the budget is used up,
//!   a request that fails is answered at once. The SDK's own budget knows successes only, so that an
//!   instance that is seldom called would not come back for long, and is shared by all clients of a
//!   process.
//!
//! Between attempts passes a random time of up to [`FIRST_BACKOFF`], then of up to twice the limit
//! before, up to [`LONGEST_BACKOFF`].

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Builder, HttpClient, RuntimeComponents, SharedHttpClient,
};
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};

use super::attempts::ReadAttempts;
use super::roots;

/// A connection is made within a few milliseconds in a region, or never.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// DynamoDB answers within milliseconds; an attempt that takes longer than this is lost. Not less,
/// because the first attempt of an instance with the smallest CPU spends most of a second on TLS,
/// and would spend it again.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// The SDK's own first pause is up to a second, for services slower than DynamoDB.
pub const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause.
pub const LONGEST_BACKOFF: Duration = Duration::from_secs(1);
/// More than fit into any invocation, whose time is what ends the attempts. The SDK counts up to
/// this number for every request, so it can't be endless.
const MAX_ATTEMPTS: u32 = 100;
/// How often an instance repeats in a burst: what one request can need while all of its 29 seconds
/// fail, and as much again.
pub const REPETITIONS: usize = 100;
/// After how many requests that succeeded at once it has another repetition.
pub const SUCCESSES_A_REPETITION: u32 = 5;

/// A client as the environment sets it up: region, credentials and endpoint come from the default
/// chain of `aws-config`, as for every AWS SDK. `AWS_ENDPOINT_URL_DYNAMODB` names another DynamoDB.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
pub async fn connect() -> Client {
    let environment =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http_client()).load().await;
    Client::from_conf(with_limits(Builder::from(&environment)).build())
}

/// The HTTP client of DynamoDB and of whatever hands out credentials.
///
/// With ring: the SDK's default, aws-lc, spends its first 25 ms of CPU on entropy, which is a third
/// of a second on a function of 128 MB.
pub fn http_client() -> SharedHttpClient {
    let trust = roots::trust_store(|name| std::env::var_os(name));
    // Building it can't fail for this provider; if it ever does, the system's roots do as well.
    let context = TlsContext::builder().with_trust_store(trust).build().unwrap_or_default();
    let client = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https();
    SharedHttpClient::new(BuiltOnce(client))
}

/// Makes its connector, with all of TLS, when it is first needed. The SDK's own client makes one more
/// for each SDK client that is configured, only to see that it can: a fifth of the instructions of a
/// start (docs/performance.md).
#[derive(Debug)]
struct BuiltOnce(SharedHttpClient);

impl HttpClient for BuiltOnce {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }
}

/// The time limits and repetitions of every request.
pub fn with_limits(config: Builder) -> Builder {
    config
        .retry_classifier(ReadAttempts)
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                .with_initial_backoff(FIRST_BACKOFF)
                .with_max_backoff(LONGEST_BACKOFF),
        )
        .retry_partition(RetryPartition::custom("rollcall").token_bucket(budget()).build())
}

/// The repetitions of one client. The SDK gives one token for a success.
fn budget() -> TokenBucket {
    let cost = SUCCESSES_A_REPETITION;
    TokenBucket::builder()
        .capacity(REPETITIONS * cost as usize)
        .retry_cost(cost)
        .throttling_retry_cost(cost)
        .timeout_retry_cost(cost)
        .refill_rate(cost as f32)
        .build()
}
