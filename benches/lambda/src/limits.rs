//! What every change is held to: only what another machine finds again.

use std::collections::BTreeMap;

use crate::artefacts::{self, CALLS, HTTP, ROLLCALL, Subject};
use crate::callgrind;
use crate::dynamodb::DynamoDb;
use crate::function::{Function, Warming};

/// Of the zip that is deployed, in bytes.
const ZIP: u64 = 2_600_000;
/// Until the first event is asked for, to an empty `lambda_http` function, without the warming call.
const START: f64 = 3.0;
/// Of a create, to its two bare SDK calls.
const WARM: f64 = 1.15;
/// Compilers and dependencies differ a little.
const SLACK: f64 = 1.03;

/// Prints what is measured beside its limit; tells whether all limits are kept.
pub fn check(subjects: &[Subject], dynamodb: &DynamoDb) -> bool {
    let subject = |name: &str| {
        subjects.iter().find(|subject| subject.name == name).expect("a subject of that name")
    };
    let product = subject(ROLLCALL);
    let mut kept = true;
    let mut hold = |what: &str, found: f64, limit: f64| {
        let is_kept = found <= limit * SLACK;
        println!("{} {what}: {found:.2}, limit {limit}", if is_kept { "ok" } else { "EXCEEDED" });
        kept &= is_kept;
    };

    let (_, zip) = artefacts::sizes(product.binary.as_deref().expect("a binary"));
    hold("zip, MB", zip as f64 / 1e6, ZIP as f64 / 1e6);
    if let Some(valgrind) = callgrind::installed() {
        let start =
            |name| callgrind::start(&valgrind, subject(name), dynamodb, None, Warming::None) as f64;
        hold(
            "instructions of a start to the empty function's",
            start(ROLLCALL) / start(HTTP),
            START,
        );
        let warm = |name| callgrind::warm(&valgrind, subject(name), dynamodb, None) as f64;
        hold("instructions of a create to those of its calls", warm(ROLLCALL) / warm(CALLS), WARM);
    }

    dynamodb.clear();
    dynamodb.take_requests();
    let mut function = Function::start(&product.command, &dynamodb.url, None, Warming::Call);
    kept &= same("a start", dynamodb, [("GetItem", 1)]);
    function.create();
    kept &= same("a create", dynamodb, [("PutItem", 1), ("UpdateItem", 1)]);
    function.replay();
    kept & same("a replay", dynamodb, [("PutItem", 1), ("UpdateItem", 1)])
}

fn same<const N: usize>(what: &str, dynamodb: &DynamoDb, expected: [(&str, u64); N]) -> bool {
    let expected = BTreeMap::from(expected.map(|(name, count)| (name.to_owned(), count)));
    let found = dynamodb.take_requests();
    let is_same = found == expected;
    println!("{} requests of {what}: {found:?}", if is_same { "ok" } else { "EXCEEDED" });
    is_same
}
