//! Requests as `lambda_http` converts them from events of an API Gateway REST API.

use std::time::{Duration, UNIX_EPOCH};

use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyRequestContext;
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::http::{self, request::Parts};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Context, Request, RequestExt as _};
use rollcall::{Clock, Service};
use serde_json::Value;

/// The request of a caller, with the gateway's request id and Lambda's context.
pub fn request(parts: Parts, body: Vec<u8>, request_id: &str, context: Context) -> Request {
    let path = parts.uri.path().to_owned();
    let query: QueryMap = parts.uri.query().unwrap_or_default().parse().unwrap_or_default();
    let mut gateway = ApiGatewayProxyRequestContext::default();
    gateway.request_id = Some(request_id.to_owned());
    Request::from_parts(parts, Body::from(body))
        .with_raw_http_path(path)
        .with_query_string_parameters(query)
        .with_request_context(RequestContext::ApiGatewayV1(gateway))
        .with_lambda_context(context)
}

/// The status and the body of the service's response to a request that has `time_left`.
pub async fn send(
    service: &Service,
    request: http::Request<Vec<u8>>,
    time_left: Duration,
) -> (u16, Value) {
    let (parts, body) = request.into_parts();
    let context = context("r-1", "", service.clock(), time_left);
    let response = service.respond(self::request(parts, body, "r-1", context)).await;
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status().as_u16(), body)
}

/// Lambda's context of an invocation that begins now and has `time_left` until its deadline.
pub fn context(
    request_id: &str,
    function_arn: &str,
    clock: &Clock,
    time_left: Duration,
) -> Context {
    let deadline = (clock.now() + time_left).duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut context = Context::default();
    context.request_id = request_id.to_owned();
    context.invoked_function_arn = function_arn.to_owned();
    context.deadline = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
    context
}
