//! Each request is one log line, which contains nothing of the request's contents.
//!
//! Every error of every operation is caused twice: in this process, where panics are possible, and in the
//! Lambda binary, with every variable set that makes logs verbose. The function installs no `tracing`
//! subscriber, so the events and headers that the runtime and the SDK trace are not written. The output
//! of the binary shows that.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use axum::Router;
use axum::http::StatusCode;
use futures_util::future::join_all;
use rollcall::Settings;
use rollcall::domain::ResourceArn;
use rollcall::error::Error;
use rollcall::operations::OPERATIONS;
use rollcall::violations::Violations;
use serde_json::{Value, json};

use crate::app::{MEETINGS_TABLE, SECRET, SHORT_TIMEOUT, TestApp, refused, serve_routes};
use crate::items::{item, text};
use crate::lambda_process::{ENDPOINT, Lambda, TABLES};
use crate::secrets::{Request, assert_no_secrets, meeting_of, secret, subject};
use crate::suite::races::race;
use rollcall_testing::calls::{self, Call, Subject};
use rollcall_testing::function::body;
use rollcall_testing::gateway::TIMEOUT;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_line_with_its_outcome() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let attendee = app.create_attendee(&meeting_id, "alice").await.unwrap();
    app.create_attendee(&meeting_id, "alice").await.unwrap();
    app.create_attendee(&meeting_id, "x").await.unwrap_err();

    let lines = app.log.json();
    let operations: Vec<_> = lines.iter().map(|line| line["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["CreateMeeting", "CreateAttendee", "CreateAttendee", "CreateAttendee"]);
    let column = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("coldStart"), [true, false, false, false]);
    assert_eq!(column("status"), [200, 200, 200, 400]);
    assert_eq!(column("replay"), [json!(false), json!(false), json!(true), json!(null)]);
    assert_eq!(column("outcome"), ["Success", "Success", "Success", "BadRequestException"]);
    let reason = "1 validation error detected: Value at 'externalUserId' failed to satisfy constraint: \
                  Member must have length greater than or equal to 2";
    assert_eq!(column("reason"), [json!(null), json!(null), json!(null), json!(reason)]);
    assert_eq!(column("meetingId"), vec![json!(meeting_id); 4]);
    assert_eq!(column("attendeeId")[1].as_str(), attendee.attendee_id());
    assert_eq!(column("attendeeId")[1], column("attendeeId")[2]);
    for line in &lines {
        assert!(line["durationMs"].as_f64().unwrap() > 0.0);
        assert_eq!(line["timestamp"], "2027-01-15T08:00:00Z");
        assert!(line["requestId"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_but_one_of_many_concurrent_creates_of_one_user_are_replays() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    race(&app, &meeting_id, vec!["alice".to_owned(); 64]).await;
    let replays = app.log.json().iter().filter(|line| line["replay"] == true).count();
    assert_eq!(replays, 63);
}

/// The service in this process with a timeout, or the binary.
enum Function {
    Local(TestApp, Duration),
    Binary(Lambda),
}

impl Function {
    async fn respond(&mut self, event: Value) -> Value {
        match self {
            Self::Local(app, time) => app.event_in_time(&event.to_string(), *time).await,
            Self::Binary(lambda) => lambda.respond(event).await,
        }
    }

    /// Stops it, and returns everything that it wrote.
    async fn stop(self) -> String {
        match self {
            Self::Local(app, _) => app.log.text(),
            Self::Binary(lambda) => lambda.stop().await,
        }
    }
}

/// The binary, with every variable set that makes logs verbose.
async fn binary(time: Duration, dynamodb_url: &str, variables: &[(&str, &str)]) -> Function {
    let usual = [
        (ENDPOINT, dynamodb_url),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
    ];
    Function::Binary(Lambda::start(time, &[&usual, &TABLES[..], variables].concat()).await)
}

const CREDENTIALS: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "Qz7vAccessKey"), ("AWS_SECRET_ACCESS_KEY", "Qz7vSecretKey")];

/// The responses, and what was logged.
#[derive(Default)]
struct Seen {
    /// Operations and messages of errors. The name of an unknown operation is empty.
    errors: BTreeSet<(String, String)>,
    /// Operations that succeeded.
    successes: BTreeSet<String>,
    /// The logged causes of failures.
    causes: BTreeSet<String>,
    /// The secret halves of join tokens, which must not be logged either.
    secrets: Vec<String>,
    requests: usize,
}

impl Seen {
    /// Sends a request, and asserts the status of its response.
    async fn expect(&mut self, status: u64, function: &mut Function, request: Request) -> Value {
        let response = self.send(function, request.operation, request.event).await;
        assert_eq!(response["statusCode"], status, "{}: {response}", request.operation);
        response
    }

    async fn send(&mut self, function: &mut Function, operation: &str, event: Value) -> Value {
        let response = function.respond(event).await;
        self.requests += 1;
        let body = serde_json::from_str(response["body"].as_str().unwrap()).unwrap_or(Value::Null);
        if let Some(message) = body["Message"].as_str() {
            self.errors.insert((operation.to_owned(), message.to_owned()));
            assert_no_secrets(&response.to_string(), &[]);
        } else {
            self.successes.insert(operation.to_owned());
        }
        let several = body["Attendees"].as_array().into_iter().flatten();
        for attendee in several.chain([&body["Attendee"]]) {
            // The first half is ids, which are logged.
            let secret = attendee["JoinToken"].as_str().and_then(|token| token.get(64..));
            self.secrets.extend(secret.map(str::to_owned));
        }
        response
    }

    /// Adds the errors and causes of another function.
    fn add(&mut self, other: Self) {
        self.errors.extend(other.errors);
        self.causes.extend(other.causes);
    }

    /// Stops a function, and asserts that it wrote one line without secrets for each request.
    async fn stop(&mut self, function: Function) {
        let written = function.stop().await;
        assert_no_secrets(&written, &self.secrets);
        let lines = written.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let mut count = 0;
        // The lines of the instance's start and of its warm-up.
        let is_request =
            |line: &Value| line["message"] != "start" && line["message"] != "warm-up failed";
        for line in lines.filter(is_request) {
            assert_eq!(line["message"], "request");
            self.causes.extend(line["cause"].as_str().map(str::to_owned));
            count += 1;
        }
        assert_eq!(count, self.requests, "one line for each request: {written}");
        self.requests = 0;
    }
}

fn arn() -> ResourceArn {
    ResourceArn::parse("arn:".to_owned()).unwrap()
}

/// One error of each kind. A new kind belongs here and in [`returned_by`], which does not compile without
/// it.
fn every_error() -> [Error; 16] {
    [
        Error::Invalid(Violations::default()),
        Error::BadRequest("The request body is empty"),
        Error::MeetingFull,
        Error::TooManyReplicas,
        Error::NoSuchMeeting,
        Error::MeetingEnded,
        Error::NoSuchAttendee,
        Error::NoSuchResource(arn()),
        Error::TooManyTags(arn()),
        Error::UnknownOperation,
        Error::TokenUsed,
        Error::OtherCapabilities,
        Error::Throttled("".into()),
        Error::Unavailable("".into()),
        Error::UnreadableAttendee(None, "".into()),
        Error::Failure("".into()),
    ]
}

/// The operations that can respond with this error.
fn returned_by(error: &Error) -> Vec<&'static str> {
    let is_of = |call: &Call| match error {
        Error::Invalid(_) | Error::Throttled(_) | Error::Unavailable(_) | Error::Failure(_) => true,
        Error::BadRequest(_) => !call.body.is_null(),
        // A full batch gets a response with an error for each attendee.
        Error::MeetingFull => lists(call, error) && call.path.contains("{MeetingId}"),
        Error::TooManyReplicas => lists(call, error) && !call.path.contains("{MeetingId}"),
        Error::NoSuchAttendee => lists(call, error) && call.path.contains("{AttendeeId}"),
        Error::NoSuchMeeting
        | Error::MeetingEnded
        | Error::NoSuchResource(_)
        | Error::TooManyTags(_)
        | Error::TokenUsed
        | Error::OtherCapabilities => lists(call, error),
        Error::UnknownOperation | Error::UnreadableAttendee(..) => false,
    };
    match error {
        Error::UnknownOperation => vec![""],
        Error::UnreadableAttendee(..) => {
            vec!["CreateAttendee", "GetAttendee", "UpdateAttendeeCapabilities"]
        }
        _ => {
            let names = OPERATIONS.iter().map(|operation| operation.name);
            names.filter(|name| is_of(calls::of(name))).collect()
        }
    }
}

fn lists(call: &Call, error: &Error) -> bool {
    call.errors.iter().any(|name| name == error.name())
}

/// Asserts that the success and every error of every operation are among the responses.
fn assert_all(Seen { errors: seen, successes, .. }: &Seen) {
    for operation in OPERATIONS.iter().map(|operation| operation.name) {
        assert!(successes.contains(operation), "the success of {operation} was not tried");
    }
    for error in every_error() {
        for operation in returned_by(&error) {
            let is_it = |message: &str| match &error {
                Error::Invalid(_) => message.contains(" detected: Value at "),
                other => message == other.message(),
            };
            let returned = seen.iter().any(|(name, message)| name == operation && is_it(message));
            assert!(returned, "{error:?} of {operation:?} was not tried: {seen:?}");
        }
    }
}

/// Successes, replays, and every error that is possible with a working DynamoDB.
async fn try_requests(seen: &mut Seen, function: &mut Function) {
    let unknown = Request::new("", "POST", &format!("/{}", secret("Path")));
    seen.expect(404, function, unknown.body(secret("Body"))).await;
    let batch = format!("/meetings/{}/attendees", secret("Id"));
    let batch = Request::new("", "POST", &batch).query("operation", &secret("Operation"));
    seen.expect(404, function, batch).await;
    let scheduled = json!({"source": secret("Source"), "detail": secret("Detail")});
    seen.send(function, "", scheduled).await;
    for request in Request::each_invalid() {
        seen.expect(400, function, request).await;
    }
    for request in Request::each("Token") {
        if request.event["body"] != "" {
            let text = request.clone().body(secret("Text"));
            let cut_short = request.clone().body(format!("{{\"{}\":", secret("Name")));
            let form = request.clone().content_type("text/plain");
            for wrong in [text, cut_short, form, request.body("")] {
                seen.expect(400, function, wrong).await;
            }
        }
    }

    let of = |operation: &'static str| Request::of(operation, &subject("Token"));
    // Every other operation needs a meeting.
    let without_meeting = ["CreateMeeting", "CreateMeetingWithAttendees", "DeleteMeeting"];
    let mut with_meeting = Request::each("Token");
    with_meeting.retain(|request| !without_meeting.contains(&request.operation));
    for absent in with_meeting.clone() {
        seen.expect(404, function, absent).await;
    }
    seen.expect(204, function, of("DeleteMeeting")).await;
    for again in [
        "CreateMeeting",
        "CreateMeeting",
        "CreateAttendee",
        "CreateAttendee",
        "BatchCreateAttendee",
        "GetMeeting",
        "ListAttendees",
        "ListTagsForResource",
        "StopMeetingTranscription",
        "StartMeetingTranscription",
    ] {
        seen.expect(200, function, of(again)).await;
    }
    let created = body(&seen.expect(200, function, of("CreateAttendee")).await);
    let attendee_id = created["Attendee"]["AttendeeId"].as_str().unwrap().to_owned();
    let created = Subject { attendee_id, ..subject("Token") };
    let of_created = |operation: &'static str| Request::of(operation, &created);
    seen.expect(200, function, of_created("GetAttendee")).await;
    seen.expect(404, function, of("GetAttendee")).await;
    seen.expect(404, function, of("UpdateAttendeeCapabilities")).await;
    seen.expect(200, function, of_created("UpdateAttendeeCapabilities")).await;
    seen.expect(200, function, of("BatchUpdateAttendeeCapabilitiesExcept")).await;
    seen.expect(200, function, of("CreateAttendee")).await;
    seen.expect(404, function, of("DeleteAttendee")).await;
    for _ in 0..2 {
        seen.expect(204, function, of_created("DeleteAttendee")).await;
    }
    seen.expect(404, function, of_created("GetAttendee")).await;
    seen.expect(200, function, of("CreateAttendee")).await;
    let other = of("CreateMeeting").with("MeetingHostId", secret("Other"));
    seen.expect(200, function, other.clone()).await;
    let none = json!({"Audio": "None", "Video": "None", "Content": "None"});
    seen.expect(422, function, of("CreateAttendee").with("Capabilities", none)).await;
    let one_more = of("CreateAttendee").with("ExternalUserId", secret("TooMany"));
    seen.expect(400, function, one_more).await;
    seen.expect(204, function, of("TagResource")).await;
    let many = (0..50).map(|n| json!({"Key": secret(&format!("Key{n}")), "Value": ""}));
    seen.expect(400, function, of("TagResource").with("Tags", many.collect::<Value>())).await;
    seen.expect(204, function, of("UntagResource")).await;
    for _ in 0..2 {
        seen.expect(204, function, of("DeleteMeeting")).await;
    }
    for ended in with_meeting {
        seen.expect(404, function, ended).await;
    }
    for ended in [of("CreateMeeting"), other] {
        seen.expect(409, function, ended).await;
    }

    let both = Request::of("CreateMeetingWithAttendees", &subject("Both"));
    for again in [&both, &both] {
        let response = seen.expect(200, function, again.clone()).await;
        assert!(response["body"].as_str().unwrap().contains("LimitExceeded"), "{response}");
    }
    let other = both.clone().with("Attendees", json!([{"ExternalUserId": secret("Third")}]));
    seen.expect(200, function, other.clone()).await;
    seen.expect(204, function, Request::of("DeleteMeeting", &subject("Both"))).await;
    for ended in [both, other] {
        seen.expect(409, function, ended).await;
    }

    let primary = subject("Primary");
    seen.expect(200, function, Request::of("CreateMeeting", &primary)).await;
    let replica = |operation: &'static str, token: &str| {
        Request::of(operation, &subject(token)).with("PrimaryMeetingId", &*primary.meeting_id)
    };
    for token in ["Replica1", "Replica2", "Replica3", "Replica4"] {
        seen.expect(200, function, replica("CreateMeeting", token)).await;
    }
    for operation in ["CreateMeeting", "CreateMeetingWithAttendees"] {
        seen.expect(400, function, replica(operation, "Replica5")).await;
    }
    seen.expect(204, function, Request::of("DeleteMeeting", &primary)).await;
}

/// Every operation on a DynamoDB that always fails.
async fn try_failures(mut function: Function, status: u64) -> Seen {
    let mut seen = Seen::default();
    for request in Request::each("Token") {
        seen.expect(status, &mut function, request).await;
    }
    seen.stop(function).await;
    seen
}

/// Every operation on unreadable items.
async fn try_unreadable_items(seen: &mut Seen, function: &mut Function, dynamodb: &Client) {
    let put = dynamodb.put_item().table_name(MEETINGS_TABLE).set_item(Some(item([
        ("MeetingId", text(&meeting_of("Unreadable"))),
        ("ExternalMeetingId", text(&secret("Stored"))),
        ("ExpiresAt", text(&secret("Time"))),
        ("Replicas", text(&secret("Replicas"))),
    ])));
    put.send().await.unwrap();
    let requests = Request::each("Unreadable").into_iter();
    let (deletion, others): (Vec<_>, Vec<_>) =
        requests.partition(|request| request.operation == "DeleteMeeting");
    for request in others {
        seen.expect(500, function, request).await;
    }
    // It needs none of these attributes.
    for request in deletion {
        seen.expect(204, function, request).await;
    }
}

/// Starts a server that responds to every request with this error and with internal data.
async fn failing_dynamodb(status: u16, code: &str) -> String {
    let status = StatusCode::from_u16(status).unwrap();
    let body = json!({
        "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"),
        "message": secret("InternalMessage"),
        "Item": {"ExternalUserId": {"S": secret("InternalItem")}},
    });
    let body = body.to_string();
    serve_routes(Router::new().fallback(move || async move { (status, body) })).await
}

/// DynamoDB's errors, and the status of the service's response.
const FAILURES: [(u16, &str, u64); 3] = [
    (400, "ThrottlingException", 429),
    (500, "InternalServerError", 503),
    (400, "AccessDeniedException", 500),
];
/// Prefixes of the causes in both tests.
const CAUSES: [&str; 6] = [
    "DynamoDB answered 400 ThrottlingException",
    "DynamoDB answered 500 InternalServerError",
    "DynamoDB answered 400 AccessDeniedException",
    "DynamoDB answered 400 ResourceNotFoundException",
    "no connection to DynamoDB",
    "item with an unreadable attribute ",
];

fn assert_causes(seen: &Seen, causes: &[&str]) {
    for cause in causes {
        assert!(
            seen.causes.iter().any(|seen| seen.starts_with(cause)),
            "{cause}: {:?}",
            seen.causes
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_of_any_operation_logs_contents_of_the_request() {
    let app = TestApp::new().await;
    let (dynamodb, url) = (app.dynamodb.clone(), app.dynamodb_url.clone());
    let mut function = Function::Local(app, TIMEOUT);
    let mut seen = Seen { secrets: vec![SECRET.to_owned()], ..Seen::default() };
    try_requests(&mut seen, &mut function).await;
    try_unreadable_items(&mut seen, &mut function, &dynamodb).await;
    for request in Request::each("Token") {
        let Function::Local(app, _) = &function else { panic!("a local function") };
        app.panic_once();
        seen.expect(500, &mut function, request).await;
    }
    seen.stop(function).await;

    let elsewhere = TestApp::on(url, Settings::new("no-meetings", "no-attendees")).await;
    let (_socket, no_server) = refused();
    let mut failing = vec![
        try_failures(Function::Local(elsewhere, TIMEOUT), 500),
        try_failures(Function::Local(TestApp::on_failing(no_server).await, SHORT_TIMEOUT), 503),
    ];
    for (status, code, returned) in FAILURES {
        let app = TestApp::on_failing(failing_dynamodb(status, code).await).await;
        failing.push(try_failures(Function::Local(app, SHORT_TIMEOUT), returned));
    }
    join_all(failing).await.into_iter().for_each(|other| seen.add(other));
    assert_all(&seen);
    assert_causes(&seen, &CAUSES);
    assert_causes(&seen, &["panic at "]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_verbose_binary_writes_no_contents_of_requests() {
    let app = TestApp::new().await;
    let url = &app.dynamodb_url;
    let mut function = binary(TIMEOUT, url, &CREDENTIALS).await;
    let mut seen = Seen::default();
    try_requests(&mut seen, &mut function).await;
    try_unreadable_items(&mut seen, &mut function, &app.dynamodb).await;
    seen.stop(function).await;

    let elsewhere =
        [&CREDENTIALS[..], &[("MEETINGS_TABLE", "none-of"), ("ATTENDEES_TABLE", "these")]];
    let without_credentials = [("AWS_EC2_METADATA_DISABLED", "true")];
    let (_socket, no_server) = refused();
    let mut failing = vec![
        try_failures(binary(TIMEOUT, url, &elsewhere.concat()).await, 500),
        try_failures(binary(TIMEOUT, url, &without_credentials).await, 500),
        try_failures(binary(SHORT_TIMEOUT, &no_server, &CREDENTIALS).await, 503),
    ];
    for (status, code, returned) in FAILURES {
        let url = failing_dynamodb(status, code).await;
        failing.push(try_failures(binary(SHORT_TIMEOUT, &url, &CREDENTIALS).await, returned));
    }
    join_all(failing).await.into_iter().for_each(|other| seen.add(other));
    assert_all(&seen);
    assert_causes(&seen, &CAUSES);
    assert_causes(&seen, &["there are no credentials for DynamoDB"]);
}
