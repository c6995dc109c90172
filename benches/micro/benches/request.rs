//! Benchmarks of the steps of a request and of whole requests, without a network.

use std::hint::black_box;
use std::io::sink;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use criterion::{Criterion, criterion_group, criterion_main};
use lambda_http::request::from_str;
use lambda_http::{Context, RequestExt as _, Response};
use rollcall::log::{Format, Level};
use rollcall::operations;
use rollcall::store::with_limits;
use rollcall::{Clock, Log, Service, Settings, Store};

const CREATE: &str = include_str!("../../../events/create-attendee.json");
const TWENTY: &str = include_str!("../../../events/create-meeting-with-attendees.json");
const REFUSED: &str = include_str!("../../../events/create-attendee-many-violations.json");

/// A service whose DynamoDB responds to every request with a success, at once.
fn service() -> Service {
    let agrees = infallible_client_fn(|_| {
        let response = Response::builder().header("content-type", "application/x-amz-json-1.0");
        response.body(SdkBody::from("{}")).expect("a response")
    });
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url("http://localhost")
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "benchmark"));
    let config = with_limits(config).http_client(agrees);
    let settings = Settings::new("meetings", "attendees");
    let store = Store::new(Client::from_conf(config.build()), &settings);
    Service::new(store, Clock::system(), settings, Log::new(Format::Json, Level::Info, sink()))
}

/// The Lambda context of an invocation.
fn context() -> Context {
    let mut context = Context::default();
    context.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned();
    context.invoked_function_arn =
        "arn:aws:lambda:eu-central-1:123456789012:function:rollcall".to_owned();
    context
}

fn request(criterion: &mut Criterion) {
    criterion.bench_function("read the event of a create", |bencher| {
        bencher.iter(|| from_str(black_box(CREATE)));
    });
    criterion.bench_function("read the event of a meeting with attendees", |bencher| {
        bencher.iter(|| from_str(black_box(TWENTY)));
    });
    let request = from_str(CREATE).expect("a request");
    criterion.bench_function("find the operation", |bencher| {
        bencher.iter(|| operations::find(black_box(&request), ""));
    });

    let (service, context) = (service(), context());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let mut whole = |name: &str, event: &str, status: u16| {
        let respond = || {
            let request = from_str(black_box(event)).expect("a request");
            runtime.block_on(service.respond(request.with_lambda_context(context.clone())))
        };
        let response = respond();
        assert_eq!(response.status(), status, "{response:?}");
        criterion.bench_function(name, |bencher| bencher.iter(respond));
    };
    whole("refuse a create, whole: read, check, render, log", REFUSED, 400);
    whole("a create, whole but for the network", CREATE, 200);
}

criterion_group!(benches, request);
criterion_main!(benches);
