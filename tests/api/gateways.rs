//! The same handler behind every gateway.

use serde_json::{Value, json};

use crate::world::World;

const BODY: &str = r#"{"ExternalUserId":"alice"}"#;

fn rest(path: &str, stage: &str, resource: &str, parameters: Value) -> Value {
    json!({
        "resource": resource,
        "path": path,
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "pathParameters": parameters,
        "requestContext": {"requestId": "rest-request-id", "stage": stage},
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
        assert_eq!(answer["headers"]["x-amzn-RequestId"], "rest-request-id");
        assert_eq!(answer["isBase64Encoded"], false);
    }
    // No path of HTTP's, and a path that is another.
    for path in ["meetings", "", "*", "//meetings", "/meetings/"] {
        let answer = world.event(&rest(path, "prod", "", Value::Null)).await;
        assert_eq!(answer["statusCode"], 404, "{path}");
        assert_eq!(answer["headers"]["x-amzn-RequestId"], "rest-request-id");
    }
    let other_stage = rest(&format!("/prod/{attendees}"), "test", "", Value::Null);
    assert_eq!(world.event(&other_stage).await["statusCode"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_query_counts_in_whatever_form_it_comes() {
    let world = World::new().await;
    let path = format!("/meetings/{}/attendees", world.meeting().await);
    let (one, many) = ("queryStringParameters", "multiValueQueryStringParameters");
    for (member, value) in [
        (one, json!({"operation": "batch-delete"})),
        (one, json!({"operation": null})),
        (one, json!({"operation": 1})),
        (many, json!({"operation": ["batch-delete"]})),
        (many, json!({"operation": []})),
        (many, json!({"operation": [null]})),
        (many, json!({"operation": null})),
        (many, json!({"operation": "batch-delete"})),
        ("rawQueryString", json!("operation=batch-delete")),
    ] {
        let mut event = rest(&path, "prod", "", Value::Null);
        event[many] = json!({"x": ["1"]});
        event[member] = value;
        assert_eq!(world.event(&event).await["statusCode"], 404, "{event}");
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
        let mut event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": raw_path,
            "rawQueryString": "a=%20&b=<x> y",
            "headers": {"content-type": "application/json", "host": "no host at all"},
            "pathParameters": {"MeetingId": id},
            "requestContext": {
                "requestId": "JKJaXmPLvHcESHA=",
                "stage": stage,
                "http": {"method": "POST", "path": raw_path},
            },
            "body": BODY,
            "isBase64Encoded": false,
        });
        let answer = world.event(&event).await;
        assert_eq!(attendee_id(&answer), alice, "{event}");
        assert_eq!(answer["headers"]["x-amzn-RequestId"], "JKJaXmPLvHcESHA=");
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
    let mut event = json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": "POST",
        "path": format!("/meetings/{id}/attendees"),
        "queryStringParameters": {},
        "headers": {"content-type": "application/json"},
        "body": BODY,
        "isBase64Encoded": false,
    });
    let answer = world.event(&event).await;
    assert_eq!(attendee_id(&answer), alice);
    assert_eq!(answer["statusDescription"], "200 OK");
    // There is no gateway's id: Lambda's is told.
    let lambda_request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
    assert_eq!(answer["headers"]["x-amzn-RequestId"], lambda_request_id);

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
    assert_eq!(answer["multiValueHeaders"]["Content-Type"], json!(["application/json"]));
    assert_eq!(answer.get("headers"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base64_body_is_its_bytes() {
    let world = World::new().await;
    let id = world.meeting().await;
    let alice = world.join(&id, "alice").await.unwrap().attendee_id.unwrap();
    let mut event = rest(&format!("/meetings/{id}/attendees"), "prod", "", Value::Null);
    event["isBase64Encoded"] = json!(true);
    for encoded in ["eyJFeHRlcm5hbFVzZXJJZCI6ImFsaWNlIn0=", "eyJFeHRlcm5hbFVzZXJJZCI6ImFsaWNlIn0"] {
        event["body"] = json!(encoded);
        assert_eq!(attendee_id(&world.event(&event).await), alice);
    }
    for broken in ["{\"ExternalUserId\":\"alice\"}", "eyJFeHRl cm5h", "=", "\u{e9}"] {
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
        assert_eq!(answer["headers"]["x-amzn-RequestId"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
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
        "not json",
        r#"{"source":"aws.events","detail":{}}"#,
        r#"{"path":7,"httpMethod":"POST"}"#,
        r#"{"Records":[{"eventSource":"aws:sqs"}]}"#,
    ] {
        let answer = world.event_text(event).await;
        assert_eq!(answer["statusCode"], 400, "{event}");
        assert_eq!(answer["headers"]["x-amzn-ErrorType"], "BadRequestException");
    }
}
