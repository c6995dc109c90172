//! The page of `cargo local`: what is there and what happens, for a person with a browser.
//!
//! Only this machine may read it. The server listens on the loopback address, a page of another origin gets
//! no CORS header, and a request whose `Host` is another name, which that page's server can point here, is
//! refused.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use dynoxide::{AttributeValue, Database, Item};
use rollcall::store::schema::EXPIRES_AT;
use rollcall::{Clock, Settings};
use rollcall_testing::attributes::{capabilities, number, text};
use rollcall_testing::emulator::Error;
use serde_json::{Value, from_value, json};
use uuid::Uuid;

const PAGE: &str = include_str!("page.html");
/// What stands in the page for a word that the browser compares with that of the policy.
const NONCE: &str = "NONCE";
/// How many meetings the page shows, the latest first, and how many attendees of each.
const MAX_MEETINGS: usize = 50;
const MAX_ATTENDEES: usize = 300;
/// How many pages of the table of meetings are read for that, because it can be large.
const MAX_SCANS: usize = 4;
/// How many lines of the log the page shows.
const MAX_LINES: usize = 200;

/// The last lines of the log, the latest first. Clones share them.
#[derive(Clone, Default)]
pub struct Recent(Arc<Mutex<VecDeque<Value>>>);

/// The sink of a log that also keeps its last lines.
pub struct Recorder<W> {
    recent: Recent,
    sink: W,
    line: Vec<u8>,
}

impl Recent {
    /// A sink that keeps the lines that are written to it, and writes them to another one.
    pub fn record<W: Write>(&self, sink: W) -> Recorder<W> {
        Recorder { recent: self.clone(), sink, line: Vec::new() }
    }

    fn lines(&self) -> MutexGuard<'_, VecDeque<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Write for Recorder<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.line.extend_from_slice(bytes);
        self.sink.write_all(bytes)?;
        Ok(bytes.len())
    }

    /// Keeps the line. The log flushes its sink after each line.
    fn flush(&mut self) -> std::io::Result<()> {
        if let Ok(line) = serde_json::from_slice(&std::mem::take(&mut self.line)) {
            let mut lines = self.recent.lines();
            lines.push_front(line);
            lines.truncate(MAX_LINES);
        }
        self.sink.flush()
    }
}

/// Where the page gets what it shows.
pub struct Page {
    database: Database,
    settings: Settings,
    recent: Recent,
    api_url: String,
    first_calls: String,
}

/// Responds to a browser, and leaves every other request to the API.
pub async fn show(State(page): State<Arc<Page>>, request: Request, next: Next) -> Response {
    let is_get = request.method() == Method::GET;
    let is_browser = is_get && accepts_html(request.headers());
    let respond: fn(&Page) -> Response = match request.uri().path() {
        "/" if is_browser => |_| html(),
        "/_local/state" if is_get => Page::state,
        _ => return next.run(request).await,
    };
    if !is_loopback(request.headers()) {
        let message = "This page is only for a browser on this machine: open it at 127.0.0.1.\n";
        return (StatusCode::FORBIDDEN, message).into_response();
    }
    // Reading the database blocks.
    let response = tokio::task::spawn_blocking(move || respond(&page)).await;
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn accepts_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

/// Whether the request is for a name of this machine, and not for one that leads to it by DNS.
fn is_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let uri = host.and_then(|host| host.parse::<Uri>().ok());
    let host = uri.as_ref().and_then(Uri::host);
    host.is_some_and(|host| matches!(host, "127.0.0.1" | "localhost" | "[::1]"))
}

fn html() -> Response {
    let nonce = Uuid::new_v4().to_string();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; \
         img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    let page = PAGE.replace(NONCE, &nonce);
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("content-security-policy", policy.as_str()),
    ];
    (PRIVATE, headers, page).into_response()
}

/// For both responses: no other origin may read or embed them, and nothing keeps them.
const PRIVATE: [(&str, &str); 4] = [
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
];

impl Page {
    /// The page of the API at this URL. `calls` are commands to paste, of which it shows the first paragraph.
    pub fn new(
        database: Database,
        settings: &Settings,
        recent: Recent,
        api_url: &str,
        calls: &str,
    ) -> Self {
        let first_calls = calls.split("\n\n").next().unwrap_or_default();
        Self {
            database,
            settings: settings.clone(),
            recent,
            api_url: api_url.to_owned(),
            first_calls: first_calls.to_owned(),
        }
    }

    fn state(&self) -> Response {
        let lines = self.recent.lines().clone();
        match self.meetings() {
            Ok((meetings, are_all)) => {
                let state = json!({
                    "now": u64::from(Clock::system().timestamp()),
                    "apiUrl": self.api_url,
                    "firstCalls": self.first_calls,
                    "meetings": meetings,
                    "areAll": are_all,
                    "lines": lines,
                });
                let headers = [("content-type", "application/json")];
                (PRIVATE, headers, state.to_string()).into_response()
            }
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }

    /// The latest meetings with their attendees, those that have ended last; and whether these are all.
    fn meetings(&self) -> Result<(Vec<Value>, bool), Error> {
        let (mut items, mut start) = (Vec::new(), None);
        for _ in 0..MAX_SCANS {
            let scan = json!({
                "TableName": self.settings.meetings_table,
                "FilterExpression": "attribute_exists(ExternalMeetingId)",
                "ExclusiveStartKey": start,
            });
            let page = self.database.scan(from_value(scan)?)?;
            items.extend(page.items.into_iter().flatten());
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        items.sort_by_key(|item| {
            (item.contains_key("EndedAt"), number(item, EXPIRES_AT).map(Reverse))
        });
        let are_all = start.is_none() && items.len() <= MAX_MEETINGS;
        items.truncate(MAX_MEETINGS);
        let meetings = items.iter().map(|item| self.meeting(item)).collect::<Result<_, _>>()?;
        Ok((meetings, are_all))
    }

    fn meeting(&self, item: &Item) -> Result<Value, Error> {
        let seats = match item.get("Seats") {
            Some(AttributeValue::BS(seats)) => seats.len(),
            _ => 0,
        };
        Ok(json!({
            "id": text(item, "MeetingId"),
            "externalId": text(item, "ExternalMeetingId"),
            "primaryId": text(item, "PrimaryMeetingId"),
            "mediaRegion": text(item, "MediaRegion"),
            "expiresAt": number(item, EXPIRES_AT),
            "endedAt": number(item, "EndedAt"),
            "seats": seats,
            "maxSeats": number(item, "MaxAttendees"),
            "video": text(item, "VideoMaxResolution"),
            "content": text(item, "ContentMaxResolution"),
            "echoReduction": text(item, "EchoReduction"),
            "attendees": self.attendees(item.get("MeetingId"))?,
        }))
    }

    fn attendees(&self, meeting_id: Option<&AttributeValue>) -> Result<Vec<Value>, Error> {
        let query = json!({
            "TableName": self.settings.attendees_table,
            "KeyConditionExpression": "MeetingId = :meeting",
            "ExpressionAttributeValues": {":meeting": meeting_id},
            // Without the join token.
            "ProjectionExpression": "AttendeeId, ExternalUserId, Capabilities, ExpiresAt, DeletedAt",
            "Limit": MAX_ATTENDEES,
        });
        let items = self.database.query(from_value(query)?)?.items;
        let kept = i64::try_from(self.settings.attendee_retention()).unwrap_or_default();
        let attendee = |item: &Item| {
            json!({
                "id": text(item, "AttendeeId"),
                "externalId": text(item, "ExternalUserId"),
                "media": capabilities(item),
                "addedAt": number(item, EXPIRES_AT).map(|end| end.saturating_sub(kept)),
                "deletedAt": number(item, "DeletedAt"),
            })
        };
        Ok(items.iter().flatten().map(attendee).collect())
    }
}
