//! The client: what every request to DynamoDB may take.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// A connection is made within a few milliseconds in a region, or never.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// DynamoDB answers within milliseconds; an attempt that takes longer than this is lost, and both
/// writes can be repeated.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// With the backoff below, which has jitter, one to three seconds of failures that come at once.
/// Not more, so that an answer tells whether it was throttling or an outage, and a caller whose own
/// SDK repeats requests is not kept from it.
const MAX_ATTEMPTS: u32 = 8;
/// The SDK's own first pause is up to a second, for services slower than DynamoDB.
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

/// The time limits and retries of every request.
pub fn with_limits(config: Builder) -> Builder {
    config
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
