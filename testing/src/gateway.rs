//! A small API Gateway: it receives HTTP requests, passes them to the service and sends its answers.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http_body_util::LengthLimitError;
use lambda_http::http::StatusCode;
use rollcall::Service;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use uuid::Uuid;

use crate::request::{context, request};

/// API Gateway's limit, in bytes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const MAX_BODY: usize = 10 * 1024 * 1024;
/// API Gateway's default timeout of an integration.
pub const TIMEOUT: Duration = Duration::from_secs(29);
/// Its region and account become those of the meetings' ARNs.
const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:rollcall";
/// How long a shutdown waits for requests in progress.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Serves requests, each with this timeout, until `shutdown` completes. Requests in progress may then
/// finish within two seconds; a request that is still incomplete after that is dropped.
///
/// # Errors
/// The listener fails.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    timeout: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = Router::new().fallback(forward).with_state((service, timeout));
    let (stop, stopped) = watch::channel(());
    let has_stopped = |mut stopped: watch::Receiver<()>| async move {
        // The sender never sends. The error of `changed` means that it was dropped.
        let _ = stopped.changed().await;
    };
    let late = has_stopped(stopped.clone());
    let serving = axum::serve(listener, app).with_graceful_shutdown(has_stopped(stopped));
    tokio::spawn(async move {
        shutdown.await;
        drop(stop);
    });
    tokio::select! {
        served = serving => served,
        () = async { late.await; tokio::time::sleep(SHUTDOWN_TIMEOUT).await } => Ok(()),
    }
}

async fn forward(
    State((service, timeout)): State<(Arc<Service>, Duration)>,
    received: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let (parts, body) = received.into_parts();
    let body = match to_bytes(body, MAX_BODY).await {
        Ok(body) => body.into(),
        Err(error) if error.source().is_some_and(|cause| cause.is::<LengthLimitError>()) => {
            return bad_request(&request_id, "The request body is too large");
        }
        Err(_) => return bad_request(&request_id, "The request body could not be read"),
    };
    let lambda_request_id = Uuid::new_v4().to_string();
    let context = context(&lambda_request_id, FUNCTION_ARN, service.clock(), timeout);
    let answer = service.answer(request(parts, body, &request_id, context)).await;
    answer.map(|body| Body::from(body.to_vec()))
}

/// The gateway's own answer, in the form of the deployed gateway's.
fn bad_request(request_id: &str, message: &str) -> Response {
    let body = json!({"Code": "BadRequestException", "Message": message, "RequestId": request_id});
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-errortype", "BadRequestException"),
        ("x-amzn-requestid", request_id),
    ];
    (StatusCode::BAD_REQUEST, headers, body.to_string()).into_response()
}
