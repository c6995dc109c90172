//! The HTTP client, and when it stops using the connections that it has open.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};
use tokio::time::Instant;

use super::{ATTEMPT_TIMEOUT, roots};

/// An HTTP client whose connections can be replaced; at first it has none. Clones share them.
///
/// It uses ring for TLS. The SDK's default, aws-lc, spends its first 25 ms of CPU on gathering
/// entropy, which is a third of a second on a function with 128 MB.
///
/// It builds its connector, including TLS, when it is first needed. The SDK's own client builds
/// another connector for each SDK client that is configured, only to validate that it can. That is
/// a fifth of the instructions of a start (docs/performance.md).
#[derive(Clone, Debug, Default)]
pub struct Connections(Arc<Mutex<Pool>>);

#[derive(Debug)]
struct Pool {
    client: SharedHttpClient,
    created: Instant,
}

impl Connections {
    /// Leaves all open connections behind, after an attempt that got no response. Whatever silenced
    /// its connection, such as the loss of a load balancer's node, has probably silenced the idle
    /// ones too, and each would cost another attempt. Connections that were opened after the
    /// attempt began are kept, so that of many attempts that fail at once only one has an effect.
    pub(super) fn replace(&self) {
        let mut pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.created.elapsed() >= ATTEMPT_TIMEOUT {
            *pool = Pool::default();
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        let trust = roots::trust_store(|name| std::env::var_os(name));
        // This can't fail for this provider. If it ever does, the default trusts the system's roots.
        let context = TlsContext::builder().with_trust_store(trust).build().unwrap_or_default();
        let client = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context)
            .build_https();
        Self { client, created: Instant::now() }
    }
}

impl HttpClient for Connections {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let pool = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pool.client.http_connector(settings, components)
    }
}
