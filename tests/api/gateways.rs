//! The events of every gateway. Their form is the point here, so tests change members of the shared
//! events or write whole events.

use rollcall_testing::events;
use serde_json::{Value, json};

use crate::app::{LAMBDA_REQUEST_ID, TestApp};
use crate::suite::UNKNOWN_ID;

const BODY: &str = r#"{"ExternalUserId":"alice"}"#;

/// A `POST` whose route is `resource`.
fn rest(path: &str, stage: &str, resource: &str, parameters: Value) -> Value {
    let mut event = events::rest("POST", path, BODY);
    event["resource"] = resource.into();
    event["pathParameters"] = parameters;
    event["requestContext"]["resourcePath"] = resource.into();
    event["requestContext"]["stage"] = stage.into();
    event
}

fn http_api(method: &str, path: &str, route: &str) -> Value {
    events::http_api(method, path, route, BODY)
}

fn load_balancer(path: &str) -> Value {
    events::load_balancer("POST", path, BODY)
}

fn attendee_id(answer: &Value) -> String {
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    body["Attendee"]["AttendeeId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_events_are_routed_with_any_prefix_before_the_path() {
    let app = TestApp::new().await;
    let id = app.create_meeting().await;
    let attendees = format!("meetings/{id}/attendees");
    let route = "/meetings/{MeetingId}/attendees";
    let by_id = json!({"MeetingId": id});
    let proxy = json!({"proxy": attendees});
    let alice = app.create_attendee(&id, "alice").await.unwrap().attendee_id.unwrap();
    for event in [
        rest(&format!("/{attendees}"), "prod", route, by_id.clone()),
        rest(&format!("/prod/{attendees}"), "prod", route, by_id.clone()),
        rest(&format!("/{attendees}"), "prod", "/{proxy+}", proxy.clone()),
        rest(&format!("/prod/{attendees}"), "prod", "/{proxy+}", proxy.clone()),
        // The base path of a custom domain.
        rest(&format!("/v1/chime/{attendees}"), "prod", "/{proxy+}", proxy.clone()),
        rest(&format!("/v1/{attendees}"), "prod", route, by_id.clone()),
        // Without a route.
        rest(&format!("/{attendees}"), "prod", "", Value::Null),
        rest(&format!("/prod/{attendees}"), "prod", "", Value::Null),
        // A stage with the name of the first segment.
        rest(&format!("/{attendees}"), "meetings", "", Value::Null),
        rest(&format!("/meetings/{attendees}"), "meetings", "", Value::Null),
        rest(&format!("/meetings/{attendees}"), "meetings", "/{proxy+}", proxy),
    ] {
        let answer = app.event(&event).await;
        assert_eq!(attendee_id(&answer), alice, "{event}");
        assert_eq!(answer["headers"]["x-amzn-requestid"], "r-1");
        assert_eq!(answer["isBase64Encoded"], false);
    }
    // Paths that are invalid in HTTP, and paths of no operation.
    for path in ["meetings", "*", "//meetings", "/meetings/"] {
        let answer = app.event(&rest(path, "prod", "", Value::Null)).await;
        assert_eq!(answer["statusCode"], 404, "{path}");
        assert_eq!(answer["headers"]["x-amzn-requestid"], "r-1");
    }
    let other_stage = rest(&format!("/prod/{attendees}"), "test", "", Value::Null);
    assert_eq!(app.event(&other_stage).await["statusCode"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operation_is_read_from_every_form_of_query() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let (one, many) = ("queryStringParameters", "multiValueQueryStringParameters");
    for (member, value, status) in [
        (one, json!({"operation": "batch-delete"}), 404),
        (one, json!({"operation": null}), 400),
        (one, json!({"operation": 1}), 400),
        (many, json!({"operation": ["batch-delete"]}), 404),
        (many, json!({"operation": ["batch-create", "batch-delete"]}), 404),
        (many, json!({"operation": "batch-delete"}), 404),
        (many, json!({"operation": []}), 400),
        (many, json!({"operation": [null]}), 400),
        (many, json!({"operation": null}), 400),
    ] {
        let mut event = rest(&path, "prod", "", Value::Null);
        event[member] = value;
        assert_eq!(app.event(&event).await["statusCode"], status, "{event}");
    }
    assert_eq!(app.stored_attendees().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_api_and_function_url_events_are_answered() {
    let app = TestApp::new().await;
    let id = app.create_meeting().await;
    let alice = app.create_attendee(&id, "alice").await.unwrap().attendee_id.unwrap();
    for (raw_path, stage, route_key) in [
        (format!("/meetings/{id}/attendees"), "$default", "$default"),
        (format!("/prod/meetings/{id}/attendees"), "prod", "$default"),
        (format!("/base/meetings/{id}/attendees"), "prod", "POST /meetings/{MeetingId}/attendees"),
    ] {
        let mut event = http_api("POST", &raw_path, route_key);
        event["rawQueryString"] = json!("a=%20&b=%3Cx%3E+y");
        event["pathParameters"] = json!({"MeetingId": id});
        event["requestContext"]["requestId"] = json!("JKJaXmPLvHcESHA=");
        event["requestContext"]["stage"] = json!(stage);
        let answer = app.event(&event).await;
        assert_eq!(attendee_id(&answer), alice, "{event}");
        assert_eq!(answer["headers"]["x-amzn-requestid"], "JKJaXmPLvHcESHA=");
        assert_eq!(answer["cookies"], json!([]));
        event["rawQueryString"] = json!("x=1&oper%61tion=batch-delete");
        assert_eq!(app.event(&event).await["statusCode"], 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn load_balancers_get_headers_in_both_forms() {
    let app = TestApp::new().await;
    let id = app.create_meeting().await;
    let alice = app.create_attendee(&id, "alice").await.unwrap().attendee_id.unwrap();
    let mut event = load_balancer(&format!("/meetings/{id}/attendees"));
    let answer = app.event(&event).await;
    assert_eq!(attendee_id(&answer), alice);
    assert_eq!(answer["statusDescription"], "200 OK");
    // Load balancers have no request id, so the answer has Lambda's.
    assert_eq!(answer["headers"]["x-amzn-requestid"], LAMBDA_REQUEST_ID);

    // Load balancers pass the query without decoding it.
    event["queryStringParameters"] = json!({"oper%61tion": "batch%2Ddelete"});
    assert_eq!(app.event(&event).await["statusDescription"], "404 Not Found");

    let members = event.as_object_mut().unwrap();
    members.remove("headers");
    members.remove("queryStringParameters");
    event["multiValueHeaders"] = json!({"Content-Type": ["application/json"]});
    event["multiValueQueryStringParameters"] = json!({});
    let answer = app.event(&event).await;
    assert_eq!(attendee_id(&answer), alice);
    // A load balancer reads only the form that its target group is configured for.
    assert_eq!(answer["multiValueHeaders"]["content-type"], json!(["application/json"]));
    assert_eq!(answer["headers"]["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base64_body_is_decoded() {
    let app = TestApp::new().await;
    let id = app.create_meeting().await;
    let alice = app.create_attendee(&id, "alice").await.unwrap().attendee_id.unwrap();
    let mut event = rest(&format!("/meetings/{id}/attendees"), "prod", "", Value::Null);
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!("eyJFeHRlcm5hbFVzZXJJZCI6ImFsaWNlIn0=");
    assert_eq!(attendee_id(&app.event(&event).await), alice);
    let unpadded = "eyJFeHRlcm5hbFVzZXJJZCI6ImFsaWNlIn0";
    for broken in [unpadded, "{\"ExternalUserId\":\"alice\"}", "eyJFeHRl cm5h", "=", "\u{e9}"] {
        event["body"] = json!(broken);
        assert_eq!(app.event(&event).await["statusCode"], 400, "{broken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_is_invalid_in_a_header_is_replaced() {
    let app = TestApp::new().await;
    let mut event = rest("/meetings", "prod", "", Value::Null);
    for invalid in ["", "a\r\nx-evil: 1", "é", &"a".repeat(129)] {
        event["requestContext"]["requestId"] = json!(invalid);
        let answer = app.event(&event).await;
        assert_eq!(answer["headers"]["x-amzn-requestid"], LAMBDA_REQUEST_ID);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_not_http_requests_are_bad_requests() {
    let app = TestApp::new().await;
    for event in [
        "null",
        "7",
        "[]",
        "{}",
        "\"x\"",
        r#"{"source":"aws.events","detail":{}}"#,
        r#"{"path":7,"httpMethod":"POST"}"#,
        r#"{"Records":[{"eventSource":"aws:sqs"}]}"#,
    ] {
        let answer = app.event_text(event).await;
        assert_eq!(answer["statusCode"], 400, "{event}");
        assert_eq!(answer["headers"]["x-amzn-errortype"], "BadRequestException");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_does_not_match_its_route_is_an_unknown_operation() {
    let app = TestApp::new().await;
    let id = app.create_meeting().await;
    app.create_attendee(&id, "alice").await.unwrap();
    // An HTTP API decodes `GET /meetings/…%2Fattendees` to this.
    let meeting = json!({"MeetingId": format!("{id}/attendees")});
    let route = "/meetings/{MeetingId}";
    let mut decoded =
        http_api("GET", &format!("/meetings/{id}/attendees"), &format!("GET {route}"));
    decoded["pathParameters"] = meeting.clone();
    let mut unnamed = decoded.clone();
    unnamed.as_object_mut().unwrap().remove("pathParameters");
    let mut of_rest = rest(&format!("/meetings/{id}/attendees"), "prod", route, meeting);
    of_rest["httpMethod"] = json!("GET");
    of_rest["requestContext"]["httpMethod"] = json!("GET");
    let another = json!({"MeetingId": UNKNOWN_ID});
    let attendees = format!("/meetings/{id}/attendees");
    let proxy = json!({"proxy": "meetings"});
    for event in [
        decoded,
        unnamed,
        of_rest,
        rest(&attendees, "prod", "/meetings/{MeetingId}/attendees", another),
        rest(&attendees, "prod", "/meetings", Value::Null),
        rest(&attendees, "prod", "/{proxy+}", proxy),
        rest(&attendees, "prod", "/{proxy+}", Value::Null),
        // The path ends with a shorter route of the API.
        rest("/meetings/meetings", "prod", route, json!({"MeetingId": "meetings"})),
    ] {
        let answer = app.event(&event).await;
        assert_eq!(answer["statusCode"], 404, "{event}: {answer}");
        assert_eq!(answer["headers"]["x-amzn-errortype"], "UnknownOperationException");
    }
    assert_eq!(app.stored_attendees().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_base_path_is_removed_if_the_event_names_no_route() {
    let app = TestApp::with(|settings| settings.base_path = "/api/v1".to_owned()).await;
    let id = app.create_meeting().await;
    let alice = app.create_attendee(&id, "alice").await.unwrap().attendee_id.unwrap();
    let behind = format!("/api/v1/meetings/{id}/attendees");
    for event in [
        http_api("POST", &behind, "$default"),
        load_balancer(&behind),
        load_balancer(&format!("/meetings/{id}/attendees")),
    ] {
        assert_eq!(attendee_id(&app.event(&event).await), alice, "{event}");
    }
    for path in [format!("/api/meetings/{id}/attendees"), format!("/api/v1{behind}")] {
        assert_eq!(app.event(&load_balancer(&path)).await["statusCode"], 404, "{path}");
    }
}

/// Events that make `lambda_http` panic or fail, and what is wrong with each.
pub fn unconvertible_events() -> Vec<(&'static str, Value)> {
    let path = "/meetings/0f8fad5b-d9cb-469f-a165-70867728950e/attendees";
    let (of_rest, of_http) =
        (rest(path, "prod", "", Value::Null), http_api("POST", path, "$default"));
    let with = |event: &Value, member: &str, value: Value| {
        let mut event = event.clone();
        event[member] = value;
        event
    };
    let header = |name: &str, value: &str| {
        let mut event = load_balancer(path);
        event["headers"][name] = json!(value);
        event
    };
    let domain = |mut event: Value| {
        event["requestContext"]["domainName"] = json!("no domain");
        event["headers"].as_object_mut().unwrap().remove("host");
        event
    };
    let many = "multiValueQueryStringParameters";
    vec![
        ("host", header("host", "no host at all")),
        ("host", header("host", "[::1")),
        ("proto", header("x-forwarded-proto", "no proto")),
        ("domain", domain(of_rest.clone())),
        ("domain", domain(of_http.clone())),
        ("space", with(&of_http, "rawQueryString", json!("a= b"))),
        ("quote", with(&of_http, "rawQueryString", json!("a=\"b"))),
        ("less", with(&of_http, "rawQueryString", json!("a=<b"))),
        ("greater", with(&of_http, "rawQueryString", json!("a=>b"))),
        ("base64", with(&with(&of_rest, "body", json!("{}")), "isBase64Encoded", json!(true))),
        ("base64", with(&of_http, "isBase64Encoded", json!(true))),
        ("base64", with(&load_balancer(path), "isBase64Encoded", json!(true))),
        ("empty list", with(&of_rest, many, json!({"a": []}))),
        ("empty list", with(&load_balancer(path), many, json!({"a": []}))),
        ("no path", with(&of_rest, "path", json!(""))),
        ("method", json!({"httpMethod": "no method", "path": path, "requestContext": {}})),
        (
            "scheduled",
            json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}),
        ),
        ("SQS", json!({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]})),
        ("empty", json!({})),
        ("list", json!([])),
        ("null", json!(null)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_lambda_http_can_not_convert_is_answered_in_the_form_of_its_gateway() {
    let app = TestApp::new().await;
    for (what, event) in unconvertible_events() {
        let answer = app.event(&event).await;
        assert_eq!(answer["statusCode"], 400, "{what}: {answer}");
        assert_eq!(answer["headers"]["x-amzn-errortype"], "BadRequestException", "{what}");
        let context = &event["requestContext"];
        let id = context["requestId"].as_str().unwrap_or(LAMBDA_REQUEST_ID);
        assert_eq!(answer["headers"]["x-amzn-requestid"], id, "{what}");
        let is_alb = answer["statusDescription"] == "400 Bad Request";
        assert_eq!(is_alb, context["elb"].is_object(), "{what}: {answer}");
        assert_eq!(answer["cookies"].is_array(), context["http"].is_object(), "{what}: {answer}");
    }
    let id = app.create_meeting().await;
    let event = load_balancer(&format!("/meetings/{id}/attendees"));
    attendee_id(&app.event(&event).await);
}
