//! The same handler behind every gateway.

use serde_json::{Value, json};

use crate::world::{LAMBDA_REQUEST_ID, World};

const BODY: &str = r#"{"ExternalUserId":"alice"}"#;

fn rest(path: &str, stage: &str, resource: &str, parameters: Value) -> Value {
    json!({
        "resource": resource,
        "path": path,
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "pathParameters": parameters,
        "requestContext": {
            "requestId": "rest-request-id",
            "httpMethod": "POST",
            "resourcePath": resource,
            "stage": stage,
        },
        "body": BODY,
        "isBase64Encoded": false,
    })
}

fn attendee_id(answer: &Value) -> String {
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    body["Attendee"]["AttendeeId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_events_are_routed_whatever_stands_before_the_path() {
    let world = World::new().await;
    let id = world.meeting().await;
    let attendees = format!("meetings/{id}/attendees");
    let route = "/meetings/{MeetingId}/attendees";
    let by_id = json!({"MeetingId": id});
    let proxy = json!({"proxy": attendees});
    let alice = world.join(&id, "alice").await.unwrap().attendee_id.unwrap();
    for event in [
        rest(&format!("/{attendees}"), "prod", route, by_id.clone()),
        rest(&format!("/prod/{attendees}"), "prod", route, by_id.clone()),
        rest(&format!("/{attendees}"), "prod", "/{proxy+}", proxy.clone()),
        rest(&format!("/prod/{attendees}"), "prod", "/{proxy+}", proxy.clone()),
        // A custom domain's base path.
        rest(&format!("/v1/chime/{attendees}"), "prod", "/{proxy+}", proxy.clone()),
        rest(&format!("/v1/{attendees}"), "prod", route, by_id.clone()),
        // Nothing but the path.
        rest(&format!("/{attendees}"), "prod", "", Value::Null),
        rest(&format!("/prod/{attendees}"), "prod", "", Value::Null),
        // A stage that is called as the first segment is.
        rest(&format!("/{attendees}"), "meetings", "", Value::Null),
        rest(&format!("/meetings/{attendees}"), "meetings", "", Value::Null),
        rest(&format!("/meetings/{attendees}"), "meetings", "/{proxy+}", proxy),
    ] {
        let answer = world.event(&event).await;
        assert_eq!(attendee_id(&answer), alice, "{event}");
        assert_eq!(answer["headers"]["x-amzn-requestid"], "rest-request-id");
        assert_eq!(answer["isBase64Encoded"], false);
    }
    // No path of HTTP's, and a path that is another.
    for path in ["meetings", "*", "//meetings", "/meetings/"] {
        let answer = world.event(&rest(path, "prod", "", Value::Null)).await;
        assert_eq!(answer["statusCode"], 404, "{path}");
        assert_eq!(answer["headers"]["x-amzn-requestid"], "rest-request-id");
    }
    let other_stage = rest(&format!("/prod/{attendees}"), "test", "", Value::Null);
    assert_eq!(world.event(&other_stage).await["statusCode"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_query_counts_in_whatever_form_it_comes() {
    let world = World::new().await;
    let path = format!("/meetings/{}/attendees", world.meeting().await);
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
        assert_eq!(world.event(&event).await["statusCode"], status, "{event}");
    }
    assert_eq!(world.items().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn http_api_and_function_url_events_are_answered() {
    let world = World::new().await;
    let id = world.meeting().await;
    let alice = world.join(&id, "alice").await.unwrap().attendee_id.unwrap();
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
        let answer = world.event(&event).await;
        assert_eq!(attendee_id(&answer), alice, "{event}");
        assert_eq!(answer["headers"]["x-amzn-requestid"], "JKJaXmPLvHcESHA=");
        assert_eq!(answer["cookies"], json!([]));
        event["rawQueryString"] = json!("x=1&oper%61tion=batch-delete");
        assert_eq!(world.event(&event).await["statusCode"], 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn load_balancers_get_the_headers_that_they_read() {
    let world = World::new().await;
    let id = world.meeting().await;
    let alice = world.join(&id, "alice").await.unwrap().attendee_id.unwrap();
    let mut event = load_balancer(&format!("/meetings/{id}/attendees"));
    let answer = world.event(&event).await;
    assert_eq!(attendee_id(&answer), alice);
    assert_eq!(answer["statusDescription"], "200 OK");
    // There is no gateway's id: Lambda's is told.
    assert_eq!(answer["headers"]["x-amzn-requestid"], LAMBDA_REQUEST_ID);

    // A load balancer does not decode the query.
    event["queryStringParameters"] = json!({"oper%61tion": "batch%2Ddelete"});
    assert_eq!(world.event(&event).await["statusDescription"], "404 Not Found");

    let members = event.as_object_mut().unwrap();
    members.remove("headers");
    members.remove("queryStringParameters");
    event["multiValueHeaders"] = json!({"Content-Type": ["application/json"]});
    event["multiValueQueryStringParameters"] = json!({});
    let answer = world.event(&event).await;
    assert_eq!(attendee_id(&answer), alice);
    // It reads the kind of headers that its target group is set to, so both are there.
    assert_eq!(answer["multiValueHeaders"]["content-type"], json!(["application/json"]));
    assert_eq!(answer["headers"]["content-type"], "application/json");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base64_body_is_its_bytes() {
    let world = World::new().await;
    let id = world.meeting().await;
    let alice = world.join(&id, "alice").await.unwrap().attendee_id.unwrap();
    let mut event = rest(&format!("/meetings/{id}/attendees"), "prod", "", Value::Null);
    event["isBase64Encoded"] = json!(true);
    event["body"] = json!("eyJFeHRlcm5hbFVzZXJJZCI6ImFsaWNlIn0=");
    assert_eq!(attendee_id(&world.event(&event).await), alice);
    let unpadded = "eyJFeHRlcm5hbFVzZXJJZCI6ImFsaWNlIn0";
    for broken in [unpadded, "{\"ExternalUserId\":\"alice\"}", "eyJFeHRl cm5h", "=", "\u{e9}"] {
        event["body"] = json!(broken);
        assert_eq!(world.event(&event).await["statusCode"], 400, "{broken}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_id_that_is_unfit_for_a_header_is_not_taken() {
    let world = World::new().await;
    let mut event = rest("/meetings", "prod", "", Value::Null);
    for unfit in ["", "a\r\nx-evil: 1", "é", &"a".repeat(129)] {
        event["requestContext"]["requestId"] = json!(unfit);
        let answer = world.event(&event).await;
        assert_eq!(answer["headers"]["x-amzn-requestid"], LAMBDA_REQUEST_ID);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_kind_is_answered_too() {
    let world = World::new().await;
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
        let answer = world.event_text(event).await;
        assert_eq!(answer["statusCode"], 400, "{event}");
        assert_eq!(answer["headers"]["x-amzn-errortype"], "BadRequestException");
    }
}

/// An HTTP API's event. `route` is `GET /meetings`, or `$default`.
fn http_api(method: &str, raw_path: &str, route: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": raw_path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api.example.com"},
        "requestContext": {
            "requestId": "http-request-id",
            "routeKey": route,
            "stage": "$default",
            "http": {"method": method, "path": raw_path},
        },
        "body": BODY,
        "isBase64Encoded": false,
    })
}

fn load_balancer(path: &str) -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": "POST",
        "path": path,
        "queryStringParameters": {},
        "headers": {"content-type": "application/json", "host": "api.example.com"},
        "body": BODY,
        "isBase64Encoded": false,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_path_that_its_route_does_not_match_is_no_operation() {
    let world = World::new().await;
    let id = world.meeting().await;
    world.join(&id, "alice").await.unwrap();
    // What an HTTP API makes of `GET /meetings/…%2Fattendees`.
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
    let another = json!({"MeetingId": "0f8fad5b-d9cb-469f-a165-70867728950e"});
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
        // A route of the API that a longer one begins with.
        rest("/meetings/meetings", "prod", route, json!({"MeetingId": "meetings"})),
    ] {
        let answer = world.event(&event).await;
        assert_eq!(answer["statusCode"], 404, "{event}: {answer}");
        assert_eq!(answer["headers"]["x-amzn-errortype"], "UnknownOperationException");
    }
    assert_eq!(world.items().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_path_is_taken_off_where_nothing_but_the_path_is_known() {
    let world = World::with(|settings| settings.base_path = "/api/v1".to_owned()).await;
    let id = world.meeting().await;
    let alice = world.join(&id, "alice").await.unwrap().attendee_id.unwrap();
    let behind = format!("/api/v1/meetings/{id}/attendees");
    for event in [
        http_api("POST", &behind, "$default"),
        load_balancer(&behind),
        load_balancer(&format!("/meetings/{id}/attendees")),
    ] {
        assert_eq!(attendee_id(&world.event(&event).await), alice, "{event}");
    }
    for path in [format!("/api/meetings/{id}/attendees"), format!("/api/v1{behind}")] {
        assert_eq!(world.event(&load_balancer(&path)).await["statusCode"], 404, "{path}");
    }
}

/// What `lambda_http` panics at or refuses, by what is wrong with it.
pub fn hostile_events() -> Vec<(&'static str, Value)> {
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
async fn an_event_that_lambda_http_does_not_convert_is_answered_in_its_gateway_s_form() {
    let world = World::new().await;
    for (what, event) in hostile_events() {
        let answer = world.event(&event).await;
        assert_eq!(answer["statusCode"], 400, "{what}: {answer}");
        assert_eq!(answer["headers"]["x-amzn-errortype"], "BadRequestException", "{what}");
        let context = &event["requestContext"];
        let id = context["requestId"].as_str().unwrap_or(LAMBDA_REQUEST_ID);
        assert_eq!(answer["headers"]["x-amzn-requestid"], id, "{what}");
        let is_alb = answer["statusDescription"] == "400 Bad Request";
        assert_eq!(is_alb, context["elb"].is_object(), "{what}: {answer}");
        assert_eq!(answer["cookies"].is_array(), context["http"].is_object(), "{what}: {answer}");
    }
    let id = world.meeting().await;
    let event = load_balancer(&format!("/meetings/{id}/attendees"));
    attendee_id(&world.event(&event).await);
}
