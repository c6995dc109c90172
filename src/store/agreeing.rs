//! A DynamoDB that agrees to everything, and keeps nothing.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;

use super::Store;
use super::memory::Memory;

impl Store {
    /// The same store, but that every request is answered here, as one that was done.
    pub fn agreeing(&self) -> Self {
        let config = self.client.config().to_builder();
        let config = config.http_client(SharedHttpClient::new(Agreeing)).build();
        Self { client: Client::from_conf(config), memory: Memory::default(), ..self.clone() }
    }
}

#[derive(Debug)]
struct Agreeing;

impl HttpClient for Agreeing {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self)
    }
}

impl HttpConnector for Agreeing {
    fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
        let done = StatusCode::try_from(200).map(|ok| HttpResponse::new(ok, "{}".into()));
        HttpConnectorFuture::ready(done.map_err(|error| ConnectorError::other(error.into(), None)))
    }
}
