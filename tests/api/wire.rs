//! The protocol restJson1, with requests that SDKs don't send: invalid JSON, unknown members and routes.

use serde_json::json;

use crate::app::{HttpResponse, TestApp};
use crate::suite::{MEETING_TOKEN, UNKNOWN_ID};

#[tokio::test(flavor = "multi_thread")]
async fn a_success_has_its_headers_and_exactly_the_documented_members() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let response = app.post(&path, r#"{"ExternalUserId":"alice"}"#).await;
    assert_eq!(response.status, 200);
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(response.header("x-amzn-requestid").is_some());
    assert_eq!(response.header("x-amzn-errortype"), None);
    let body = response.json();
    let names =
        |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&body), ["Attendee"]);
    assert_eq!(
        names(&body["Attendee"]),
        ["AttendeeId", "Capabilities", "ExternalUserId", "JoinToken"]
    );
    assert_eq!(names(&body["Attendee"]["Capabilities"]), ["Audio", "Content", "Video"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn null_members_count_as_absent_and_unknown_members_are_ignored_at_any_depth() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let deep = format!("{}1e99{}", "[".repeat(100), "]".repeat(100));
    for (user, rest) in [
        ("u-1", r#""Capabilities":null"#.to_owned()),
        ("u-2", r#""externalUserId":7,"Unknown":{"a":[null,true,-0.5e-7]}"#.to_owned()),
        ("u-3", format!(r#""Deep":{deep}"#)),
        (
            "u-4",
            r#""Capabilities":{"Audio":"Send","Video":"None","Content":"None","Smell":{"x":1}}"#
                .to_owned(),
        ),
        ("u-5", "\"MeetingId\":\"ignored: it comes from the path\"".to_owned()),
    ] {
        let response = app.post(&path, format!(r#"{{{rest},"ExternalUserId":"{user}"}}"#)).await;
        assert_eq!(response.status, 200, "{rest}: {response:?}");
    }
    let null = app.post(&path, r#"{"ExternalUserId":null}"#).await.bad_request();
    assert!(null.contains("'externalUserId'") && null.contains("must not be null"), "{null}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_body_is_a_bad_request() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let bodies: [&[u8]; 19] = [
        b"",
        b" ",
        b"{",
        b"null",
        b"[]",
        b"7",
        b"\"alice\"",
        b"[\"alice\"]",
        b"{\"ExternalUserId\":7}",
        b"{\"ExternalUserId\":[\"alice\"]}",
        b"{\"ExternalUserId\":\"alice\",\"Capabilities\":[\"Send\",\"Send\",\"Send\"]}",
        b"{\"ExternalUserId\":\"alice\",\"Capabilities\":{}}",
        b"{\"ExternalUserId\":\"alice\",}",
        b"{\"ExternalUserId\":\"alice\"} x",
        b"{\"ExternalUserId\":\"alice\",\"x\":NaN}",
        b"{\"ExternalUserId\":\"alice\",\"x\":\"\xff\"}",
        b"{\"ExternalUserId\":\"al\\ud800ce\"}",
        b"{\"ExternalUserId\":\"alice\",\"ExternalUserId\":\"bob\"}",
        b"\xef\xbb\xbf{\"ExternalUserId\":\"alice\"}",
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(body);
        let message = app.post(&path, body.to_vec()).await.bad_request();
        assert!(!message.contains("alice"), "{shown} is repeated in {message}");
    }
    assert_eq!(app.stored_attendees().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lengths_count_characters_after_decoding_escapes() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let one = app.post(&path, r#"{"ExternalUserId":"\u00e9"}"#).await;
    assert!(one.bad_request().contains("greater than or equal to 2"));
    let same = [r#"{"ExternalUserId":"\u00e9\u0041"}"#, r#"{"ExternalUserId":"éA"}"#];
    let first = app.post(&path, same[0]).await.json();
    assert_eq!(first["Attendee"]["ExternalUserId"], "éA");
    assert_eq!(app.post(&path, same[1]).await.json(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_violations_are_reported_together_without_values() {
    let app = TestApp::new().await;
    let body = json!({
        "ExternalUserId": format!("aws:{}", "%".repeat(70)),
        "Capabilities": {"Audio": "sendreceive", "Video": 7, "Content": null},
    });
    let message = app.post("/meetings/not-a-guid/attendees", body.to_string()).await.bad_request();
    assert!(message.starts_with("7 validation errors detected: "), "{message}");
    for (member, constraint) in [
        ("meetingId", "regular expression pattern"),
        ("externalUserId", "less than or equal to 64"),
        ("externalUserId", "regular expression pattern"),
        ("externalUserId", "reserved prefix"),
        ("capabilities.audio", "enum value set: [SendReceive, Send, Receive, None]"),
        ("capabilities.video", "must be a string"),
        ("capabilities.content", "must not be null"),
    ] {
        let is_reported = message.split("; ").any(|one| {
            one.contains(&format!("Value at '{member}' failed")) && one.contains(constraint)
        });
        assert!(is_reported, "{member}: {constraint} in {message}");
    }
    for value in ["%%", "sendreceive", "not-a-guid"] {
        assert!(!message.contains(value), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_size_is_an_integer_of_digits() {
    let app = TestApp::new().await;
    for (size, constraint) in [
        ("", "an integer"),
        ("-", "an integer"),
        ("%2B5", "an integer"),
        ("1.5", "an integer"),
        ("ten", "an integer"),
        ("-99999999999999999999", "equal to 1"),
        ("99999999999999999999", "equal to 100"),
    ] {
        let path = format!("/meetings/{UNKNOWN_ID}/attendees?max-results={size}");
        let message = HttpResponse::read(app.request("GET", &path)).await.bad_request();
        assert!(message.contains("'maxResults'") && message.ends_with(constraint), "{message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_needs_the_content_type_of_json() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let send = |content_type: Option<&'static str>| {
        let request = app.request("POST", &path).body(r#"{"ExternalUserId":"alice"}"#);
        HttpResponse::read(match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        })
    };
    for yes in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8;a=b",
        "application/json ;a=b",
    ] {
        assert_eq!(send(Some(yes)).await.status, 200, "{yes}");
    }
    for no in [
        None,
        Some("text/plain"),
        Some("application/jsonx"),
        Some("application/json, text/plain"),
        Some("application/x-amz-json-1.1"),
        Some("application/vnd.api+json"),
        Some(""),
    ] {
        let message = send(no).await.bad_request();
        assert!(message.contains("Content-Type"), "{no:?}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_operation_is_never_mistaken_for_another() {
    let app = TestApp::new().await;
    let attendees = format!("/meetings/{}/attendees", app.create_meeting().await);
    for (method, path) in [
        ("POST", format!("{attendees}?operation=batch-delete")),
        ("POST", format!("{attendees}?operation=batch%2Ddelete")),
        ("POST", format!("{attendees}?oper%61tion=batch-delete&a=b")),
        ("POST", format!("{attendees}?operation")),
        ("POST", format!("{attendees}?operation=Batch-create")),
        ("POST", format!("{attendees}?operation=batch-create%20")),
        ("POST", "/meetings?operation=create-attendee".to_owned()),
        ("PUT", attendees.clone()),
        ("PATCH", attendees.clone()),
        ("post", attendees.clone()),
        ("POST", format!("{attendees}/")),
        ("POST", format!("{attendees}/y")),
        ("POST", "/meetings/".to_owned()),
        ("POST", "/meetings//attendees".to_owned()),
        ("POST", "/Meetings".to_owned()),
        ("POST", attendees.replace("attendees", "Attendees")),
        ("POST", format!("/x{attendees}")),
        ("POST", format!("/{attendees}")),
        ("POST", "//meetings".to_owned()),
        ("GET", "/".to_owned()),
        ("POST", format!("/meetings/{UNKNOWN_ID}/transcription")),
        ("POST", format!("/meetings/{UNKNOWN_ID}/transcription?operation=pause")),
        ("PUT", format!("/meetings/{UNKNOWN_ID}/transcription?operation=stop")),
    ] {
        let request = app.request(method, &path).header("content-type", "application/json");
        let response = HttpResponse::read(request.body(r#"{"ExternalUserId":"alice"}"#)).await;
        assert_eq!(response.status, 404, "{path}");
        assert_eq!(response.header("x-amzn-errortype"), Some("UnknownOperationException"));
        assert_eq!(response.json()["RequestId"].as_str(), response.header("x-amzn-requestid"));
        assert!(response.json()["Message"].is_string() && response.json()["Code"].is_string());
    }
    assert_eq!(app.stored_attendees().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_query_parameters_are_ignored() {
    let app = TestApp::new().await;
    let body = json!({
        "ClientRequestToken": MEETING_TOKEN,
        "ExternalMeetingId": "standup",
        "MediaRegion": "eu-central-1",
    });
    let response = app.post("/meetings?Operation=x&foo=operation", body.to_string()).await;
    assert_eq!(response.status, 200, "{response:?}");
}
