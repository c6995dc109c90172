//! Any bytes as the body of every operation that has one.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall::operations::{OPERATIONS, Operation};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::dynamodb::{EXTERNAL_MEETING_ID, MEDIA_REGION, Tables};
use super::response::Response;
use super::send::{send, send_to_all};
use crate::calls::{self, Call, Subject};

const GUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const MALFORMED: &str = "The request body is not valid JSON, or names a member twice";
/// Members that the service model marks sensitive and whose letters may be exchanged without another effect.
/// A response may depend on whether their values are valid, and on nothing else about them.
const SENSITIVE: [&str; 3] = ["ExternalUserId", "ExternalMeetingId", "MeetingHostId"];

/// For any body: no operation fails, only valid JSON is accepted, and no response depends on sensitive
/// text.
pub fn check(bytes: &[u8]) {
    for route in OPERATIONS.iter().filter(|operation| has_body(operation)) {
        let encoded = event(route, STANDARD.encode(bytes), true);
        for (_, response) in send_to_all(&encoded) {
            check_parsing(bytes, &response);
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            let plain = send(Tables::Empty, &event(route, text.to_owned(), false));
            let decoded = send(Tables::Empty, &encoded);
            assert_eq!(comparable(&plain), comparable(&decoded), "base64 changes the response");
        }
        if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
            check_value(route, &value);
        }
    }
    check_ignored(&STANDARD.encode(bytes));
}

fn has_body(operation: &Operation) -> bool {
    !calls::of(operation.name).body.is_null()
}

/// An operation without a body ignores a body that is sent.
fn check_ignored(encoded: &str) {
    for route in OPERATIONS.iter().filter(|operation| !has_body(operation)) {
        let responses = [encoded, ""].map(|body| send_to_all(&event(route, body.to_owned(), true)));
        assert_eq!(responses[0], responses[1], "an ignored body changes the response");
    }
}

/// Only what another JSON parser accepts is accepted.
fn check_parsing(bytes: &[u8], response: &Response) {
    let is_json =
        std::str::from_utf8(bytes).is_ok() && serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
    if !is_json {
        let message = response.message().unwrap();
        assert!(message == MALFORMED || bytes.is_empty(), "{message}");
    }
}

/// The rules for JSON without duplicate members.
fn check_value(route: &Operation, value: &Value) {
    let renamed = renamed(value);
    for tables in Tables::ALL {
        let response = send(tables, &event(route, value.to_string(), false));
        assert_ne!(response.message(), Some(MALFORMED), "{value}");
        check_success(tables, value, &response);
        if let Some(other) = &renamed {
            let other = send(tables, &event(route, other.to_string(), false));
            assert_eq!(comparable(&response), comparable(&other), "a name changes the response");
        }
        if !response.used_tables {
            break;
        }
    }
}

/// A success returns what the request asked for or what exists, and the request was valid.
fn check_success(tables: Tables, value: &Value, response: &Response) {
    if response.status != 200 {
        return;
    }
    match response.operation.as_deref() {
        Some("CreateAttendee") => {
            assert!(is_external_id(&value["ExternalUserId"]), "{value}");
            assert_eq!(response.body["Attendee"]["ExternalUserId"], value["ExternalUserId"]);
            let [token, id] = ["JoinToken", "AttendeeId"]
                .map(|member| response.body["Attendee"][member].as_str().unwrap());
            assert_eq!((token.len(), token.get(32..64)), (128, Some(&*id.replace('-', ""))));
        }
        Some("CreateMeeting") => check_meeting(tables, value, response),
        Some("CreateMeetingWithAttendees") => {
            check_meeting(tables, value, response);
            check_attendees(value, response);
        }
        Some("BatchCreateAttendee") => check_attendees(value, response),
        Some("StartMeetingTranscription") => check_transcription(value),
        _ => {}
    }
}

/// Each requested user is in the response, as an attendee or an error, and no other user is.
fn check_attendees(value: &Value, response: &Response) {
    let users = |list: &Value| -> BTreeSet<String> {
        let user = |item: &Value| item["ExternalUserId"].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(user).collect()
    };
    let requested = value["Attendees"].as_array().unwrap();
    assert!(requested.iter().all(|item| is_external_id(&item["ExternalUserId"])));
    let attendees = users(&response.body["Attendees"]);
    assert_eq!(attendees.len(), response.body["Attendees"].as_array().unwrap().len());
    let returned = &attendees | &users(&response.body["Errors"]);
    assert_eq!(returned, users(&value["Attendees"]));
}

/// Exactly one engine, and names within the service model's length.
fn check_transcription(value: &Value) {
    let configuration = &value["TranscriptionConfiguration"];
    let engines = ["EngineTranscribeSettings", "EngineTranscribeMedicalSettings"];
    let chosen = engines.into_iter().filter(|engine| configuration[engine].is_object());
    assert_eq!(chosen.clone().count(), 1, "{value}");
    for engine in chosen {
        let name = &configuration[engine]["VocabularyName"];
        let length = name.as_str().map(|name| name.chars().count());
        assert!(name.is_null() || length.is_some_and(|length| length <= 4096), "{value}");
    }
}

/// The meeting of the request, or the one that the tables have.
fn check_meeting(tables: Tables, value: &Value, response: &Response) {
    assert!(is_external_id(&value["ExternalMeetingId"]), "{value}");
    let expected = match tables {
        Tables::Empty => value,
        _ => &json!({"ExternalMeetingId": EXTERNAL_MEETING_ID, "MediaRegion": MEDIA_REGION}),
    };
    for name in ["ExternalMeetingId", "MeetingHostId", "MediaRegion"] {
        assert_eq!(response.body["Meeting"][name], expected[name]);
    }
}

/// The rule for external ids, independently of the service's code.
fn is_external_id(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || ('\u{c0}'..='\u{ff}').contains(&c)
            || "-_&@+=,(){}[]/«».:|'\"# \t\n\u{b}\u{c}\r".contains(c)
    };
    (2..=64).contains(&text.chars().count())
        && text.chars().all(allowed)
        && !text.to_ascii_lowercase().starts_with("aws:")
}

/// The event of an operation's call with another body.
fn event(operation: &Operation, body: String, is_base64: bool) -> String {
    let [meeting_id, attendee_id, token] = [GUID; 3].map(str::to_owned);
    let subject = Subject { meeting_id, attendee_id, token };
    let mut event = Call::new(operation.name, &subject).event();
    event["body"] = body.into();
    event["isBase64Encoded"] = is_base64.into();
    event.to_string()
}

/// The parts of a response that are neither random nor copied from the request.
fn comparable(response: &Response) -> (u64, Option<&str>, Vec<&Value>) {
    let errors = response.body["Errors"].as_array().into_iter().flatten();
    let messages = errors.map(|error| &error["ErrorMessage"]).collect();
    (response.status, response.message(), messages)
}

/// The same request with other letters in the sensitive members, if it has any. Lengths and classes of
/// characters stay, and equal texts stay equal.
fn renamed(value: &Value) -> Option<Value> {
    let mut other = value.clone();
    (rename(&mut other) && other != *value).then_some(other)
}

/// `false` if a name would get the reserved prefix.
fn rename(value: &mut Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter_mut().all(rename),
        Value::Object(members) => members.iter_mut().all(|(name, member)| match member {
            Value::String(text) if SENSITIVE.contains(&name.as_str()) => {
                let (reserved, rest) = text.split_at(if is_reserved(text) { 4 } else { 0 });
                let renamed = rest.chars().map(other_letter).collect::<String>();
                let fits = !is_reserved(&renamed);
                *text = format!("{reserved}{renamed}");
                fits
            }
            other => rename(other),
        }),
        _ => true,
    }
}

fn is_reserved(text: &str) -> bool {
    text.to_ascii_lowercase().starts_with("aws:")
}

/// ROT13.
fn other_letter(c: char) -> char {
    match c {
        'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
        'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
        other => other,
    }
}
