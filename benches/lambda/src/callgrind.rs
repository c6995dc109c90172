//! Instructions, counted by valgrind's callgrind. No other figure is the same on another machine and at
//! another time.

use std::path::Path;
use std::time::Duration;

use crate::artefacts::{self, Subject};
use crate::dynamodb::DynamoDb;
use crate::function::{Function, WarmUp};

/// The requests of the two runs whose difference gives the instructions of one request.
const FEW: u64 = 20;
const MANY: u64 = 120;
/// The time for a function to finish its request for the next event.
const SETTLING: Duration = Duration::from_millis(300);

/// The path of valgrind. Prints a message if it is not installed.
pub fn installed() -> Option<String> {
    let valgrind = artefacts::which("valgrind");
    if valgrind.is_none() {
        eprintln!("skipped: instructions; they need valgrind");
    }
    valgrind
}

/// The instructions until the function asks for its first event.
pub fn start(
    valgrind: &str,
    subject: &Subject,
    dynamodb: &DynamoDb,
    authority: Option<&Path>,
    warm_up: WarmUp,
) -> u64 {
    count(valgrind, subject, dynamodb, authority, warm_up, 0)
}

/// The instructions of one create in an instance that has responded to others.
pub fn warm(
    valgrind: &str,
    subject: &Subject,
    dynamodb: &DynamoDb,
    authority: Option<&Path>,
) -> u64 {
    let count = |requests| {
        dynamodb.clear();
        count(valgrind, subject, dynamodb, authority, WarmUp::Usual, requests)
    };
    (count(MANY) - count(FEW)) / (MANY - FEW)
}

fn count(
    valgrind: &str,
    subject: &Subject,
    dynamodb: &DynamoDb,
    authority: Option<&Path>,
    warm_up: WarmUp,
    requests: u64,
) -> u64 {
    let out = std::env::temp_dir().join(format!("callgrind.{}", std::process::id()));
    let file = out.to_str().expect("a path that is UTF-8");
    let mut command = vec![
        valgrind.to_owned(),
        "--quiet".to_owned(),
        "--tool=callgrind".to_owned(),
        format!("--callgrind-out-file={file}"),
    ];
    command.extend(subject.command.iter().cloned());
    let mut function = Function::start(&command, &dynamodb.url, authority, warm_up);
    for _ in 0..requests {
        function.create();
    }
    // The function has asked for its next event, but may still execute instructions before it waits.
    std::thread::sleep(SETTLING);
    function.end();
    let profile = std::fs::read_to_string(&out).expect("what callgrind wrote");
    std::fs::remove_file(&out).expect("a file");
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    total.expect("a total").trim().parse().expect("a number")
}
