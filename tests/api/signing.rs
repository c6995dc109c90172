//! How a deployed API wants to be called.

use aws_sdk_chimesdkmeetings::Client;
use axum::Router;
use axum::extract::Request;
use tokio::sync::mpsc;

#[path = "../deployed/signing.rs"]
mod gateway;

use crate::world::{chime_client, listen};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_a_deployed_api_is_signed_for_the_gateway_and_holds_the_stage() {
    let (seen, mut requests) = mpsc::channel(1);
    let app = Router::new().fallback(move |request: Request| async move {
        let authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
        seen.send((request.uri().path().to_owned(), authorization)).await.unwrap();
    });
    let (listener, url) = listen().await;
    tokio::spawn(async move { axum::serve(listener, app).await });

    let config = chime_client(&format!("{url}/prod")).config().to_builder();
    let chime = Client::from_conf(config.interceptor(gateway::SignForTheGateway).build());
    // The answer is none of the API's; the request is what counts.
    let _ = chime.get_meeting().meeting_id("x").send().await;
    let (path, authorization) = requests.recv().await.unwrap();
    assert_eq!(path, "/prod/meetings/x");
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=any/"), "{authorization}");
    assert!(authorization.contains("/us-east-1/execute-api/aws4_request,"), "{authorization}");
}
