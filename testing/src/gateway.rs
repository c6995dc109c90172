//! A small API Gateway: it receives HTTP requests, passes them to the service and sends its responses.

use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http_body_util::LengthLimitError;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use lambda_http::http::StatusCode;
use rollcall::Service;
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::request::{context, request};

/// API Gateway's limit, in bytes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const MAX_BODY: usize = 10 * 1024 * 1024;
/// API Gateway's default timeout of an integration.
pub const TIMEOUT: Duration = Duration::from_secs(29);
/// How long a client may take for the head of a request, which is also how long a connection may stay
/// idle, and for its body.
pub const CLIENT_TIMEOUT: Duration = Duration::from_secs(60);
/// Its region and account become those of the meetings' ARNs and of their events.
pub const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:rollcall";
/// How long a shutdown waits for requests in progress.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);
/// The pause after a connection that could not be accepted, for example because too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Every path of the API. Each request has this timeout.
pub fn routes(service: Arc<Service>, timeout: Duration) -> Router {
    Router::new().fallback(forward).with_state((service, timeout))
}

/// Serves requests until `shutdown` completes. Requests in progress may then finish within two seconds; a
/// request that is still incomplete after that is dropped.
pub async fn serve(listener: TcpListener, routes: Router, shutdown: impl Future<Output = ()>) {
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(CLIENT_TIMEOUT);
    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let service = TowerToHyperService::new(routes.clone());
        // An error means that the client has gone, was too slow, or did not send HTTP.
        tokio::spawn(connections.watch(server.serve_connection(TokioIo::new(stream), service)));
    }
    drop(listener);
    let _ = tokio::time::timeout(SHUTDOWN_TIMEOUT, connections.shutdown()).await;
}

async fn forward(
    State((service, timeout)): State<(Arc<Service>, Duration)>,
    received: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let bad_request =
        |message| refusal(StatusCode::BAD_REQUEST, "BadRequestException", message, &request_id);
    let (parts, body) = received.into_parts();
    let body = match tokio::time::timeout(CLIENT_TIMEOUT, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => body.into(),
        Ok(Err(error)) if error.source().is_some_and(|cause| cause.is::<LengthLimitError>()) => {
            return bad_request("The request body is too large");
        }
        Ok(Err(_)) => return bad_request("The request body could not be read"),
        Err(_) => return bad_request("The request body did not arrive in time"),
    };
    let lambda_request_id = Uuid::new_v4().to_string();
    let context = context(&lambda_request_id, FUNCTION_ARN, service.clock(), timeout);
    let response = service.respond(request(parts, body, &request_id, context)).await;
    response.map(|body| Body::from(body.to_vec()))
}

/// An error that is not the service's, in the form of the deployed gateway's.
pub fn refusal(status: StatusCode, name: &str, message: &str, request_id: &str) -> Response {
    let body = json!({"Code": name, "Message": message, "RequestId": request_id});
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-errortype", name),
        ("x-amzn-requestid", request_id),
    ];
    (status, headers, body.to_string()).into_response()
}
