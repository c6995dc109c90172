//! Events of the gateways that the function serves, with the members that it reads.

use serde_json::{Value, json};

/// An API Gateway REST API's event. Without `resource` and `requestContext.resourcePath` it names no
/// route.
pub fn rest(method: &str, path: &str, body: &str) -> Value {
    json!({
        "path": path,
        "httpMethod": method,
        "headers": {"Content-Type": "application/json"},
        "requestContext": {"httpMethod": method, "requestId": "r-1"},
        "body": body,
        "isBase64Encoded": false,
    })
}

/// An API Gateway HTTP API's event, or a function URL's. `route` is `GET /meetings`, or `$default`.
pub fn http_api(method: &str, path: &str, route: &str, body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "host": "api.example.com"},
        "requestContext": {
            "requestId": "r-1",
            "routeKey": route,
            "stage": "$default",
            "http": {"method": method, "path": path},
        },
        "body": body,
        "isBase64Encoded": false,
    })
}

/// An Application Load Balancer's event, with one value for each header and query parameter.
pub fn load_balancer(method: &str, path: &str, body: &str) -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:x"}},
        "httpMethod": method,
        "path": path,
        "queryStringParameters": {},
        "headers": {"content-type": "application/json", "host": "api.example.com"},
        "body": body,
        "isBase64Encoded": false,
    })
}
