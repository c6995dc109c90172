//! Measures the Lambda binary against floors, which nothing of its kind can be quicker than, and
//! against peers, which do the same in other languages: under a stand-in for the Lambda Runtime API,
//! on a DynamoDB that answers at once.

mod artefacts;
mod callgrind;
mod client;
mod dynamodb;
mod function;
mod http;
mod limits;
mod local;
mod plot;
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
use function::WarmUp;
use table::{Instructions, Transport};

/// Measure the Lambda binary against floors and peers, and print tables in Markdown.
#[derive(Parser)]
#[command(name = "cargo measure", bin_name = "cargo measure")]
struct Arguments {
    /// Instances of each function
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Requests to each instance
    #[arg(long, default_value_t = 200)]
    requests: u32,
    /// Milliseconds that DynamoDB takes for each answer
    #[arg(long, default_value_t = 0, conflicts_with = "scale")]
    latency: u64,
    /// Measure this Lambda binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Write plots to this folder
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// Only check the size, the memory, the requests to DynamoDB and the instructions against their
    /// limits, none of which depends on what else the machine does
    #[arg(long)]
    check: bool,
    /// Only measure what creates cost as meetings fill and become more, and what `cargo local` takes
    #[arg(long, conflicts_with = "check")]
    scale: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let authority = std::env::temp_dir().join(format!("authority.{}.pem", std::process::id()));
    let latency = match arguments.scale {
        true => scale::LATENCY,
        false => Duration::from_millis(arguments.latency),
    };
    let (plain, tls) = (DynamoDb::plain(latency), DynamoDb::tls(&authority, latency));
    let floors: &[_] = match (arguments.check, arguments.scale) {
        (true, _) => &[HTTP, CALLS],
        (_, true) => &[],
        _ => &[HTTP, RUNTIME, CALLS],
    };
    let mut subjects = artefacts::rust(floors, arguments.binary);
    let kept = if arguments.check {
        limits::check(&subjects, &plain, &tls, &authority)
    } else if arguments.scale {
        let product = subjects.iter().find(|subject| subject.name == ROLLCALL);
        scale::print(product.expect("the product"), &tls, &authority);
        true
    } else {
        subjects.extend(artefacts::peers());
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
        if let Some(folder) = arguments.plots {
            plot::write(&folder, &subjects, &tls);
        }
        true
    };
    std::fs::remove_file(&authority).expect("a file");
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Of every function that is one binary; `None` without valgrind.
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
