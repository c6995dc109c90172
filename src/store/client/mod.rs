//! The DynamoDB client: how it connects, what limits its requests, and when it retries them.
//!
//! There are three limits:
//!
//! - **One attempt** ends after [`ATTEMPT_TIMEOUT`]; connecting ends after [`CONNECT_TIMEOUT`].
//! - **One request to this service** ends when its time runs out, however many writes and attempts
//!   it made ([`crate::service`]). Nothing else limits the attempts, because all writes of a
//!   request share one time, which a number of attempts per write can't express. An attempt that
//!   begins shortly before the end does no harm: every write can be repeated, whether that attempt
//!   was applied or not. For the same reason no time is reserved for the second write: a caller
//!   that retries finds its seat.
//! - **One instance** makes at most [`RETRY_BURST`] retries in a burst, for all its requests
//!   together. Every [`SUCCESSES_PER_RETRY`] successes allow one more retry, and so does every
//!   second. During an outage, an instance therefore sends DynamoDB little more than the requests
//!   of its callers. When the budget is used up, a request that fails is an error at once. The
//!   SDK's default budget is not suitable: only successes refill it, so an instance with few
//!   requests would stay without retries for long, and all clients of a process share it.
//!
//! The pause before a retry is random: up to [`INITIAL_BACKOFF`] before the first, then up to twice
//! the previous limit, and never more than [`MAX_BACKOFF`]. An attempt that follows one without a
//! response opens a new connection ([`Connections`]).

mod attempts;
mod connections;
mod credentials;
mod endpoint;
pub(super) mod failure;
mod retries;
mod roots;

use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::ProvideRegion as _;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, StalledStreamProtectionConfig};

use attempts::AttemptWatch;
pub use connections::Connections;
use credentials::EnvironmentOrChain;
pub use retries::LastFailure;
use retries::RetryClassifier;

use crate::settings::SettingsError;

/// Within a region a connection takes a few milliseconds. One that takes longer than this never
/// succeeds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long one attempt may take. DynamoDB responds within milliseconds; an attempt that takes
/// longer than this is lost. The limit is not shorter, because the first attempt of an instance
/// with the smallest CPU spends most of a second on TLS, and a retry would spend it again.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// The longest pause before the first retry. The SDK's default is a second, for services that are
/// slower than DynamoDB.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause before any retry.
const MAX_BACKOFF: Duration = Duration::from_secs(1);
/// More attempts than fit into any invocation, because only time should limit them. The SDK counts
/// up to this number for every request, so it can't be infinite.
const MAX_ATTEMPTS: u32 = 100;
/// How many retries an instance makes in a burst: as many as one request needs if everything fails
/// during all of its 29 seconds, and as many again.
const RETRY_BURST: usize = 100;
/// How many requests must succeed at their first attempt to allow another retry.
const SUCCESSES_PER_RETRY: u32 = 5;

/// Creates a client from the environment. Region and endpoint come from the default chain of
/// `aws-config`, as in every AWS SDK; `AWS_ENDPOINT_URL_DYNAMODB` sets another endpoint.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
///
/// The error is about root certificates that can't be read, or an endpoint that can't be right.
pub async fn connect() -> Result<Client, SettingsError> {
    roots::check(|name| std::env::var_os(name))?;
    let to_sources = Connections::default();
    let mut environment = aws_config::defaults(BehaviorVersion::latest())
        .http_client(to_sources.clone())
        // Else `aws-config` reads settings that have no effect here, and panics at some of them.
        .retry_config(RetryConfig::standard())
        .no_credentials();
    // The first source of the default chain, whose other sources take a client to make.
    if let Some(region) = EnvironmentVariableRegionProvider::new().region().await {
        environment = environment.region(region);
    }
    let environment = environment.load().await;
    endpoint::check(&environment)?;
    let credentials = EnvironmentOrChain::new(&environment, to_sources);
    let config = Builder::from(&environment).credentials_provider(credentials);
    Ok(Client::from_conf(with_limits(config).build()))
}

/// Adds the time limits and the retries described at the top of this file to a configuration, and an
/// HTTP client.
pub fn with_limits(config: Builder) -> Builder {
    let connections = Connections::default();
    config
        .http_client(connections.clone())
        .interceptor(AttemptWatch(connections))
        .retry_classifier(RetryClassifier)
        // It would notice a slow body after 20 seconds, when the attempt is long over.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT_TIMEOUT)
                .operation_attempt_timeout(ATTEMPT_TIMEOUT)
                .build(),
        )
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(MAX_ATTEMPTS)
                .with_initial_backoff(INITIAL_BACKOFF)
                .with_max_backoff(MAX_BACKOFF),
        )
        .retry_partition(RetryPartition::custom("rollcall").token_bucket(retry_budget()).build())
}

/// The retries of one client, counted in tokens. The SDK adds one token for each success.
fn retry_budget() -> TokenBucket {
    let cost = SUCCESSES_PER_RETRY;
    TokenBucket::builder()
        .capacity(RETRY_BURST * cost as usize)
        .retry_cost(cost)
        .throttling_retry_cost(cost)
        .timeout_retry_cost(cost)
        .refill_rate(cost as f32)
        .build()
}
