//! The protocol restJson1: where an operation finds its input in an HTTP request, and how its output or an
//! error becomes an HTTP response.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use lambda_http::http::header::{CONTENT_TYPE, RETRY_AFTER};
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Request, RequestExt as _, Response};
use serde::Serialize;

use crate::error::Error;
use crate::json::{self, JsonType, Malformed, Member};
use crate::violations::{Reported, Violations};

/// SDKs read the request's id from this header.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// SDKs read the exception's type from this header.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
/// SDKs read the milliseconds until a retry from this header, since their retries changed in 2026. Before,
/// some read `Retry-After`.
const AMZ_RETRY_AFTER: HeaderName = HeaderName::from_static("x-amz-retry-after");
const JSON: &str = "application/json";
/// The maximum size of a body, in bytes. The largest valid request of any operation has some 120
/// kB, and parsing megabytes would take more memory and time than an instance has.
pub const MAX_BODY: usize = 262_144;

/// The variable segments of a path by their names in the service model, for example `MeetingId`.
pub type Labels = Vec<(&'static str, String)>;

/// The HTTP bindings of an operation's input: its members are in the path, the query and the body.
pub struct Bindings<'a> {
    request: &'a Request,
    labels: Labels,
}

impl<'a> Bindings<'a> {
    /// The bindings of a request whose path has these variable segments.
    pub fn new(request: &'a Request, labels: Labels) -> Self {
        Self { request, labels }
    }

    /// A variable segment of the path, for example that of `MeetingId`.
    pub fn label(&self, name: &str) -> &str {
        let label = self.labels.iter().find(|(other, _)| *other == name);
        label.map_or("", |(_, segment)| segment)
    }

    /// A parameter of the query. If the query repeats it, the first value counts.
    pub fn query(&self, name: &str) -> Member<String> {
        let query = self.request.query_string_parameters_ref();
        let value = query.and_then(|query| query.first(name));
        value.map_or(Member::Absent, |value| Member::Given(value.to_owned()))
    }

    /// Parses the body. A body that can't be read is reported.
    pub fn body<T: JsonType>(&self, violations: &mut Violations) -> Result<T, Reported> {
        let content_type = self.request.headers().get(CONTENT_TYPE);
        let body: &[u8] = self.request.body();
        let message = if !is_json(content_type.and_then(|value| value.to_str().ok())) {
            "The Content-Type must be application/json"
        } else if body.is_empty() {
            "The request body is empty"
        } else if body.len() > MAX_BODY {
            "The request body is larger than 262,144 bytes"
        } else {
            match json::document(body) {
                Ok(members) => return Ok(members),
                Err(Malformed::Json) => {
                    "The request body is not valid JSON, or names a member twice"
                }
                Err(Malformed::Type) => "The request body must be a JSON object",
            }
        };
        Err(violations.unreadable_body(message))
    }
}

/// The response to a request that succeeded: a status and a body.
pub type Success = (u16, String);

/// Renders an output as a JSON document.
pub fn json(output: &impl Serialize) -> Result<Success, Error> {
    match serde_json::to_string(output) {
        Ok(body) => Ok((200, body)),
        Err(_) => Err(Error::Failure("an output that can't be serialized".into())),
    }
}

/// Renders an operation that has no output in the service model, where its status is 200.
pub fn empty(_: &()) -> Result<Success, Error> {
    Ok((200, String::new()))
}

/// Renders an operation that has no output in the service model, where its status is 204.
pub fn no_content(_: &()) -> Result<Success, Error> {
    Ok((204, String::new()))
}

/// Builds the response, with the headers that every response has and those of an error. Returns the
/// error for the log.
pub fn response(
    outcome: Result<Success, Error>,
    request_id: &str,
) -> (Response<Body>, Option<Error>) {
    let (status, body, error) = match outcome {
        Ok((status, body)) => (status, body, None),
        Err(error) => (error.status(), error.body(request_id), Some(error)),
    };
    let has_body = !body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert(REQUEST_ID, request_id);
    }
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
    if let Some(error) = &error {
        headers.insert(ERROR_TYPE, HeaderValue::from_static(error.name()));
        if let Some(seconds) = error.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
            headers.insert(AMZ_RETRY_AFTER, HeaderValue::from(u32::from(seconds) * 1_000));
        }
    }
    (response, error)
}

/// Whether the media type is JSON, in any case and with any parameters.
fn is_json(content_type: Option<&str>) -> bool {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    media_type.trim_matches([' ', '\t']).eq_ignore_ascii_case(JSON)
}
