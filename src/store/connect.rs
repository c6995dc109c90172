//! The client: what every request to DynamoDB may take.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use super::attempts::TellAttempts;

/// A connection is made within a few milliseconds in a region, or never.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// DynamoDB answers within milliseconds; an attempt that takes longer than this is lost, and both
/// writes can be repeated.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// More than fit into any invocation: it is its time that ends the attempts. Before that, the SDK's
/// own budget for repetitions does, which an outage of minutes uses up; then a request that fails is
/// answered at once, and successes fill it again.
const MAX_ATTEMPTS: u32 = 100;
/// The SDK's own first pause is up to a second, for services slower than DynamoDB. Each is random,
/// up to twice the one before.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
const LONGEST_BACKOFF: Duration = Duration::from_secs(1);

/// A client as the environment sets it up: region, credentials, and `AWS_ENDPOINT_URL_DYNAMODB`
/// for another DynamoDB.
pub async fn connect() -> Client {
    let http = http_client();
    let environment = aws_config::from_env().http_client(http.clone()).load().await;
    Client::from_conf(with_limits(Builder::from(&environment)).http_client(http).build())
}

/// The HTTP client, whose making is most of a client's: built once and shared.
///
/// With ring: the SDK's default, aws-lc, spends its first 25 ms of CPU on entropy, which is a third
/// of a second on a function of 128 MB.
pub fn http_client() -> SharedHttpClient {
    let ring = Provider::Rustls(CryptoMode::Ring);
    aws_smithy_http_client::Builder::new().tls_provider(ring).build_https()
}

/// The time limits and retries of every request, and what tells of its attempts.
pub fn with_limits(config: Builder) -> Builder {
    config
        .interceptor(TellAttempts)
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
}
