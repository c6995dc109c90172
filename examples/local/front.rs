//! A very small API Gateway: HTTP in, a REST proxy event through the function, HTTP out.
//!
//! The event is made as the gateway makes it and read by the code that runs in production, so that
//! what is tried here is what is deployed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall::{Invocation, Service};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

/// API Gateway's limit.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html>
const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// API Gateway's time for an integration, by default.
pub const TIME: Duration = Duration::from_secs(29);
const STAGE: &str = "local";
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
    request: Request,
) -> Response {
    let request_id = Uuid::new_v4().to_string();
    let (parts, body) = request.into_parts();
    let answer = match to_bytes(body, LARGEST_BODY).await {
        Err(_) => too_large(&request_id),
        Ok(body) => {
            let invocation = Invocation {
                request_id: Uuid::new_v4().to_string(),
                function_arn: FUNCTION_ARN.to_owned(),
                time_left,
            };
            let event = event(&parts, &body, &request_id).to_string();
            serde_json::to_value(service.answer(&event, &invocation).await).unwrap_or_default()
        }
    };
    response(&answer)
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-input-format>
fn event(parts: &Parts, body: &[u8], request_id: &str) -> Value {
    let path = parts.uri.path();
    let query = parts.uri.query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes()).into_owned();
    let headers = parts.headers.iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    let (headers, query) = (lists(headers), lists(query));
    let text = std::str::from_utf8(body);
    json!({
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": parts.method.as_str(),
        "headers": last_of(&headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last_of(&query),
        "multiValueQueryStringParameters": query,
        "pathParameters": { "proxy": path.strip_prefix('/').unwrap_or(path) },
        "stageVariables": null,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": STAGE,
            "httpMethod": parts.method.as_str(),
            "identity": { "sourceIp": "127.0.0.1" },
            "path": format!("/{STAGE}{path}"),
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "resourcePath": "/{proxy+}",
            "stage": STAGE,
        },
        "body": text.map_or_else(|_| STANDARD.encode(body), str::to_owned),
        "isBase64Encoded": text.is_err(),
    })
}

type Lists = BTreeMap<String, Vec<String>>;

fn lists(pairs: impl Iterator<Item = (String, String)>) -> Lists {
    let mut lists = Lists::new();
    for (name, value) in pairs {
        lists.entry(name).or_default().push(value);
    }
    lists
}

fn last_of(lists: &Lists) -> BTreeMap<&str, &str> {
    lists
        .iter()
        .filter_map(|(name, values)| Some((name.as_str(), values.last()?.as_str())))
        .collect()
}

/// What the gateway itself would answer, in the form of the deployed one.
fn too_large(request_id: &str) -> Value {
    let body = json!({
        "Code": "BadRequest",
        "Message": "The request body is too large",
        "RequestId": request_id,
    });
    json!({
        "statusCode": 400,
        "headers": {
            "Content-Type": "application/json",
            "x-amzn-ErrorType": "BadRequestException",
            "x-amzn-RequestId": request_id,
        },
        "body": body.to_string(),
    })
}

/// Reads the function's answer as the gateway does: what it can't use is a 502.
fn response(answer: &Value) -> Response {
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let mut response = Response::builder().status(status.unwrap_or(502));
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().unwrap_or_default());
    }
    let body = answer["body"].as_str().unwrap_or_default().to_owned();
    response.body(Body::from(body)).unwrap_or_else(|_| bad_gateway())
}

fn bad_gateway() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = axum::http::StatusCode::BAD_GATEWAY;
    response
}
