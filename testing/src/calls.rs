//! A valid call of each operation, and the errors that a request to it can cause, from `testing/calls.json`.
//!
//! In the file `{MeetingId}`, `{AttendeeId}` and `{Token}` stand for what a call is about, and
//! every other text that callers choose begins with [`ANY`].

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests call it"
)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use lambda_http::http::Request;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::events;

/// The prefix of texts that callers choose.
pub const ANY: &str = "any-";

static FILE: &str = include_str!("../calls.json");
static CALLS: LazyLock<BTreeMap<String, Call>> =
    LazyLock::new(|| serde_json::from_str(FILE).unwrap());

/// What a call is about.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// A meeting's id.
    pub meeting_id: String,
    /// An attendee's id.
    pub attendee_id: String,
    /// The token of the meeting to create.
    pub token: String,
}

/// A call of an operation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The parameters of the query.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// The body; null for none.
    #[serde(default)]
    pub body: Value,
    /// The most elements of each list in the body.
    #[serde(default)]
    pub lists: BTreeMap<String, usize>,
    /// Whether a success has status 200 and an empty body.
    #[serde(default)]
    pub empty: bool,
    /// The names of the errors that the operation has in the service model, and that a request alone can
    /// cause. No request may cause a 5xx or throttling, so these are missing.
    pub errors: Vec<String>,
}

/// The call of an operation, with placeholders.
pub fn of(operation: &str) -> &'static Call {
    CALLS.get(operation).unwrap_or_else(|| panic!("testing/calls.json has no {operation}"))
}

/// The call of each operation with its name, with placeholders.
pub fn all() -> impl Iterator<Item = (&'static str, &'static Call)> {
    CALLS.iter().map(|(name, call)| (&**name, call))
}

impl Call {
    /// The call of an operation for this subject.
    pub fn new(operation: &str, subject: &Subject) -> Self {
        let mut call = of(operation).clone();
        let fill = |text: &mut String| {
            for (name, value) in [
                ("{MeetingId}", &subject.meeting_id),
                ("{AttendeeId}", &subject.attendee_id),
                ("{Token}", &subject.token),
            ] {
                *text = text.replace(name, value);
            }
        };
        fill(&mut call.path);
        call.query.values_mut().for_each(fill);
        texts(&mut call.body, &fill);
        call
    }

    /// The HTTP request.
    pub fn http(&self) -> Request<Vec<u8>> {
        let request = Request::builder().method(&*self.method).uri(self.target());
        request.header("content-type", "application/json").body(self.text().into()).unwrap()
    }

    /// The event of an API Gateway REST API.
    pub fn event(&self) -> Value {
        let mut event = events::rest(&self.method, &self.path, &self.text());
        if !self.query.is_empty() {
            event["queryStringParameters"] = json!(self.query);
        }
        event
    }

    /// The body's text; empty for none.
    pub fn text(&self) -> String {
        if self.body.is_null() { String::new() } else { self.body.to_string() }
    }

    /// The path and the query.
    pub fn target(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(&self.query).finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }
}

/// Changes every text in a value.
pub fn texts(value: &mut Value, change: &impl Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(elements) => elements.iter_mut().for_each(|value| texts(value, change)),
        Value::Object(members) => members.values_mut().for_each(|value| texts(value, change)),
        _ => {}
    }
}
