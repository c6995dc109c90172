//! API Gateway verifies signatures for its own service name, `execute-api`, not for the API's.

use aws_sdk_chimesdkmeetings::Client;
use aws_sdk_chimesdkmeetings::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_chimesdkmeetings::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_chimesdkmeetings::error::BoxError;
use aws_types::SigningName;
use axum::Router;
use axum::extract::Request;
use tokio::sync::mpsc;

use crate::app::{chime_client, serve_routes};

/// An interceptor for a client's configuration.
#[derive(Debug)]
pub struct SignForTheGateway;

impl Intercept for SignForTheGateway {
    fn name(&self) -> &'static str {
        "SignForTheGateway"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SigningName::from_static("execute-api"));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_a_deployed_api_is_signed_for_the_gateway_and_contains_the_stage() {
    let (seen, mut requests) = mpsc::channel(1);
    let server = Router::new().fallback(move |request: Request| async move {
        let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
        seen.send((request.uri().path().to_owned(), authorization)).await.unwrap();
    });
    let url = serve_routes(server).await;
    let config = chime_client(&format!("{url}/prod")).config().to_builder();
    let chime = Client::from_conf(config.interceptor(SignForTheGateway).build());
    // Only the request matters: the response is not one of the API's.
    let _ = chime.get_meeting().meeting_id("x").send().await;
    let (path, authorization) = requests.recv().await.unwrap();
    assert_eq!(path, "/prod/meetings/x");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=any/"), "{authorization}");
    assert!(authorization.contains("/us-east-1/execute-api/aws4_request,"), "{authorization}");
}
