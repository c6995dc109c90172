//! The wire protocol: body bytes into an `Input`, an `Output` or an error into a response.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use lambda_http::http::header::{CONTENT_TYPE, RETRY_AFTER};
use lambda_http::http::{HeaderName, HeaderValue, StatusCode};
use lambda_http::{Body, Request, RequestExt as _, Response};
use serde::Serialize;

use crate::error::Error;
use crate::json::{self, Malformed, Member, Wire};

/// What SDKs take the request's id from.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
/// What SDKs take the exception's type from.
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const JSON: &str = "application/json";

/// Reads the body of an operation that has one.
pub fn input<T: Wire>(request: &Request) -> Result<T, Error> {
    let content_type = request.headers().get(CONTENT_TYPE);
    if !is_json(content_type.and_then(|value| value.to_str().ok())) {
        return Err(Error::BadRequest("The Content-Type must be application/json"));
    }
    let body: &[u8] = request.body();
    if body.is_empty() {
        return Err(Error::BadRequest("The request body is empty"));
    }
    json::document(body).map_err(|malformed| match malformed {
        Malformed::Json => {
            Error::BadRequest("The request body is not valid JSON, or names a member twice")
        }
        Malformed::Type(_) => Error::BadRequest("The request body must be a JSON object"),
    })
}

/// A member of the input that comes in the query; one that comes several times counts once.
pub fn parameter(request: &Request, name: &str) -> Member<String> {
    let value = request.query_string_parameters_ref().and_then(|query| query.first(name));
    value.map_or(Member::Absent, |value| Member::Given(value.to_owned()))
}

/// A success: its status, and the JSON document of its output.
pub fn success(status: u16, output: &impl Serialize) -> Result<(u16, String), Error> {
    match serde_json::to_string(output) {
        Ok(body) => Ok((status, body)),
        Err(_) => Err(Error::Failure("an output that can't be serialized".into())),
    }
}

/// A success of an operation that has no output in the service model, where its status is 200.
pub fn empty() -> (u16, String) {
    (200, String::new())
}

/// A success that has nothing to say.
pub fn no_content() -> (u16, String) {
    (204, String::new())
}

/// The response with the headers that every answer carries, and those of an error, which comes back
/// for the log.
pub fn response(
    outcome: Result<(u16, String), Error>,
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
        }
    }
    (response, error)
}

/// With any parameters and in any case.
fn is_json(content_type: Option<&str>) -> bool {
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
    media_type.trim_matches([' ', '\t']).eq_ignore_ascii_case(JSON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_json() {
        for yes in [
            "application/json",
            "Application/JSON",
            "application/json;charset=utf-8",
            " application/json ; a=b",
        ] {
            assert!(is_json(Some(yes)), "{yes}");
        }
        for no in [
            None,
            Some(""),
            Some("text/plain"),
            Some("application/jsonx"),
            Some("application/json, text/plain"),
            Some("application/x-amz-json-1.1"),
            Some("application/vnd.api+json"),
        ] {
            assert!(!is_json(no), "{no:?}");
        }
    }

    #[test]
    fn an_answer_that_can_be_repeated_later_says_when() {
        let (throttled, _) = response(Err(Error::Throttled("t".into())), "r-1");
        assert_eq!(throttled.headers().get(RETRY_AFTER).unwrap(), "1");
        let (refused, _) = response(Err(Error::MeetingFull), "r-1");
        assert_eq!(refused.headers().get(RETRY_AFTER), None);
    }
}
