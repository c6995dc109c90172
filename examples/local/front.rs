//! A very small API Gateway: HTTP in, a request of `lambda_http` through the service, HTTP out.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use lambda_http::http::StatusCode;
use rollcall::Service;
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::request::{context, request};

/// API Gateway's limit.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// API Gateway's time for an integration, by default.
pub const TIME: Duration = Duration::from_secs(29);
/// Gives meetings an ARN.
const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:rollcall";

/// What a request that is under way may still take when the server is to stop.
const LAST_SECONDS: Duration = Duration::from_secs(2);

/// Serves the function, which has `time` for each request, until `shutdown` is done, then ends what
/// is under way. A request that does not end, such as half a one, is left behind.
pub async fn serve(
    listener: TcpListener,
    service: Arc<Service>,
    time: Duration,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = Router::new().fallback(forward).with_state((service, time));
    let (stop, stopped) = tokio::sync::watch::channel(());
    let has_stopped = |mut stopped: tokio::sync::watch::Receiver<()>| async move {
        // An error means that the sender is gone, which is the same.
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
        () = async { late.await; tokio::time::sleep(LAST_SECONDS).await } => Ok(()),
    }
}

async fn forward(
    State((service, time_left)): State<(Arc<Service>, Duration)>,
    received: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let (parts, body) = received.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else { return too_large(&request_id) };
    let lambda_request_id = Uuid::new_v4().to_string();
    let context = context(&lambda_request_id, FUNCTION_ARN, service.clock(), time_left);
    let answer = service.answer(request(parts, body.into(), &request_id, context)).await;
    answer.map(|body| Body::from(body.to_vec()))
}

/// What the gateway itself would answer, in the form of the deployed one.
fn too_large(request_id: &str) -> Response {
    let body = json!({
        "Code": "BadRequestException",
        "Message": "The request body is too large",
        "RequestId": request_id,
    });
    let headers = [
        ("content-type", "application/json"),
        ("x-amzn-errortype", "BadRequestException"),
        ("x-amzn-requestid", request_id),
    ];
    (StatusCode::BAD_REQUEST, headers, body.to_string()).into_response()
}
