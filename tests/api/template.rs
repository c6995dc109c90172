//! `template.yaml` agrees with the code.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rollcall::error::Error;
use rollcall::log::metrics;
use rollcall::operations::OPERATIONS;
use rollcall::store::schema::{self, Table};
use rollcall::{Settings, service, store};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

use crate::app::{ATTENDEES_TABLE, MEETINGS_TABLE, TestApp};
use crate::faults::plan::FaultPlan;
use rollcall_testing::calls::{Call, Subject};
use rollcall_testing::gateway;

/// The template as JSON, with the long forms of functions: `!Ref x` becomes `{"Ref": x}`.
fn template() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/template.yaml");
    let text = std::fs::read_to_string(file).unwrap();
    plain(&Yaml::load_from_str(&text).unwrap()[0])
}

fn plain(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(elements) => elements.iter().map(plain).collect(),
        Yaml::Mapping(members) => {
            let text = |key: &Yaml<'_>| key.as_str().expect("keys are text").to_owned();
            members.iter().map(|(key, value)| (text(key), plain(value))).collect()
        }
        Yaml::Tagged(tag, value) => {
            let function = match tag.suffix.as_str() {
                "Ref" => "Ref".to_owned(),
                other => format!("Fn::{other}"),
            };
            json!({ function: plain(value) })
        }
        other => panic!("{other:?}"),
    }
}

fn properties(resource: &str) -> Value {
    let properties = template()["Resources"][resource]["Properties"].take();
    assert!(properties.is_object(), "no {resource}");
    properties
}

/// All types of
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html>
/// but those that get a response like the default, because the API has no validators, authorizers or mappings.
const RESPONSE_TYPES: [&str; 15] = [
    "ACCESS_DENIED",
    "DEFAULT_4XX",
    "DEFAULT_5XX",
    "EXPIRED_TOKEN",
    "INTEGRATION_FAILURE",
    "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY",
    "INVALID_SIGNATURE",
    "MISSING_AUTHENTICATION_TOKEN",
    "QUOTA_EXCEEDED",
    "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND",
    "THROTTLED",
    "UNAUTHORIZED",
    "WAF_FILTERED",
];

#[test]
fn every_gateway_response_is_an_error_of_the_model() {
    let responses = properties("RollcallApi")["GatewayResponses"].take();
    let types: Vec<_> = responses.as_object().unwrap().keys().collect();
    assert_eq!(types, RESPONSE_TYPES);

    // Status of each exception, and the seconds until a retry: those of the service, and two that only
    // the gateway responds.
    let mut shapes: BTreeMap<&str, (u16, Option<u16>)> = [
        Error::BadRequest(""),
        Error::UnknownOperation,
        Error::Throttled("".into()),
        Error::Failure("".into()),
        Error::Unavailable("".into()),
    ]
    .iter()
    .map(|error| (error.name(), (error.status(), error.retry_after())))
    .collect();
    shapes.insert("UnauthorizedException", (401, None));
    shapes.insert("ForbiddenException", (403, None));

    for (name, response) in responses.as_object().unwrap() {
        let headers = &response["ResponseParameters"]["Headers"];
        // Fixed values of headers are quoted.
        let fixed = |header: &str| Some(headers[header].as_str()?.trim_matches('\'').to_owned());
        let exception = fixed("x-amzn-ErrorType").unwrap();
        let (status, retry_after) = shapes[exception.as_str()];
        assert_eq!(response["StatusCode"], status, "{name}");
        assert_eq!(fixed("Retry-After"), retry_after.map(|s| s.to_string()), "{name}");
        let milliseconds = retry_after.map(|s| (s * 1_000).to_string());
        assert_eq!(fixed("x-amz-retry-after"), milliseconds, "{name}");
        let body = response["ResponseTemplates"]["application/json"].as_str().unwrap();
        let body: Map<String, Value> = serde_json::from_str(body).unwrap();
        assert_eq!(body.keys().collect::<Vec<_>>(), ["Code", "Message", "RequestId"], "{name}");
        assert_eq!(body["Code"], exception, "{name}");
        assert_eq!(body["RequestId"], "$context.requestId", "{name}");
        if exception == Error::UnknownOperation.name() {
            assert_eq!(body["Message"], *Error::UnknownOperation.message(), "{name}");
        }
        // The gateway's own messages (`$…`) repeat parts of the request.
        let message = body["Message"].as_str().unwrap();
        assert!(!message.is_empty() && !message.contains('$'), "{name}: {message}");
    }
    for (name, exception) in [
        ("THROTTLED", "ThrottlingException"),
        ("ACCESS_DENIED", "ForbiddenException"),
        ("INVALID_SIGNATURE", "UnauthorizedException"),
        ("MISSING_AUTHENTICATION_TOKEN", "UnauthorizedException"),
        ("INTEGRATION_TIMEOUT", "ServiceUnavailableException"),
        ("DEFAULT_5XX", "ServiceFailureException"),
    ] {
        let headers = &responses[name]["ResponseParameters"]["Headers"];
        assert_eq!(headers["x-amzn-ErrorType"], format!("'{exception}'"), "{name}");
    }
}

#[test]
fn the_tables_match_the_schema_and_are_protected() {
    for (resource, table) in
        [("MeetingsTable", schema::MEETINGS), ("AttendeesTable", schema::ATTENDEES)]
    {
        let described = properties(resource);
        let Table { partition_key, sort_key, local_index } = table;
        assert_eq!(described["KeySchema"], key_schema(partition_key, sort_key));
        let indexes = local_index.map_or(Value::Null, |index| {
            json!([{
                "IndexName": index.name,
                "KeySchema": key_schema(partition_key, Some(index.sort_key)),
                "Projection": {"ProjectionType": "ALL"},
            }])
        });
        assert_eq!(described["LocalSecondaryIndexes"], indexes);
        let keys = [Some(partition_key), sort_key, local_index.map(|index| index.sort_key)];
        let attributes = keys.into_iter().flatten();
        let attributes =
            attributes.map(|name| json!({"AttributeName": name, "AttributeType": "S"}));
        assert_eq!(described["AttributeDefinitions"], attributes.collect::<Value>());
        assert_eq!(
            described["TimeToLiveSpecification"],
            json!({"AttributeName": schema::EXPIRES_AT, "Enabled": true})
        );
        assert_eq!(described["BillingMode"], "PAY_PER_REQUEST");
        assert_eq!(
            described["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
            true
        );
        // In production, which is the default, nothing deletes a table.
        assert_eq!(described["DeletionProtectionEnabled"], json!({"Ref": "Production"}));
        let whole = &template()["Resources"][resource];
        let policy = json!({"Fn::If": ["IsProduction", "Retain", "Delete"]});
        assert_eq!((&whole["DeletionPolicy"], &whole["UpdateReplacePolicy"]), (&policy, &policy));
    }
    assert_eq!(template()["Parameters"]["Production"]["Default"], "true");
    assert_eq!(
        template()["Conditions"]["IsProduction"],
        json!({"Fn::Equals": [{"Ref": "Production"}, "true"]})
    );
}

fn key_schema(partition_key: &str, sort_key: Option<&str>) -> Value {
    let hash = json!({"AttributeName": partition_key, "KeyType": "HASH"});
    let range = sort_key.map(|name| json!({"AttributeName": name, "KeyType": "RANGE"}));
    [Some(hash), range].into_iter().flatten().collect()
}

/// Calls every operation, so that the store makes every kind of request.
async fn call_every_operation(app: &TestApp) {
    let mut subject = Subject { token: "the-meeting".to_owned(), ..Subject::default() };
    let call = async |operation: &str, subject: &Subject| {
        let response = app.send(&Call::new(operation, subject)).await;
        assert!(matches!(response.status, 200 | 204), "{operation}: {response:?}");
        serde_json::from_str::<Value>(&response.body).unwrap_or_default()
    };
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    subject.meeting_id = id(&call("CreateMeeting", &subject).await["Meeting"]["MeetingId"]);
    let created = call("CreateAttendee", &subject).await;
    subject.attendee_id = id(&created["Attendee"]["AttendeeId"]);
    for operation in OPERATIONS.iter().filter(|operation| operation.method != "DELETE") {
        call(operation.name, &subject).await;
    }
    // A deleted user who joins again takes requests of its own.
    for operation in ["DeleteAttendee", "CreateAttendee", "DeleteMeeting"] {
        call(operation, &subject).await;
    }
    let lines = app.log.json();
    let called: BTreeSet<_> =
        lines.iter().map(|line| line["operation"].as_str().unwrap()).collect();
    let all = OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(called, all, "every operation must be called here");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_has_exactly_the_permissions_that_the_store_needs() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, gateway::TIMEOUT).await;
    call_every_operation(&app).await;
    let resource = |table: &str| match table {
        MEETINGS_TABLE => "MeetingsTable".to_owned(),
        ATTENDEES_TABLE => "AttendeesTable".to_owned(),
        other => panic!("{other}"),
    };
    let mut done = BTreeSet::new();
    for request in plan.requests() {
        let input = &request.input;
        // Each part of a transaction needs the permission of its operation.
        for part in input["TransactItems"].as_array().into_iter().flatten() {
            let (kind, part) = part.as_object().unwrap().iter().next().unwrap();
            let table = resource(part["TableName"].as_str().unwrap());
            done.insert((format!("dynamodb:{kind}Item"), table));
        }
        let tables: Vec<_> = match input["RequestItems"].as_object() {
            Some(items) => items.keys().map(String::as_str).collect(),
            None => input["TableName"].as_str().into_iter().collect(),
        };
        // An index has an ARN of its own.
        let index = input["IndexName"].as_str().map(|name| format!("/index/{name}"));
        for table in tables {
            let resource = resource(table) + index.as_deref().unwrap_or_default();
            done.insert((format!("dynamodb:{}", request.operation), resource));
        }
    }

    let mut allowed = BTreeSet::new();
    let policies = properties("RollcallRole")["Policies"].take();
    assert_eq!(policies.as_array().unwrap().len(), 1);
    for statement in policies[0]["PolicyDocument"]["Statement"].as_array().unwrap() {
        let statement = statement["Fn::If"].get(1).unwrap_or(statement);
        assert_eq!(statement["Effect"], "Allow");
        for action in statement["Action"].as_array().unwrap() {
            let action = action.as_str().unwrap();
            assert!(!action.contains('*'), "{action}");
            if action.starts_with("dynamodb:") {
                let table = statement["Resource"]["Fn::GetAtt"].as_str();
                let index = statement["Resource"]["Fn::Sub"].as_str();
                let arn = table.or(index).unwrap().replace(['$', '{', '}'], "");
                allowed.insert((action.to_owned(), arn.replacen(".Arn", "", 1)));
            }
        }
    }
    assert_eq!(allowed, done);
}

#[test]
fn every_route_and_every_other_path_invokes_the_function() {
    let function = properties("RollcallFunction");
    let mut events = BTreeSet::new();
    for event in function["Events"].as_object().unwrap().values() {
        assert_eq!(event["Type"], "Api");
        let event = &event["Properties"];
        assert_eq!(event["RestApiId"], json!({"Ref": "RollcallApi"}));
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        assert!(events.insert((text("Path"), text("Method"))), "{event} is duplicated");
    }
    let mut expected = BTreeSet::new();
    for (method, path) in OPERATIONS.iter().map(|operation| (operation.method, operation.path)) {
        expected.insert((path.to_owned(), method.to_owned()));
        expected.insert((path.to_owned(), "ANY".to_owned()));
    }
    for path in ["/", "/{proxy+}"] {
        expected.insert((path.to_owned(), "ANY".to_owned()));
    }
    assert_eq!(events, expected);
}

#[test]
fn callers_need_iam_permissions_for_the_api_only() {
    let api = properties("RollcallApi");
    assert_eq!(
        api["Auth"],
        json!({"DefaultAuthorizer": {"Ref": "Authorization"}, "InvokeRole": "NONE"})
    );
    assert_eq!(template()["Parameters"]["Authorization"]["Default"], "AWS_IAM");
    assert_eq!(
        api["MethodSettings"],
        json!([{
            "HttpMethod": "*",
            "ResourcePath": "/*",
            "ThrottlingRateLimit": {"Ref": "ThrottlingRate"},
            "ThrottlingBurstLimit": {"Ref": "ThrottlingBurst"},
        }])
    );
}

#[test]
fn the_function_responds_before_the_timeouts_of_lambda_and_the_gateway() {
    let timeout = properties("RollcallFunction")["Timeout"].as_u64().unwrap();
    let timeout = Duration::from_secs(timeout);
    // Two writes with two attempts each, of which all but the last time out.
    assert!(timeout > 4 * store::ATTEMPT_TIMEOUT + service::MARGIN);
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    assert!(timeout < Duration::from_secs(29));
}

#[test]
fn the_function_has_a_variable_for_every_setting() {
    let read = std::cell::RefCell::new(BTreeSet::new());
    let tables = |name: &str| {
        read.borrow_mut().insert(name.to_owned());
        name.ends_with("_TABLE").then(|| "any".into())
    };
    Settings::from_env(tables).unwrap();
    let mut expected = read.into_inner();
    // REST API events name their route, so they need no base path.
    assert!(expected.remove("BASE_PATH"));
    expected.extend(["AWS_ENDPOINT_URL_DYNAMODB", "SSL_CERT_FILE"].map(str::to_owned));
    let function = properties("RollcallFunction");
    let variables = function["Environment"]["Variables"].as_object().unwrap();
    assert_eq!(variables.keys().cloned().collect::<BTreeSet<_>>(), expected);

    // `sam local` passes only variables that the template names.
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/local.env.json");
    let local: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let local = local["RollcallFunction"].as_object().unwrap();
    assert!(local.keys().all(|name| variables.contains_key(name)), "{local:?}");
}

#[test]
fn every_parameter_is_described_here_and_in_the_documentation() {
    let template = template();
    let parameters = template["Parameters"].as_object().unwrap();
    let described = |parameter: &Value| parameter["Description"].as_str().is_some();
    assert!(parameters.values().all(described), "{parameters:?}");

    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/deployment.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once("\n### Parameters\n").unwrap();
    let (section, _) = section.split_once("\n### ").unwrap();
    // The first column contains names, each between backticks.
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" |"));
    let names: BTreeSet<_> = rows.flat_map(|(names, _)| names.split('`').step_by(2)).collect();
    assert_eq!(names, parameters.keys().map(String::as_str).collect());
}

#[test]
fn the_media_placement_is_a_parameter_and_off_by_default() {
    let function = properties("RollcallFunction");
    let variable = &function["Environment"]["Variables"]["MEDIA_PLACEMENT"];
    assert_eq!(*variable, json!({"Ref": "MediaPlacement"}));
    let parameter = template()["Parameters"]["MediaPlacement"].take();
    assert_eq!((&parameter["Type"], &parameter["Default"]), (&json!("String"), &json!("")));
}

#[test]
fn alarms_and_dashboard_use_metrics_of_the_log() {
    for (alarm, outcome) in [
        ("ThrottledRequestsAlarm", Error::Throttled("".into())),
        ("NewVersionAlarm", Error::Failure("".into())),
        ("NewVersionUnavailableAlarm", Error::Unavailable("".into())),
    ] {
        let alarm = properties(alarm);
        assert_eq!(alarm["Namespace"], metrics::NAMESPACE);
        assert_eq!(alarm["MetricName"], metrics::METRIC);
        let dimensions = alarm["Dimensions"].as_array().unwrap();
        let names: Vec<_> = dimensions.iter().map(|d| d["Name"].as_str().unwrap()).collect();
        assert!(metrics::DIMENSIONS.contains(&names.as_slice()), "{names:?}");
        assert_eq!(dimensions.last().unwrap()["Value"], outcome.name());
    }
    let throttles = properties("TableThrottlesAlarm");
    assert_eq!(throttles["Metrics"][0]["Expression"], "SUM(FILL(METRICS(), 0))");

    let dashboard = properties("RollcallDashboard")["DashboardBody"]["Fn::Sub"].take();
    let dashboard: Value = serde_json::from_str(dashboard.as_str().unwrap()).unwrap();
    let of_the_log = format!("SEARCH('{{{},", metrics::NAMESPACE);
    let mut searches = 0;
    for widget in dashboard["widgets"].as_array().unwrap() {
        for metric in widget["properties"]["metrics"].as_array().into_iter().flatten() {
            let Some(search) = metric[0]["expression"].as_str() else { continue };
            let dimensions = metrics::DIMENSIONS[0].join(",");
            assert!(search.starts_with(&format!("{of_the_log}{dimensions}}}")), "{search}");
            assert!(search.contains(&format!("MetricName=\"{}\"", metrics::METRIC)), "{search}");
            searches += 1;
        }
    }
    assert_eq!(searches, 2);
}
