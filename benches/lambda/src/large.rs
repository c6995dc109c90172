//! Events of almost the largest size that Lambda delivers, 6 MB. The function refuses all of them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use serde_json::{Value, json};

/// The size of each event, in bytes.
const SIZE: usize = 5_800_000;
/// The member of a body with a list, and how to call its operation.
const LISTS: [(&str, &str, &str, Option<&str>); 7] = [
    ("Attendees", "POST", ATTENDEES, Some("batch-create")),
    ("Attendees", "POST", "/meetings", Some("create-attendees")),
    ("Tags", "POST", "/meetings", None),
    ("TenantIds", "POST", "/meetings", None),
    ("Tags", "POST", "/tags", Some("tag-resource")),
    ("TagKeys", "POST", "/tags", Some("untag-resource")),
    ("ExcludedAttendeeIds", "PUT", CAPABILITIES, Some("batch-update-except")),
];
const ATTENDEES: &str = "/meetings/04ba7deb-d3dd-5bae-99ed-f8d230ac1522/attendees";
const CAPABILITIES: &str = "/meetings/04ba7deb-d3dd-5bae-99ed-f8d230ac1522/attendees/capabilities";

/// Each kind of events: what it is, and one event or one for each list.
pub fn kinds() -> [(&'static str, Vec<String>); 9] {
    let lists = |element: &str| {
        // A quote takes two bytes in an event.
        let count = SIZE / (element.len() + 1 + element.matches('"').count());
        let list = |(member, method, path, operation)| {
            let body = object(member, &list_of(element, count));
            event(method, path, operation, &body).to_string()
        };
        LISTS.map(list).to_vec()
    };
    let create = |body: &str| event("POST", ATTENDEES, None, body);
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
            let mut event = event("POST", ATTENDEES, Some("batch-create"), &base64);
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
