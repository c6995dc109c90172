//! The limits that every change must keep. They only limit figures that are the same on another machine, or
//! are far below their limit on any.

use std::collections::BTreeMap;
use std::path::Path;

use crate::artefacts::{self, CALLS, HTTP, ROLLCALL, Subject};
use crate::callgrind;
use crate::dynamodb::DynamoDb;
use crate::function::{Function, WarmUp};
use crate::large;

/// The maximum size of the deployed zip, in bytes.
const MAX_ZIP: u64 = 3_000_000;
/// The maximum ratio of instructions until the first event is requested, without and with the warm-up, to
/// those of the empty `lambda_http` function.
const MAX_START: [(&str, WarmUp, f64); 2] = [
    ("instructions of a start to the empty function's", WarmUp::Skipped, 3.2),
    ("instructions of a start with the warm-up to the empty function's", WarmUp::Usual, 6.2),
];
/// The maximum ratio of instructions of a create to those of the two bare SDK calls.
const MAX_WARM: f64 = 1.11;
/// The maximum memory after a start, a create and a replay over TLS, in bytes.
const MAX_MEMORY: u64 = 10_000_000;
/// The maximum memory after an event of 5.8 MB, in bytes.
const MAX_LARGE_MEMORY: u64 = 48_000_000;
/// The maximum CPU time of an event of 5.8 MB, in seconds.
const MAX_LARGE_CPU: f64 = 0.25;
/// The tolerance for small differences between compilers and dependencies.
const SLACK: f64 = 1.03;

/// Prints each figure and its limit, and returns whether all limits are kept. `authority` is the file with
/// the authority of `tls`.
pub fn check(subjects: &[Subject], plain: &DynamoDb, tls: &DynamoDb, authority: &Path) -> bool {
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
    hold("zip, MB", zip as f64 / 1e6, MAX_ZIP as f64 / 1e6);
    if let Some(valgrind) = callgrind::installed() {
        for (what, warm_up, limit) in MAX_START {
            let start =
                |name| callgrind::start(&valgrind, subject(name), plain, None, warm_up) as f64;
            hold(what, start(ROLLCALL) / start(HTTP), limit);
        }
        let warm = |name| callgrind::warm(&valgrind, subject(name), plain, None) as f64;
        hold(
            "instructions of a create to those of its calls",
            warm(ROLLCALL) / warm(CALLS),
            MAX_WARM,
        );
    }

    let mut function = Function::start(&product.command, &tls.url, Some(authority), WarmUp::Usual);
    let mut is_same = same("a start", tls, [("UpdateItem", 1)]);
    function.create();
    is_same &= same("a create", tls, [("PutItem", 1), ("UpdateItem", 1)]);
    function.replay();
    is_same &= same("a replay", tls, [("PutItem", 1), ("UpdateItem", 1)]);
    hold("peak memory, MB", function.peak_memory() as f64 / 1e6, MAX_MEMORY as f64 / 1e6);

    for (what, events) in large::kinds() {
        let (mut memory, mut cpu) = (0, 0.0_f64);
        for event in events {
            // An instance of its own, because its memory would hide that of smaller events.
            let mut function = Function::start(&product.command, &plain.url, None, WarmUp::Usual);
            cpu = cpu.max(function.refuse(event).as_secs_f64());
            memory = memory.max(function.peak_memory());
            function.create();
        }
        let name = format!("peak memory of {what}, MB");
        hold(&name, memory as f64 / 1e6, MAX_LARGE_MEMORY as f64 / 1e6);
        hold(&format!("CPU of {what}, s"), cpu, MAX_LARGE_CPU);
    }
    kept & is_same
}

fn same<const N: usize>(what: &str, dynamodb: &DynamoDb, expected: [(&str, u64); N]) -> bool {
    let expected = BTreeMap::from(expected.map(|(name, count)| (name.to_owned(), count)));
    let found = dynamodb.take_requests();
    let is_same = found == expected;
    println!("{} requests of {what}: {found:?}", if is_same { "ok" } else { "EXCEEDED" });
    is_same
}
