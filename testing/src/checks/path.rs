//! Any method, path and query, in the events of every gateway. The input is like
//! `POST /meetings?operation=x`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use percent_encoding::percent_decode_str;
use rollcall::operations::OPERATIONS;
use serde_json::{Value, json};

use super::response::UNREADABLE_EVENT;
use super::send::send_to_all;
use crate::calls::{self, Call, Subject};
use crate::events;

/// Valid for every operation, so that each one runs: the members of every operation's body.
static BODY: LazyLock<String> = LazyLock::new(|| {
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let subject =
        Subject { meeting_id: id.into(), attendee_id: id.into(), token: "any-token".into() };
    let mut members = serde_json::Map::new();
    for operation in OPERATIONS {
        let body = Call::new(operation.name, &subject).body;
        members.extend(body.as_object().cloned().unwrap_or_default());
    }
    Value::Object(members).to_string()
});

type Pairs = Vec<(String, String)>;

/// For any request, the events of all gateways reach the operation that the service model binds to it,
/// and get equal responses. Returns the operation.
pub fn check(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let (method, target) = text.split_once(' ').unwrap_or((&text, ""));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs: Pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // `lambda_http` converts an empty method, which no gateway sends, to GET.
    let expected = operation(if method.is_empty() { "GET" } else { method }, path, &pairs);
    let responses = [
        send_to_all(&rest(method, path, &pairs).to_string()),
        send_to_all(&http(method, path, query).to_string()),
        send_to_all(&load_balancer(method, path, query).to_string()),
    ];
    let is_request = is_request(method, path, query);
    for (_, response) in responses.iter().flatten() {
        if is_request || response.message() != Some(UNREADABLE_EVENT) {
            assert_eq!(response.operation.as_deref(), expected, "{text:?}");
        }
    }
    if !is_request {
        return expected;
    }
    // Gateways pass repeated parameters differently, so the chosen value may differ.
    let once = |read| pairs.iter().filter(|(name, _)| name == read).count() < 2;
    if ["arn", "max-results", "next-token"].into_iter().all(once) {
        let outcomes = responses.map(|responses| {
            let outcomes =
                responses.into_iter().map(|(_, response)| (response.status, response.error));
            outcomes.collect::<Vec<_>>()
        });
        assert!(outcomes[0] == outcomes[1] && outcomes[1] == outcomes[2], "{text:?}: {outcomes:?}");
    }
    expected
}

/// Whether a gateway can have received the request over HTTP. `lambda_http` converts anything else
/// differently for each gateway.
fn is_request(method: &str, path: &str, query: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_visible = |byte: u8| byte.is_ascii_graphic() && !b"\"<>`{}|\\^#".contains(&byte);
    !method.is_empty()
        && method.bytes().all(is_token)
        && path.starts_with('/')
        && path.bytes().all(|byte| is_visible(byte) && byte != b'?')
        && query.bytes().all(is_visible)
}

/// The operation of a request by the table of calls, which is independent of the service's routes.
fn operation(method: &str, path: &str, pairs: &Pairs) -> Option<&'static str> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let segments: Vec<String> = path.strip_prefix('/')?.split('/').map(decoded).collect();
    let of_query = pairs.iter().filter(|(name, _)| name == "operation");
    let mut values: Vec<_> = of_query.map(|(_, value)| value).collect();
    values.dedup();
    let is_of = |call: &Call| {
        let expected: Vec<_> = call.path.split('/').skip(1).collect();
        let fits = |(expected, segment): (&&str, &String)| match expected.strip_prefix('{') {
            Some(_) => !segment.is_empty(),
            None => expected == segment,
        };
        call.method == method
            && Vec::from_iter(call.query.get("operation")) == values
            && expected.len() == segments.len()
            && expected.iter().zip(&segments).all(fits)
    };
    let mut found = calls::all().filter(|(_, call)| is_of(call)).map(|(name, _)| name);
    let operation = found.next();
    assert_eq!(found.next(), None, "two operations of one request");
    operation
}

/// A REST API passes a decoded query.
fn rest(method: &str, path: &str, pairs: &Pairs) -> Value {
    let mut event = events::rest(method, path, &BODY);
    event["multiValueQueryStringParameters"] = lists(pairs.iter().cloned());
    event["queryStringParameters"] =
        pairs.iter().cloned().collect::<BTreeMap<_, _>>().into_iter().collect();
    event
}

fn http(method: &str, path: &str, query: &str) -> Value {
    let mut event = events::http_api(method, path, "$default", &BODY);
    event["rawQueryString"] = query.into();
    event
}

/// A load balancer passes the query without decoding it.
fn load_balancer(method: &str, path: &str, query: &str) -> Value {
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.to_owned())
    });
    let mut event = events::load_balancer(method, path, &BODY);
    event["multiValueQueryStringParameters"] = lists(pairs);
    event
}

fn lists(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut lists = BTreeMap::<String, Vec<String>>::new();
    for (name, value) in pairs {
        lists.entry(name).or_default().push(value);
    }
    json!(lists)
}
