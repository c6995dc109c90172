//! What the function itself does of a request, step by step and whole, without a network.

use std::hint::black_box;
use std::io::sink;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use criterion::{Criterion, criterion_group, criterion_main};
use rollcall::gateway::{Answer, Form, Request};
use rollcall::log::{Format, Level};
use rollcall::operations::Operation;
use rollcall::store::with_limits;
use rollcall::{Clock, Invocation, Log, Service, Settings, Store, rest_json};
use serde_json::Value;

const CREATE: &str = include_str!("../../../events/create-attendee.json");
const TWENTY: &str = include_str!("../../../events/create-meeting-with-attendees.json");

/// A service whose DynamoDB does whatever it is asked, at once.
fn service() -> Service {
    let agrees = infallible_client_fn(|_| http::Response::new(SdkBody::from("{}")));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url("http://localhost")
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("any", "any", None, None, "benchmark"))
        .http_client(agrees);
    let settings = Settings::new("meetings", "attendees");
    let store = Store::new(Client::from_conf(with_limits(config).build()), &settings);
    Service::new(store, Clock::system(), settings, Log::new(Format::Json, Level::Info, sink()))
}

fn request(criterion: &mut Criterion) {
    criterion.bench_function("read the event of a create", |bencher| {
        bencher.iter(|| Request::read(black_box(CREATE)));
    });
    criterion.bench_function("read the event of a meeting with attendees", |bencher| {
        bencher.iter(|| Request::read(black_box(TWENTY)));
    });
    let request = Request::read(CREATE).expect("a request");
    criterion.bench_function("find the operation", |bencher| {
        bencher.iter(|| Operation::find(black_box(&request)));
    });
    criterion.bench_function("render the answer of a create", |bencher| {
        let body = include_str!("../../../events/expected/create-attendee.json");
        let body: Value = serde_json::from_str(body).expect("JSON");
        let body = body["answer"]["body"].to_string();
        bencher.iter(|| {
            let outcome = Ok((200, body.clone()));
            let (response, _) =
                rest_json::response(outcome, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef");
            serde_json::to_string(&Answer::new(Form::RestApi, response))
        });
    });

    let service = service();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let invocation = Invocation {
        request_id: "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned(),
        function_arn: "arn:aws:lambda:eu-central-1:123456789012:function:rollcall".to_owned(),
        time_left: Duration::from_secs(10),
    };
    let mut whole = |name: &str, event: &str, status: u16| {
        let answer = || runtime.block_on(service.answer(black_box(event), &invocation));
        let answered = serde_json::to_value(answer()).expect("an answer");
        assert_eq!(answered["statusCode"], status, "{answered}");
        criterion.bench_function(name, |bencher| bencher.iter(answer));
    };
    let refused = include_str!("../../../events/create-attendee-many-violations.json");
    whole("refuse a create, whole: read, check, render, log", refused, 400);
    whole("a create, whole but for the network", CREATE, 200);
}

criterion_group!(benches, request);
criterion_main!(benches);
