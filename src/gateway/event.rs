//! Reading proxy events.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use super::content_type::ContentType;
use super::path::{self, Segments};
use crate::json::{self, Member};

/// Whose event it is, and so which answer fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// API Gateway's REST API, and its HTTP API with payload format 1.0.
    RestApi,
    /// API Gateway's HTTP API with payload format 2.0, and function URLs.
    HttpApi,
    /// An Application Load Balancer.
    LoadBalancer,
    /// An Application Load Balancer whose target group has multi-value headers.
    LoadBalancerMultiValue,
}

/// An HTTP request, as far as the service reads it.
#[derive(Debug)]
pub struct Request {
    /// How to answer.
    pub form: Form,
    /// In upper case, as HTTP has it.
    pub method: String,
    /// What the path may mean, the likeliest first; see [`super::path`].
    pub paths: Vec<Segments>,
    /// Every query parameter, decoded, in no certain order; one may stand twice.
    pub query: Vec<(String, String)>,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The body's bytes; `None` when the event says base64 and holds something else.
    pub body: Option<Vec<u8>>,
    /// The gateway's id of the request, if it is fit for a header.
    pub request_id: Option<String>,
}

/// Padding is what some encoders leave out; everything else is strict.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

type Texts = BTreeMap<String, Member<String>>;
type Lists = BTreeMap<String, Member<Vec<String>>>;

/// The members of all four kinds of events that are read.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    resource: Member<String>,
    path: Member<String>,
    raw_path: Member<String>,
    route_key: Member<String>,
    http_method: Member<String>,
    headers: Member<ContentType<Member<String>>>,
    multi_value_headers: Member<ContentType<Member<Vec<String>>>>,
    query_string_parameters: Member<Texts>,
    multi_value_query_string_parameters: Member<Lists>,
    raw_query_string: Member<String>,
    path_parameters: Member<Texts>,
    request_context: Member<RequestContext>,
    body: Member<String>,
    is_base64_encoded: Member<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RequestContext {
    request_id: Member<String>,
    stage: Member<String>,
    http: Member<Http>,
    elb: Member<Elb>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    method: Member<String>,
}

#[derive(Deserialize)]
struct Elb {}

json::objects!(Event, RequestContext, Http, Elb);

impl Request {
    /// Reads an event. `None` when it is no proxy event at all, such as a scheduled one.
    pub fn read(event: &str) -> Option<Self> {
        let event: Event = json::document(event.as_bytes()).ok()?;
        let context = event.request_context.given().unwrap_or_default();
        let http = context.http.given();
        let multi_value_headers = event.multi_value_headers.given();
        let form = match (&http, context.elb) {
            (_, Member::Given(_)) if multi_value_headers.is_some() => Form::LoadBalancerMultiValue,
            (_, Member::Given(_)) => Form::LoadBalancer,
            (Some(_), _) => Form::HttpApi,
            (None, _) => Form::RestApi,
        };
        let full = path::segments(&event.raw_path.given().or(event.path.given())?);
        let parameters = event.path_parameters.given().unwrap_or_default();
        let value_of = |name: &str| match parameters.get(name) {
            Some(Member::Given(value)) => Some(value.as_str()),
            _ => None,
        };
        // A route key is `POST /meetings` or `$default`; a resource is `/meetings`.
        let route = event.resource.given().or(event.route_key.given()).unwrap_or_default();
        let route = route.split_once(' ').map_or(route.as_str(), |(_, path)| path);
        let paths = full.map_or_else(Vec::new, |full| {
            let meanings = path::from_route(route, value_of, &full);
            if meanings.is_empty() {
                path::with_and_without_stage(full, context.stage.given().as_deref())
            } else {
                meanings
            }
        });
        Some(Self {
            form,
            method: http.and_then(|http| http.method.given()).or(event.http_method.given())?,
            paths,
            query: query(
                form,
                event.raw_query_string.given(),
                event.multi_value_query_string_parameters.given(),
                event.query_string_parameters.given(),
            ),
            content_type: content_type(event.headers.given(), multi_value_headers),
            body: body(event.body, event.is_base64_encoded.given().unwrap_or(false)),
            request_id: context.request_id.given().filter(|id| is_request_id(id)),
        })
    }
}

/// Every parameter of every form in which the event has them. One whose value is odd still counts,
/// because its name alone can mean another operation.
fn query(
    form: Form,
    raw: Option<String>,
    lists: Option<Lists>,
    texts: Option<Texts>,
) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in texts.into_iter().flatten() {
        pairs.push((name, value.given().unwrap_or_default()));
    }
    for (name, values) in lists.into_iter().flatten() {
        let values = values.given().filter(|values| !values.is_empty());
        for value in values.unwrap_or_else(|| vec![String::new()]) {
            pairs.push((name.clone(), value));
        }
    }
    // API Gateway decodes these, load balancers leave them as they came.
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    if matches!(form, Form::LoadBalancer | Form::LoadBalancerMultiValue) {
        let decoded = |text: String| path::decoded(&text.replace('+', " "));
        pairs = pairs.into_iter().map(|(name, value)| (decoded(name), decoded(value))).collect();
    }
    pairs.extend(form_urlencoded::parse(raw.unwrap_or_default().as_bytes()).into_owned());
    pairs
}

fn content_type(
    single: Option<ContentType<Member<String>>>,
    multi_value: Option<ContentType<Member<Vec<String>>>>,
) -> Option<String> {
    let of_many = || multi_value?.0?.given()?.into_iter().next();
    single.and_then(|found| found.0?.given()).or_else(of_many)
}

fn body(body: Member<String>, is_base64: bool) -> Option<Vec<u8>> {
    match body {
        Member::Absent => Some(Vec::new()),
        Member::WrongType(_) => None,
        Member::Given(text) if is_base64 => BASE64.decode(text).ok(),
        Member::Given(text) => Some(text.into_bytes()),
    }
}

/// Gateways send UUIDs and, for HTTP APIs, base64; anything else is not put into a header.
fn is_request_id(id: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_=+/.:".contains(&b);
    (1..=128).contains(&id.len()) && id.bytes().all(plain)
}
