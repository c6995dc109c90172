//! The gaps of `lambda_http`: the API's path of a request, the gateway's request id, and a response to
//! every event, also to one that `lambda_http` can't convert or that is too large.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use lambda_http::aws_lambda_events::alb::AlbTargetGroupRequest;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayV2httpRequest};
use lambda_http::http::header::HOST;
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::{LambdaEvent, Request, RequestExt as _, Service};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::rest_json::MAX_BODY;

/// The decoded segments of a path.
pub type Path = Vec<String>;

/// The maximum number of segments of a path. The API's own paths have at most five; the others are
/// a stage and the operator's prefix.
const MAX_SEGMENTS: usize = 100;
/// The maximum size of an event without its body, in bytes. Of all gateways, a load balancer
/// accepts the largest headers, [64 KB][alb].
///
/// [alb]: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
const MAX_HEAD: usize = 262_144;
/// The size of a body's JSON string, in bytes, above which the body is larger than [`MAX_BODY`].
/// Base64 whose characters are all escaped takes 8 bytes for a byte of the body.
const MAX_ENCODED_BODY: usize = 9 * MAX_BODY;

/// The gateway's id of the request. `None` if a header or a log line can't contain it, and behind a
/// load balancer, which gives no id.
pub fn request_id(request: &Request) -> Option<&str> {
    let id = match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => context.request_id.as_deref(),
        RequestContext::ApiGatewayV2(context) => context.request_id.as_deref(),
        _ => None,
    };
    id.filter(|id| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The possible paths of a request within the API: the request's path without the prefixes that
/// gateways add. Where several are possible, the most likely one comes first.
///
/// - If the event names a route, the route determines the length of the API's path. The segments
///   before that path are the stage and the base path of a custom domain. The result is empty if the
///   route does not match the path: gateways authorize by route, and some decode `%2F` before they
///   choose one.
/// - If the event names no route, the function removes the stage and then `base_path`.
/// - A path of more than 100 segments is none of the API's, whatever prefix it has.
pub fn paths(request: &Request, base_path: &str) -> Vec<Path> {
    let path = segments(request.raw_http_path()).filter(|path| path.len() <= MAX_SEGMENTS);
    let Some(path) = path else { return Vec::new() };
    let (route, stage) = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => {
            (context.resource_path.as_deref(), context.stage.as_deref())
        }
        // A route key is `POST /meetings` or `$default`.
        Some(RequestContext::ApiGatewayV2(context)) => {
            let route = context.route_key.as_deref().and_then(|key| key.split_once(' '));
            (route.map(|(_, path)| path), context.stage.as_deref())
        }
        _ => (None, None),
    };
    if let Some(route) = route.and_then(segments) {
        let variable = |name: &str| request.path_parameters_ref()?.first(name);
        return matched(&route, &path, variable).unwrap_or_default();
    }
    let base_path = segments(base_path).unwrap_or_default();
    let behind_stage = path.split_first().filter(|(first, _)| Some(first.as_str()) == stage);
    // Both with and without the first segment: some gateways put the stage in front of the path and
    // others do not, and a stage may be called `meetings`.
    [behind_stage.map(|(_, rest)| rest), Some(path.as_slice())]
        .into_iter()
        .flatten()
        .map(|path| path.strip_prefix(base_path.as_slice()).unwrap_or(path).to_vec())
        .collect()
}

/// The ends of `path` that `route` matches. The first is the match of the whole route. The others lack
/// one or more of the route's leading fixed segments, which may be the operator's own prefix. `None` if
/// the route does not match.
fn matched<'a>(
    route: &[String],
    path: &[String],
    variable: impl Fn(&str) -> Option<&'a str>,
) -> Option<Vec<Path>> {
    let (rest, greedy) = match route.split_last() {
        Some((last, rest)) if last.ends_with("+}") => {
            let value = variable(last.strip_prefix('{')?.strip_suffix("+}")?)?;
            let is_value = |length: &usize| {
                let end = path.get(path.len() - length..).unwrap_or_default();
                is_same(value, &end.join("/"))
            };
            (rest, (1..=path.len()).find(is_value)?)
        }
        _ => (route, 0),
    };
    let start = path.len().checked_sub(rest.len() + greedy)?;
    for (expected, segment) in rest.iter().zip(path.get(start..)?) {
        let matches = match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            None => expected == segment,
            Some(name) => {
                !segment.is_empty() && variable(name).is_none_or(|value| is_same(value, segment))
            }
        };
        if !matches {
            return None;
        }
    }
    let fixed = rest.iter().take_while(|segment| !segment.starts_with('{')).count();
    (start..=start + fixed).map(|start| path.get(start..).map(<[_]>::to_vec)).collect()
}

/// Whether the value of a route variable equals this decoded part of the path. Some gateways decode
/// the values, others do not.
fn is_same(value: &str, part: &str) -> bool {
    value == part || decoded(value) == part
}

/// Splits a path before it decodes the segments, because an encoded slash belongs to its segment.
/// `None` if the path does not begin with a slash.
fn segments(path: &str) -> Option<Path> {
    Some(path.strip_prefix('/')?.split('/').map(decoded).collect())
}

fn decoded(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

/// Makes sure that every event gets a response, with the memory and time of a function of 128 MB.
///
/// `lambda_http` 1.3 returns an error for an event that it does not know, and panics at others.
/// Both would become an invocation error of `lambda_runtime`, and a 502 at the gateway. The guard
/// replaces such an event with one of the same gateway that has no path, to which the service
/// responds with a 400. Panics are reported as
/// [515](https://github.com/aws/aws-lambda-rust-runtime/issues/515),
/// [488](https://github.com/aws/aws-lambda-rust-runtime/issues/488) and
/// [368](https://github.com/aws/aws-lambda-rust-runtime/issues/368).
pub struct EventGuard<S>(pub S);

impl<S: Service<LambdaEvent<LambdaRequest>>> Service<LambdaEvent<Box<RawValue>>> for EventGuard<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, event: LambdaEvent<Box<RawValue>>) -> S::Future {
        let (payload, context) = event.into_parts();
        let request = read(payload.get());
        // The conversion copies a large event twice.
        drop(payload);
        let replacement = replacement(request.as_ref());
        let mut call = |request| self.0.call(LambdaEvent::new(request, context.clone()));
        // Only the conversion runs inside `catch_unwind`; the caller polls the future.
        let call_guarded = |request| catch_unwind(AssertUnwindSafe(|| call(request))).ok();
        match request.and_then(call_guarded) {
            Some(response) => response,
            None => call(replacement),
        }
    }
}

/// Reads an event. `None` if it is none that a gateway sends.
fn read(event: &str) -> Option<LambdaRequest> {
    let event = bounded(event)?;
    // In the order of `lambda_http`, whose own `LambdaRequest::deserialize` reads the event once more.
    let request = serde_json::from_str(&event)
        .map(LambdaRequest::ApiGatewayV1)
        .or_else(|_| serde_json::from_str(&event).map(LambdaRequest::ApiGatewayV2))
        .or_else(|_| serde_json::from_str(&event).map(LambdaRequest::Alb))
        .ok()
        .or_else(|| written_by_hand(&event))?;
    Some(without_url(request))
}

/// The event, of which a large body is replaced with a smaller one that the operation refuses for
/// its size as well. `None` if the rest of the event is larger than any gateway's.
fn bounded(event: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Event<'a> {
        #[serde(borrow)]
        body: Option<&'a RawValue>,
    }

    if event.len() <= MAX_HEAD {
        return Some(event.into());
    }
    let body = serde_json::from_str::<Event<'_>>(event).ok()?.body.map_or("", RawValue::get);
    if event.len() - body.len() > MAX_HEAD {
        return None;
    }
    if body.len() <= MAX_ENCODED_BODY {
        return Some(event.into());
    }
    // It is larger than `MAX_BODY` with and without base64.
    let replacement = format!("\"{}\"", "A".repeat(2 * MAX_BODY));
    Some(event.replacen(body, &replacement, 1).into())
}

/// Reads an event of a REST API without `requestContext.httpMethod`, which `lambda_http` requires
/// and people who write an event by hand leave out.
fn written_by_hand(event: &str) -> Option<LambdaRequest> {
    let mut event: Map<String, Value> = serde_json::from_str(event).ok()?;
    let method = event.get("httpMethod")?.clone();
    let context = event.entry("requestContext").or_insert(Value::Null);
    if context.is_null() {
        *context = Map::new().into();
    }
    context.as_object_mut()?.insert("httpMethod".to_owned(), method);
    serde_json::from_value(event.into()).ok().map(LambdaRequest::ApiGatewayV1)
}

/// Removes the host and moves the raw query. `lambda_http` would make a URL of them, which it can't
/// for every event, and which the service does not read.
fn without_url(mut request: LambdaRequest) -> LambdaRequest {
    match &mut request {
        LambdaRequest::ApiGatewayV1(request) => {
            request.headers.remove(HOST);
            request.request_context.domain_name = None;
        }
        LambdaRequest::ApiGatewayV2(request) => {
            request.headers.remove(HOST);
            request.request_context.domain_name = None;
            if let Some(query) = request.raw_query_string.take() {
                request.query_string_parameters = query.parse().unwrap_or_default();
            }
        }
        LambdaRequest::Alb(request) => {
            request.headers.remove(HOST);
        }
        _ => {}
    }
    request
}

/// An event of the same gateway that `lambda_http` can convert. It has the gateway's request id, but no
/// path, query, headers or body.
fn replacement(request: Option<&LambdaRequest>) -> LambdaRequest {
    match request {
        Some(LambdaRequest::ApiGatewayV2(request)) => {
            let mut empty = ApiGatewayV2httpRequest::default();
            empty.request_context.request_id.clone_from(&request.request_context.request_id);
            LambdaRequest::ApiGatewayV2(empty)
        }
        Some(LambdaRequest::Alb(_)) => LambdaRequest::Alb(AlbTargetGroupRequest::default()),
        other => {
            let mut empty = ApiGatewayProxyRequest::default();
            if let Some(LambdaRequest::ApiGatewayV1(request)) = other {
                empty.request_context.request_id.clone_from(&request.request_context.request_id);
            }
            LambdaRequest::ApiGatewayV1(empty)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> Path {
        segments(text).unwrap()
    }

    fn from_route(route: &str, value: Option<&str>, full: &str) -> Option<Vec<Path>> {
        matched(&path(route), &path(full), |_| value)
    }

    #[test]
    fn a_route_s_variables_determine_the_path_behind_a_base_path() {
        let expected = path("/meetings/m-1/attendees");
        for (route, value, full) in [
            ("/{proxy+}", "meetings/m-1/attendees", "/meetings/m-1/attendees"),
            ("/{proxy+}", "meetings/m-1/attendees", "/base/path/meetings/m-1/attendees"),
            ("/v1/{proxy+}", "meetings/m-1/attendees", "/prod/v1/meetings/m-1/attendees"),
            ("/meetings/{proxy+}", "m-1/attendees", "/base/meetings/m-1/attendees"),
            ("/meetings/{MeetingId}/attendees", "m-1", "/base/meetings/m-1/attendees"),
            ("/v1/meetings/{MeetingId}/attendees", "m-1", "/v1/meetings/m-1/attendees"),
        ] {
            let paths = from_route(route, Some(value), full).unwrap();
            assert!(paths.contains(&expected), "{route} {full}: {paths:?}");
            assert!(!paths.iter().any(|path| path.contains(&"base".to_owned())));
        }
        assert_eq!(from_route("/{proxy+}", Some("v1/x"), "/v1/x"), Some(vec![path("/v1/x")]));
        let prefixed = Some(vec![path("/meetings"), vec![]]);
        assert_eq!(from_route("/meetings", None, "/prod/meetings"), prefixed);
    }

    #[test]
    fn values_may_be_decoded_or_not_and_are_one_segment() {
        let route = "/meetings/{MeetingId}";
        for (value, full, id) in [
            ("a/b", "/base/meetings/a%2Fb", "a/b"),
            ("a%2Fb", "/base/meetings/a%2Fb", "a/b"),
            ("%7B", "/base/meetings/%257B", "%7B"),
        ] {
            let paths = from_route(route, Some(value), full).unwrap();
            assert_eq!(paths[0], ["meetings", id], "{value}");
            let proxy = format!("meetings/{value}");
            let paths = from_route("/{proxy+}", Some(&proxy), full).unwrap();
            assert_eq!(paths[0], ["meetings", id], "{value}");
        }
    }

    #[test]
    fn a_route_that_contradicts_the_path_gives_no_path() {
        for (route, value, full) in [
            ("/{proxy+}", Some("meetings"), "/meetings/m-1"),
            ("/{proxy+}", None, "/meetings"),
            ("/meetings/{MeetingId}", Some("m-1/attendees"), "/meetings/m-1/attendees"),
            ("/meetings/{MeetingId}", None, "/meetings/m-1/attendees"),
            ("/meetings/{MeetingId}", Some("m-1"), "/meetings/m-2"),
            ("/meetings/{MeetingId}", Some("m-1/meetings/m-2"), "/meetings/m-1/meetings/m-2"),
            ("/meetings/{MeetingId}", Some(""), "/meetings/"),
            ("/meetings", None, "/meetings/m-1"),
            ("/tags", None, "/meetings"),
            ("/meetings/{MeetingId}/attendees", Some("m-1"), "/attendees"),
        ] {
            assert_eq!(from_route(route, value, full), None, "{route} {full}");
        }
    }

    fn without_route(full: &str, stage: Option<&str>, base_path: &str) -> Vec<Path> {
        let mut event = ApiGatewayV2httpRequest::default();
        event.raw_path = Some(full.to_owned());
        event.request_context.route_key = Some("$default".to_owned());
        event.request_context.stage = stage.map(str::to_owned);
        paths(&LambdaRequest::ApiGatewayV2(event).into(), base_path)
    }

    #[test]
    fn the_stage_and_the_base_path_are_removed_only_from_the_start() {
        for (full, stage, base_path, expected) in [
            ("/meetings", Some("prod"), "", "/meetings"),
            ("/prod/meetings", Some("prod"), "", "/meetings"),
            ("/prod/meetings", None, "", "/prod/meetings"),
            ("/api/v1/meetings", None, "/api/v1", "/meetings"),
            ("/meetings", None, "/api/v1", "/meetings"),
            ("/api/meetings", None, "/api/v1", "/api/meetings"),
            ("/apis/meetings", None, "/api", "/apis/meetings"),
            ("/prod/api/meetings", Some("prod"), "/api", "/meetings"),
        ] {
            assert_eq!(without_route(full, stage, base_path)[0], path(expected), "{full}");
        }
        let both = [path("/meetings"), path("/prod/meetings")];
        assert_eq!(without_route("/prod/meetings", Some("prod"), ""), both);
    }

    #[test]
    fn lambda_http_gets_no_host_and_no_raw_query() {
        let domain = "api.example.com";
        let context = json!({"domainName": domain, "httpMethod": "GET", "http": {"method": "GET"}});
        for mut event in [
            json!({"httpMethod": "GET", "path": "/a", "requestContext": context}),
            json!({"rawPath": "/a", "rawQueryString": "b=%20", "requestContext": context}),
            json!({"httpMethod": "GET", "path": "/a", "requestContext": {"elb": {}}}),
        ] {
            event["headers"] = json!({"host": domain, "x": "y"});
            let request: Request = read(&event.to_string()).unwrap().into();
            assert_eq!(request.uri(), "/a", "{event}");
            assert_eq!(request.headers().get("x").unwrap(), "y");
            let query = request.query_string_parameters();
            assert_eq!(query.first("b"), event.get("rawQueryString").map(|_| " "), "{event}");
        }
    }

    #[test]
    fn segments_are_split_and_then_decoded_once() {
        assert_eq!(path("/a%2Fb/%25"), ["a/b", "%"]);
        assert_eq!(path("/a//b/"), ["a", "", "b", ""]);
        assert_eq!(segments("a"), None);
    }
}
