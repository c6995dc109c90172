//! The wire protocol: body bytes into an `Input`, an `Output` or an error into a response.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use std::collections::BTreeMap;

use serde::Serialize;

use crate::error::Error;
use crate::gateway::{Request, Response};
use crate::json::{self, Malformed, Member, Wire};

/// What SDKs take the request's id from.
const REQUEST_ID: &str = "x-amzn-RequestId";
/// What SDKs take the exception's type from.
const ERROR_TYPE: &str = "x-amzn-ErrorType";
const CONTENT_TYPE: &str = "Content-Type";
const RETRY_AFTER: &str = "Retry-After";
const JSON: &str = "application/json";

/// Reads the body of an operation that has one.
pub fn input<T: Wire>(request: &Request) -> Result<T, Error> {
    if !is_json(request.content_type.as_deref()) {
        return Err(Error::BadRequest("The Content-Type must be application/json"));
    }
    let body =
        request.body.as_deref().ok_or(Error::BadRequest("The request body can't be decoded"))?;
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
    let value = request.query.iter().find(|(given, _)| given == name);
    value.map_or(Member::Absent, |(_, value)| Member::Given(value.clone()))
}

/// A success: its status, and the JSON document of its output.
pub fn success(status: u16, output: &impl Serialize) -> Result<(u16, String), Error> {
    match serde_json::to_string(output) {
        Ok(body) => Ok((status, body)),
        Err(_) => Err(Error::Failure("an output that can't be serialized".into())),
    }
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
) -> (Response, Option<Error>) {
    let mut headers = BTreeMap::from([(REQUEST_ID, request_id.to_owned())]);
    let (status, body, error) = match outcome {
        Ok((status, body)) => (status, body, None),
        Err(error) => {
            headers.insert(ERROR_TYPE, error.name().to_owned());
            if let Some(seconds) = error.retry_after() {
                headers.insert(RETRY_AFTER, seconds.to_string());
            }
            (error.status(), error.body(request_id), Some(error))
        }
    };
    if !body.is_empty() {
        headers.insert(CONTENT_TYPE, JSON.to_owned());
    }
    (Response { status, headers, body }, error)
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
        assert_eq!(throttled.headers.get(RETRY_AFTER).map(String::as_str), Some("1"));
        let (refused, _) = response(Err(Error::MeetingFull), "r-1");
        assert_eq!(refused.headers.get(RETRY_AFTER), None);
    }
}
