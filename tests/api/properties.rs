//! Random inputs pass the checks of the fuzz targets: any input gets a response that the service model
//! allows.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use rollcall_testing::calls::{Call, Subject};
use rollcall_testing::{checks, events};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::app::TestApp;

/// The words of the fuzz targets' dictionary: names of members, and values.
fn word() -> impl Strategy<Value = String> {
    let dictionary = include_str!("../../fuzz/members.dict").lines();
    let word = |line: &str| Some(line.strip_prefix('"')?.strip_suffix('"')?.to_owned());
    select(dictionary.filter_map(word).collect::<Vec<_>>())
}

/// JSON that resembles a request or an event.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,70}".prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        let name = prop_oneof![20 => word(), 1 => ".{0,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(name, inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    // Each body is sent to every operation, with several contents of the tables.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_as_a_body_get_a_valid_response(body in prop::collection::vec(any::<u8>(), 0..200)) {
        checks::body::check(&body);
    }

    #[test]
    fn any_json_as_a_body_gets_a_valid_response(body in json_value()) {
        checks::body::check(body.to_string().as_bytes());
    }

    #[test]
    fn a_body_with_one_byte_changed_gets_a_valid_response(at in 0..100usize, byte in any::<u8>()) {
        let mut body = br#"{"ExternalUserId":"alice","Capabilities":{"Audio":"Send","Video":"Send","Content":"None"}}"#.to_vec();
        let length = body.len();
        body[at % length] = byte;
        checks::body::check(&body);
    }
}

proptest! {
    #[test]
    fn any_path_method_and_query_get_a_valid_response(
        path in prop_oneof![".{0,80}", "/.{0,80}", "(/(meetings|attendees|tags|prod|%2e|%|\\.\\.|[a-f0-9-]{36})){0,5}"],
        method in "GET|POST|DELETE|[A-Z]{0,7}|.{0,5}",
        query in ".{0,40}",
    ) {
        checks::path::check(format!("{method} {path}?{query}").as_bytes());
        // The form is the point here, so this event is written out.
        let event = json!({
            "rawPath": path,
            "rawQueryString": query,
            "requestContext": {"http": {"method": method}, "stage": "prod"},
            "headers": {"host": query},
        });
        checks::event::check(event.to_string().as_bytes());
    }

    #[test]
    fn any_event_gets_a_valid_response(
        event in json_value(),
        member in prop_oneof![word(), "[a-zA-Z]{1,12}"],
    ) {
        checks::event::check(event.to_string().as_bytes());
        let mut usual = events::rest("POST", "/meetings", "{}");
        usual[member] = event;
        checks::event::check(usual.to_string().as_bytes());
    }
}

#[test]
fn a_well_formed_request_always_succeeds() {
    let runtime = Runtime::new().unwrap();
    // High enough for the attendees of all cases.
    let app = runtime.block_on(TestApp::with(|settings| settings.max_attendees = 1_000_000));
    let meeting_id = runtime.block_on(app.create_meeting());
    let subject = Subject { meeting_id, ..Subject::default() };
    let user = "[-_&@+=,(){}\\[\\]/«».:|'\"#a-zA-Z0-9À-ÿ \t\n\r\u{b}\u{c}]{2,64}"
        .prop_filter("the prefix is reserved", |user| !user.to_lowercase().starts_with("aws:"));
    let create = |user| {
        let mut call = Call::new("CreateAttendee", &subject);
        call.body["ExternalUserId"] = user;
        prop_assert_eq!(&runtime.block_on(app.event(&call.event()))["statusCode"], 200);
        Ok(())
    };
    TestRunner::default().run(&user.prop_map(Value::from), create).unwrap();
}
