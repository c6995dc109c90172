//! The events of every gateway. Their form is the point here, so tests change members of the shared
//! events or write whole events.

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceExt as _;
use lambda_http::{Adapter, Context, LambdaEvent, Service as _, service_fn};
use rollcall::gateway::EventGuard;
use rollcall_testing::calls::{self, Call, Subject};
use rollcall_testing::{events, function};
use serde_json::value::RawValue;
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

fn attendee_id(response: &Value) -> String {
    assert_eq!(response["statusCode"], 200, "{response}");
    function::body(response)["Attendee"]["AttendeeId"].as_str().unwrap().to_owned()
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
        let response = app.event(&event).await;
        assert_eq!(attendee_id(&response), alice, "{event}");
        assert_eq!(response["headers"]["x-amzn-requestid"], "r-1");
        assert_eq!(response["isBase64Encoded"], false);
    }
    // Paths that are invalid in HTTP, and paths of no operation.
    for path in ["meetings", "*", "//meetings", "/meetings/"] {
        let response = app.event(&rest(path, "prod", "", Value::Null)).await;
        assert_eq!(response["statusCode"], 404, "{path}");
        assert_eq!(response["headers"]["x-amzn-requestid"], "r-1");
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
async fn http_api_and_function_url_events_get_a_response() {
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
        let response = app.event(&event).await;
        assert_eq!(attendee_id(&response), alice, "{event}");
        assert_eq!(response["headers"]["x-amzn-requestid"], "JKJaXmPLvHcESHA=");
        assert_eq!(response["cookies"], json!([]));
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
    let response = app.event(&event).await;
    assert_eq!(attendee_id(&response), alice);
    assert_eq!(response["statusDescription"], "200 OK");
    // Load balancers have no request id, so the response has Lambda's.
    assert_eq!(response["headers"]["x-amzn-requestid"], LAMBDA_REQUEST_ID);

    // Load balancers pass the query without decoding it.
    event["queryStringParameters"] = json!({"oper%61tion": "batch%2Ddelete"});
    assert_eq!(app.event(&event).await["statusDescription"], "404 Not Found");

    let members = event.as_object_mut().unwrap();
    members.remove("headers");
    members.remove("queryStringParameters");
    event["multiValueHeaders"] = json!({"Content-Type": ["application/json"]});
    event["multiValueQueryStringParameters"] = json!({});
    let response = app.event(&event).await;
    assert_eq!(attendee_id(&response), alice);
    // A load balancer reads only the form that its target group is configured for.
    assert_eq!(response["multiValueHeaders"]["content-type"], json!(["application/json"]));
    assert_eq!(response["headers"]["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_is_invalid_in_a_header_is_replaced() {
    let app = TestApp::new().await;
    let mut event = rest("/meetings", "prod", "", Value::Null);
    for invalid in ["", "a\r\nx-evil: 1", "é", &"a".repeat(129)] {
        event["requestContext"]["requestId"] = json!(invalid);
        let response = app.event(&event).await;
        assert_eq!(response["headers"]["x-amzn-requestid"], LAMBDA_REQUEST_ID);
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
        let response = app.event(&event).await;
        assert_eq!(response["statusCode"], 404, "{event}: {response}");
        assert_eq!(response["headers"]["x-amzn-errortype"], "UnknownOperationException");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_rest_event_without_the_gateway_s_context_gets_a_response() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let mut event = rest(&path, "prod", "", Value::Null);
    for context in [json!({}), json!({"requestId": "r-2"}), Value::Null] {
        event["requestContext"] = context;
        let response = app.event(&event).await;
        attendee_id(&response);
        let id = event["requestContext"]["requestId"].as_str().unwrap_or(LAMBDA_REQUEST_ID);
        assert_eq!(response["headers"]["x-amzn-requestid"], id);
    }
    event.as_object_mut().unwrap().remove("requestContext");
    attendee_id(&app.event(&event).await);
    event["httpMethod"] = json!("DELETE");
    assert_eq!(app.event(&event).await["statusCode"], 404);
    event["httpMethod"] = Value::Null;
    assert_eq!(app.event(&event).await["statusCode"], 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_id_in_the_path_is_named_in_the_message() {
    let app = TestApp::new().await;
    for path in ["/meetings/", "/meetings//attendees"] {
        let response = app.event(&rest(path, "prod", "", Value::Null)).await;
        assert_eq!(response["statusCode"], 404);
        let message = message(&response);
        assert!(message.contains("a segment of the path is empty, such as an id"), "{message}");
    }
}

/// Events that `lambda_http` refuses, and what is wrong with each.
pub fn unreadable_events() -> Vec<(&'static str, Value)> {
    let path = "/meetings/0f8fad5b-d9cb-469f-a165-70867728950e/attendees";
    let mut without_path = rest(path, "prod", "", Value::Null);
    without_path["path"] = json!("");
    let mut unknown_method = http_api("no method", path, "$default");
    unknown_method["requestContext"].as_object_mut().unwrap().remove("requestId");
    vec![
        ("no path", without_path),
        ("method", json!({"httpMethod": "no method", "path": path, "requestContext": {}})),
        ("method", unknown_method),
        ("path", json!({"httpMethod": "POST", "path": 7})),
        ("context", json!({"httpMethod": "POST", "path": path, "requestContext": 7})),
        (
            "scheduled",
            json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}),
        ),
        ("SQS", json!({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]})),
        ("empty", json!({})),
        ("list", json!([])),
        ("null", json!(null)),
        ("number", json!(7)),
        ("string", json!("x")),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_can_not_be_read_is_a_bad_request() {
    let app = TestApp::new().await;
    for (what, event) in unreadable_events() {
        let response = app.event(&event).await;
        assert_eq!(response["statusCode"], 400, "{what}: {response}");
        assert_eq!(response["headers"]["x-amzn-errortype"], "BadRequestException", "{what}");
        assert_eq!(message(&response), "The gateway's event cannot be read", "{what}");
        let id = event["requestContext"]["requestId"].as_str().unwrap_or(LAMBDA_REQUEST_ID);
        assert_eq!(response["headers"]["x-amzn-requestid"], id, "{what}");
    }
}

fn message(response: &Value) -> String {
    function::body(response)["Message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_of_the_conversion_gets_a_response_in_the_form_of_the_gateway() {
    let app = TestApp::new().await;
    let service = &app.service;
    let adapter = Adapter::from(service_fn(|request| async move {
        Ok::<_, Infallible>(service.respond(request).await)
    }));
    let mut guard = EventGuard(adapter.map_request(|event: LambdaEvent<LambdaRequest>| {
        let path = match &event.payload {
            LambdaRequest::ApiGatewayV1(request) => &request.path,
            LambdaRequest::ApiGatewayV2(request) => &request.raw_path,
            LambdaRequest::Alb(request) => &request.path,
            other => panic!("{other:?}"),
        };
        assert_ne!(path.as_deref(), Some("/meetings/broken"), "a defect of the conversion");
        event
    }));
    for event in [
        rest("/meetings/broken", "prod", "", Value::Null),
        http_api("POST", "/meetings/broken", "$default"),
        load_balancer("/meetings/broken"),
    ] {
        let mut send = async |event: &str| {
            let mut context = Context::default();
            context.request_id = LAMBDA_REQUEST_ID.to_owned();
            let event = RawValue::from_string(event.to_owned()).unwrap();
            let response = guard.call(LambdaEvent::new(event, context)).await.unwrap();
            serde_json::to_value(response).unwrap()
        };
        let broken = send(&event.to_string()).await;
        let context = &event["requestContext"];
        assert_eq!(broken["statusCode"], 400, "{broken}");
        assert_eq!(message(&broken), "The gateway's event cannot be read");
        let id = context["requestId"].as_str().unwrap_or(LAMBDA_REQUEST_ID);
        let of_rest = context["httpMethod"].is_string();
        let header = match of_rest {
            true => &broken["multiValueHeaders"]["x-amzn-requestid"][0],
            false => &broken["headers"]["x-amzn-requestid"],
        };
        assert_eq!(header, id, "{broken}");
        let is_alb = broken["statusDescription"] == "400 Bad Request";
        assert_eq!(is_alb, context["elb"].is_object(), "{broken}");
        assert_eq!(broken["cookies"].is_array(), context["http"].is_object(), "{broken}");
        // The guard goes on.
        let next = send(&event.to_string().replace("broken", "other")).await;
        assert_eq!(next["statusCode"], 404, "{next}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_a_bad_request() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let max = 262_144;
    let padded = |length: usize| format!("{BODY}{}", " ".repeat(length - BODY.len()));
    let mut events = Vec::new();
    for mut event in [
        rest(&path, "prod", "", Value::Null),
        http_api("POST", &path, "$default"),
        load_balancer(&path),
    ] {
        for length in [max, max + 1, 5_800_000] {
            event["isBase64Encoded"] = json!(false);
            event["body"] = json!(padded(length));
            events.push((length, event.to_string()));
            event["isBase64Encoded"] = json!(true);
            event["body"] = json!(STANDARD.encode(padded(length)));
            events.push((length, event.to_string()));
        }
        // JSON can take six bytes for each byte of a body.
        event["isBase64Encoded"] = json!(false);
        event["body"] = json!("BODY");
        for length in [max, max + 1] {
            let body = padded(length);
            let escaped: String = body.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
            events.push((length, event.to_string().replace("BODY", &escaped)));
        }
    }
    for (length, event) in events {
        let response = app.event_text(&event).await;
        if length <= max {
            attendee_id(&response);
        } else {
            assert_eq!(response["statusCode"], 400);
            assert_eq!(message(&response), "The request body is larger than 262,144 bytes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_any_length_is_refused_with_its_maximum() {
    let app = TestApp::new().await;
    let meeting = Subject { meeting_id: UNKNOWN_ID.to_owned(), ..Subject::default() };
    for (operation, call) in calls::all() {
        let is_list = |(name, value): (&String, &Value)| value.is_array().then(|| name.clone());
        let lists = call.body.as_object().into_iter().flatten().filter_map(is_list);
        assert!(call.lists.keys().cloned().eq(lists), "testing/calls.json: {operation}");
        for (member, max) in &call.lists {
            let (first, rest) = member.split_at(1);
            let constraint = format!("Member must have length less than or equal to {max}");
            let first = first.to_lowercase();
            let length_constraint =
                format!("Value at '{first}{rest}' failed to satisfy constraint: {constraint}");
            for element in ["0", "{}", "[]", "null", "\"a\""] {
                let is_too_long = async |length: usize| {
                    let list = vec![element; length].join(",");
                    let mut event = Call::new(operation, &meeting).event();
                    event["body"] = format!("{{\"{member}\":[{list}]}}").into();
                    let response = app.event(&event).await;
                    assert_eq!(response["statusCode"], 400, "{response}");
                    message(&response).contains(&length_constraint)
                };
                assert!(!is_too_long(*max).await, "{operation} {member} {element}");
                assert!(is_too_long(max + 1).await, "{operation} {member} {element}");
                assert!(is_too_long(50_000).await, "{operation} {member} {element}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_with_another_large_part_gets_a_response() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}/attendees", app.create_meeting().await);
    let usual = rest(&path, "prod", "", Value::Null);
    let large = "a".repeat(5_000_000);
    for (member, value) in [
        ("headers", json!({"content-type": "application/json", "x": large})),
        ("pathParameters", json!({ "x": large })),
        ("stageVariables", json!({ "x": large })),
        ("x", json!(large)),
        ("body", json!([large, large])),
    ] {
        let mut event = usual.clone();
        event[member] = value;
        let response = app.event(&event).await;
        assert_eq!(response["statusCode"], 400, "{member}");
    }
    // A gateway passes headers of this size on.
    let mut event = usual.clone();
    event["headers"]["x"] = json!("a".repeat(65_536));
    event["multiValueHeaders"] = json!({"x": ["a".repeat(65_536)]});
    attendee_id(&app.event(&event).await);
    // Segments beyond those of any route.
    let deep = format!("{}{path}", "/x".repeat(200));
    assert_eq!(app.event(&rest(&deep, "prod", "", Value::Null)).await["statusCode"], 404);
    let mut routed =
        rest(&deep, "prod", "/{proxy+}", json!({"proxy": path.trim_start_matches('/')}));
    assert_eq!(app.event(&routed).await["statusCode"], 404);
    routed["path"] = json!(format!("{}{path}", "/x".repeat(20)));
    attendee_id(&app.event(&routed).await);
}
