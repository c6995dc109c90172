//! Events of almost the largest size that Lambda delivers, 6 MB. The function refuses all of them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// The size of each event, in bytes.
const SIZE: usize = 5_800_000;
/// A call of each operation, with the names of the lists in its body.
static CALLS: &str = include_str!("../../../testing/calls.json");
const MEETING: &str = "04ba7deb-d3dd-5bae-99ed-f8d230ac1522";

/// Each kind of events: what it is, and one event or one for each list.
pub fn kinds() -> [(&'static str, Vec<String>); 9] {
    let calls: BTreeMap<String, Value> = serde_json::from_str(CALLS).expect("JSON");
    let lists = |element: &str| {
        // A quote takes two bytes in an event.
        let count = SIZE / (element.len() + 1 + element.matches('"').count());
        let list = list_of(element, count);
        let mut events = Vec::new();
        for call in calls.values() {
            let text = |member: &str| call[member].as_str().expect("text");
            let path = text("path").replace("{MeetingId}", MEETING);
            let operation = call["query"]["operation"].as_str();
            for (member, _) in call["lists"].as_object().into_iter().flatten() {
                let body = object(member, &list);
                events.push(event(text("method"), &path, operation, &body).to_string());
            }
        }
        events
    };
    let attendees = format!("/meetings/{MEETING}/attendees");
    let create = |body: &str| event("POST", &attendees, None, body);
    let with = |member: &str, value: Value| {
        let mut event = create("{}");
        event[member] = value;
        vec![event.to_string()]
    };
    let long = "a".repeat(SIZE);
    // `{"Attendees": [`, as often as possible `0,0,0,`, and `0]}`.
    let base64 = format!("eyJBdHRlbmRlZXMiOiBb{}MF19", "MCwwLDAs".repeat(SIZE / 8));
    [
        ("numbers in a list", lists("0")),
        ("objects in a list", lists("{}")),
        ("strings in a list", lists("\"a\"")),
        ("an ignored list", vec![create(&object("x", &list_of("0", SIZE / 2))).to_string()]),
        ("a string", vec![create(&object("ExternalUserId", &format!("\"{long}\""))).to_string()]),
        ("a string of escapes", {
            let escapes = "\\u0061".repeat(SIZE / "\\\\u0061".len());
            vec![create(&object("ExternalUserId", &format!("\"{escapes}\""))).to_string()]
        }),
        ("a body in base64", {
            let mut event = event("POST", &attendees, Some("batch-create"), &base64);
            event["isBase64Encoded"] = true.into();
            vec![event.to_string()]
        }),
        ("a header", with("headers", json!({"X": long}))),
        ("the authorizer's list", {
            let authorizer = json!({"x": vec![0; SIZE / 2]});
            with("requestContext", json!({"httpMethod": "POST", "authorizer": authorizer}))
        }),
    ]
}

fn object(member: &str, value: &str) -> String {
    format!("{{\"{member}\":{value}}}")
}

fn list_of(element: &str, count: usize) -> String {
    format!("[{}]", vec![element; count].join(","))
}

/// The event of a REST API.
fn event(method: &str, path: &str, operation: Option<&str>, body: &str) -> Value {
    json!({
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "queryStringParameters": operation.map(|operation| json!({"operation": operation})),
        "requestContext": {"httpMethod": method, "requestId": "r-1"},
        "body": body,
        "isBase64Encoded": false,
    })
}
