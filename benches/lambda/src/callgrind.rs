//! Instructions, counted by valgrind's callgrind: the one figure that another machine, or this one
//! at another time, gives again.

use std::path::Path;
use std::time::Duration;

use crate::artefacts::{self, Subject};
use crate::dynamodb::DynamoDb;
use crate::function::{Function, WarmUp};

/// Between the two runs whose difference is that of so many requests.
const FEW: u64 = 20;
const MANY: u64 = 120;
const SETTLING: Duration = Duration::from_millis(300);

/// Where valgrind is; says so where it is not.
pub fn installed() -> Option<String> {
    let valgrind = artefacts::which("valgrind");
    if valgrind.is_none() {
        eprintln!("skipped: instructions; they need valgrind");
    }
    valgrind
}

/// Until the function asks for its first event.
pub fn start(
    valgrind: &str,
    subject: &Subject,
    dynamodb: &DynamoDb,
    authority: Option<&Path>,
    warm_up: WarmUp,
) -> u64 {
    count(valgrind, subject, dynamodb, authority, warm_up, 0)
}

/// Of one create, after some others.
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
    // It has sent its question, and may still be on the way to waiting for the answer.
    std::thread::sleep(SETTLING);
    function.end();
    let profile = std::fs::read_to_string(&out).expect("what callgrind wrote");
    std::fs::remove_file(&out).expect("a file");
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    total.expect("a total").trim().parse().expect("a number")
}
