//! Every event in `events/` gets the response in `events/expected/`.
//!
//! An expectation names the events to send first (`given`) and the response. `<uuid>` and `<token>` stand
//! for any attendee id and join token. `sameBodyAs` names an earlier event whose response has the same
//! body.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rollcall::operations::OPERATIONS;
use serde_json::Value;

use crate::app::TestApp;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("events")
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let json = files.filter(|path| path.extension().is_some_and(|e| e == "json"));
    let mut names: Vec<_> =
        json.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Replaces valid attendee ids and join tokens with their placeholders.
fn with_placeholders(body: &Value) -> Value {
    match body {
        Value::Object(members) => {
            let replace = |(name, value): (&String, &Value)| {
                let text = value.as_str().unwrap_or_default();
                let value = match name.as_str() {
                    "AttendeeId" if uuid::Uuid::parse_str(text).is_ok() => "<uuid>".into(),
                    "JoinToken" if text.len() == 128 => "<token>".into(),
                    _ => with_placeholders(value),
                };
                (name.clone(), value)
            };
            members.iter().map(replace).collect()
        }
        Value::Array(elements) => elements.iter().map(with_placeholders).collect(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_gets_the_expected_response() {
    let names = names(&folder());
    let mut operations = BTreeSet::new();
    for name in names {
        let expected = read(&folder().join("expected").join(format!("{name}.json")));
        let app = TestApp::new().await;
        let mut bodies = BTreeMap::new();
        for given in expected["given"].as_array().unwrap() {
            let given = given.as_str().unwrap();
            let response = app.event(&read(&folder().join(format!("{given}.json")))).await;
            assert!(
                response["statusCode"].as_u64() < Some(300),
                "{given} before {name}: {response}"
            );
            bodies.insert(given.to_owned(), response["body"].clone());
        }
        let response = app.event(&read(&folder().join(format!("{name}.json")))).await;
        assert_eq!(
            response["statusCode"], expected["response"]["statusCode"],
            "{name}: {response}"
        );
        assert_eq!(response["headers"], expected["response"]["headers"], "{name}");
        let body = match response["body"].as_str().unwrap() {
            "" => Value::Null,
            body => serde_json::from_str(body).unwrap(),
        };
        assert_eq!(with_placeholders(&body), expected["response"]["body"], "{name}");
        if let Some(same) = expected["sameBodyAs"].as_str() {
            assert_eq!(response["body"], bodies[same], "{name}");
        }
        let line = app.log.json().pop().unwrap();
        operations.insert(line["operation"].as_str().unwrap().to_owned());
    }
    for operation in OPERATIONS {
        assert!(operations.contains(operation.name), "no event of {}", operation.name);
    }
}

#[test]
fn every_event_has_an_expectation() {
    assert_eq!(names(&folder().join("expected")), names(&folder()));
}
