//! Compares the Lambda binary with baselines, which are minimal Rust functions and so the lower bound,
//! and with equivalent functions in other languages. All run under a stand-in for the Lambda Runtime API
//! and call a stand-in for DynamoDB.

mod artefacts;
mod callgrind;
mod client;
mod dynamodb;
mod function;
mod http;
mod large;
mod limits;
mod local;
mod runtime_api;
mod sample;
mod scale;
mod statistics;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use artefacts::{CALLS, HTTP, ROLLCALL, RUNTIME, Subject};
use dynamodb::DynamoDb;
use function::{Function, WarmUp};
use local::Local;
use table::{Instructions, Transport};

/// Compare the Lambda binary with baselines and other languages, and print Markdown tables
#[derive(Parser)]
#[command(name = "cargo measure", bin_name = "cargo measure")]
struct Arguments {
    /// The number of instances of each function
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// The number of requests to each instance
    #[arg(long, default_value_t = 200)]
    requests: u32,
    /// The latency of DynamoDB, in milliseconds
    #[arg(long, default_value_t = 0, conflicts_with = "scale")]
    latency: u64,
    /// Measure this Lambda binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Only check the limits of size, memory, requests to DynamoDB, instructions and large events; these
    /// figures do not depend on the load of the machine
    #[arg(long)]
    check: bool,
    /// Only measure how creates depend on the number of attendees and meetings, batches, and the
    /// throughput of `cargo local`
    #[arg(long, conflicts_with = "check")]
    scale: bool,
    /// Only measure the throughput of `cargo local`; builds no function
    #[arg(long, conflicts_with_all = ["check", "scale"])]
    local: bool,
    /// Measure this server instead of `cargo local`; it prints its addresses in the same way
    #[arg(long, value_name = "FILE", requires = "local")]
    server: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.local {
        scale::throughput(&arguments.server.unwrap_or_else(Local::build));
        return ExitCode::SUCCESS;
    }
    let authority = std::env::temp_dir().join(format!("authority.{}.pem", std::process::id()));
    let latency = match arguments.scale {
        true => scale::LATENCY,
        false => Duration::from_millis(arguments.latency),
    };
    let (plain, tls) = (DynamoDb::plain(latency), DynamoDb::tls(&authority, latency));
    let baselines: &[_] = match (arguments.check, arguments.scale) {
        (true, _) => &[HTTP, CALLS],
        (_, true) => &[],
        _ => &[HTTP, RUNTIME, CALLS],
    };
    let mut subjects = artefacts::rust(baselines, arguments.binary);
    if !arguments.check && !arguments.scale {
        subjects.extend(artefacts::other_languages());
    }
    let requests = std::env::temp_dir().join(format!("requests.{}.json", std::process::id()));
    record(&mut subjects, &plain, &requests);
    let kept = if arguments.check {
        limits::check(&subjects, &plain, &tls, &authority)
    } else if arguments.scale {
        let product = subjects.iter().find(|subject| subject.name == ROLLCALL);
        scale::print(product.expect("the product"), &tls, &authority);
        true
    } else {
        let sample = |dynamodb, authority| {
            sample::take(&subjects, dynamodb, authority, arguments.rounds, arguments.requests)
        };
        let plain = Transport {
            name: "plain HTTP",
            samples: sample(&plain, None),
            instructions: instructions(&subjects, &plain, None),
        };
        let tls = Transport {
            name: "TLS",
            samples: sample(&tls, Some(authority.as_path())),
            instructions: instructions(&subjects, &tls, Some(&authority)),
        };
        table::print(&subjects, &[&plain, &tls]);
        true
    };
    for file in [authority, requests] {
        std::fs::remove_file(file).expect("a file");
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes the two requests to DynamoDB of a create to a file, as the product sends them, and names the file
/// to the other functions, which send the same.
fn record(subjects: &mut [Subject], dynamodb: &DynamoDb, file: &Path) {
    let product = subjects.iter().find(|subject| subject.name == ROLLCALL).expect("the product");
    Function::start(&product.command, &dynamodb.url, None, WarmUp::Skipped).create();
    std::fs::write(file, dynamodb.last_requests().to_string()).expect("a file");
    dynamodb.clear();
    let argument = file.to_str().expect("a path that is UTF-8");
    for subject in subjects.iter_mut().filter(|subject| subject.name != ROLLCALL) {
        subject.command.push(argument.to_owned());
    }
}

/// The instructions of each function that is a binary; `None` without valgrind.
fn instructions(
    subjects: &[Subject],
    dynamodb: &DynamoDb,
    authority: Option<&Path>,
) -> Option<Vec<Instructions>> {
    let valgrind = callgrind::installed()?;
    let binaries = subjects.iter().filter(|subject| subject.binary.is_some());
    let count = |subject: &Subject| {
        let start = |warm_up| callgrind::start(&valgrind, subject, dynamodb, authority, warm_up);
        Instructions {
            start: start(WarmUp::Usual),
            cold_start: start(WarmUp::Skipped),
            warm: callgrind::warm(&valgrind, subject, dynamodb, authority),
        }
    };
    Some(binaries.map(count).collect())
}
