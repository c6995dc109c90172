//! Every file in `events/` is answered as `events/expected/` says.
//!
//! An expectation names the events that came before (`given`) and the answer; `<uuid>` and
//! `<token>` stand for any attendee id and join token, and `sameBodyAs` for one that is equal to
//! that of an event before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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

/// What is asserted of a body: strings that stand for any are replaced where they fit.
fn general(body: &Value) -> Value {
    match body {
        Value::Object(members) => {
            let general = |(name, value): (&String, &Value)| {
                let text = value.as_str().unwrap_or_default();
                let value = match name.as_str() {
                    "AttendeeId" if uuid::Uuid::parse_str(text).is_ok() => "<uuid>".into(),
                    "JoinToken" if text.len() == 64 => "<token>".into(),
                    _ => general(value),
                };
                (name.clone(), value)
            };
            members.iter().map(general).collect()
        }
        Value::Array(elements) => elements.iter().map(general).collect(),
        other => other.clone(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_is_answered_as_expected() {
    let names = names(&folder());
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        let expected = read(&folder().join("expected").join(format!("{name}.json")));
        let app = TestApp::new().await;
        let mut bodies = BTreeMap::new();
        for given in expected["given"].as_array().unwrap() {
            let given = given.as_str().unwrap();
            let answer = app.event(&read(&folder().join(format!("{given}.json")))).await;
            assert!(answer["statusCode"].as_u64() < Some(300), "{given} before {name}: {answer}");
            bodies.insert(given.to_owned(), answer["body"].clone());
        }
        let answer = app.event(&read(&folder().join(format!("{name}.json")))).await;
        assert_eq!(answer["statusCode"], expected["answer"]["statusCode"], "{name}: {answer}");
        assert_eq!(answer["headers"], expected["answer"]["headers"], "{name}");
        let body = match answer["body"].as_str().unwrap() {
            "" => Value::Null,
            body => serde_json::from_str(body).unwrap(),
        };
        assert_eq!(general(&body), expected["answer"]["body"], "{name}");
        if let Some(same) = expected["sameBodyAs"].as_str() {
            assert_eq!(answer["body"], bodies[same], "{name}");
        }
    }
}

#[test]
fn no_expectation_is_without_its_event() {
    assert_eq!(names(&folder().join("expected")), names(&folder()));
}
