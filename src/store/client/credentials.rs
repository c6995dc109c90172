//! Where the function's credentials come from.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use lambda_http::http::HeaderValue;
use tokio::sync::OnceCell;

use super::{ATTEMPT_TIMEOUT, Connections};

/// How long the source may take: less than an attempt, so that its silence is not taken for
/// DynamoDB's.
const TIMEOUT: Duration = ATTEMPT_TIMEOUT.saturating_sub(Duration::from_millis(100));

/// The environment, where Lambda puts the credentials. Only if it has none, the default chain of
/// `aws-config`: that builds a client for each of its sources, with all that these need, which is a
/// third of the instructions of a start (docs/performance.md).
#[derive(Debug)]
pub(super) struct EnvironmentOrChain {
    config: ProviderConfig,
    chain: OnceCell<DefaultCredentialsChain>,
}

impl EnvironmentOrChain {
    /// The sources in this environment. The client is for those that are asked over HTTP.
    pub fn new(environment: &SdkConfig, client: Connections) -> Self {
        let config = ProviderConfig::without_region()
            .with_region(environment.region().cloned())
            .with_use_fips(environment.use_fips())
            .with_use_dual_stack(environment.use_dual_stack())
            .with_http_client(client);
        Self { config, chain: OnceCell::new() }
    }

    async fn load(&self) -> provider::Result {
        let environment = EnvironmentVariableCredentialsProvider::new();
        let credentials = match environment.provide_credentials().await {
            Err(CredentialsError::CredentialsNotLoaded(_)) => self.load_from_chain().await?,
            found => found?,
        };
        // The SDK does not check what it puts into headers.
        let is_valid = |text: &str| HeaderValue::from_bytes(text.as_bytes()).is_ok();
        if is_valid(credentials.access_key_id()) && credentials.session_token().is_none_or(is_valid)
        {
            Ok(credentials)
        } else {
            Err(CredentialsError::invalid_configuration("a character that no header has"))
        }
    }

    async fn load_from_chain(&self) -> provider::Result {
        let build = || DefaultCredentialsChain::builder().configure(self.config.clone()).build();
        let chain = self.chain.get_or_init(build).await;
        let loaded = tokio::time::timeout(TIMEOUT, chain.provide_credentials()).await;
        loaded.unwrap_or_else(|_| {
            let earlier = chain.fallback_on_interrupt();
            earlier.ok_or_else(|| CredentialsError::provider_timed_out(TIMEOUT))
        })
    }
}

impl ProvideCredentials for EnvironmentOrChain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}
