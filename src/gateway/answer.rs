//! What the function returns for each kind of event.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Form;

/// An HTTP response, before it is put into the form of a gateway.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP.
    pub status: u16,
    /// Each name stands once.
    pub headers: BTreeMap<&'static str, String>,
    /// Empty where there is none.
    pub body: String,
}

/// The document that the function returns.
///
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format>
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    status_code: u16,
    /// For load balancers, which ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<BTreeMap<&'static str, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<BTreeMap<&'static str, [String; 1]>>,
    /// None are set; `cargo lambda watch` can't do without the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<[String; 0]>,
    body: String,
    is_base64_encoded: bool,
}

impl Answer {
    /// The response in the form that answers such an event.
    pub fn new(form: Form, response: Response) -> Self {
        let Response { status, headers, body } = response;
        let is_alb = matches!(form, Form::LoadBalancer | Form::LoadBalancerMultiValue);
        // A load balancer reads only the kind of headers that its target group is set to send.
        let (headers, multi_value_headers) = if form == Form::LoadBalancerMultiValue {
            let each = headers.into_iter().map(|(name, value)| (name, [value]));
            (None, Some(each.collect()))
        } else {
            (Some(headers), None)
        };
        Self {
            status_code: status,
            status_description: is_alb.then(|| format!("{status} {}", reason(status))),
            headers,
            multi_value_headers,
            cookies: (form == Form::HttpApi).then_some([]),
            body,
            is_base64_encoded: false,
        }
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        404 => "Not Found",
        409 => "Conflict",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
