//! The times of many instances of each function. The functions take turns, so that other load of the
//! machine affects all of them equally.

use std::path::Path;
use std::time::Duration;

use crate::artefacts::Subject;
use crate::dynamodb::DynamoDb;
use crate::function::{Function, WarmUp};

/// The measurements of one function.
#[derive(Default)]
pub struct Sample {
    /// The times from the process's start until it asks for its first event.
    pub start: Vec<Duration>,
    /// The same times without the warm-up; empty for other languages, which have none.
    pub cold_start: Vec<Duration>,
    /// The time of the first request of each instance.
    pub first: Vec<Duration>,
    /// The times of all other requests.
    pub warm: Vec<Duration>,
    /// The CPU times until the process asks for its first event.
    pub start_cpu: Vec<Duration>,
    /// The mean CPU time of a request, for each instance.
    pub cpu: Vec<Duration>,
    /// In bytes.
    pub peak_memory: u64,
}

/// Starts `rounds` instances of each function, and sends `requests` requests to each instance.
pub fn take(
    subjects: &[Subject],
    dynamodb: &DynamoDb,
    authority: Option<&Path>,
    rounds: u32,
    requests: u32,
) -> Vec<Sample> {
    let mut samples: Vec<_> = subjects.iter().map(|_| Sample::default()).collect();
    for round in 1..=rounds {
        eprint!("\rround {round} of {rounds}");
        for (subject, sample) in subjects.iter().zip(&mut samples) {
            dynamodb.clear();
            if subject.binary.is_some() {
                let cold =
                    Function::start(&subject.command, &dynamodb.url, authority, WarmUp::Skipped);
                sample.cold_start.push(cold.start);
            }
            let mut function =
                Function::start(&subject.command, &dynamodb.url, authority, WarmUp::Usual);
            sample.start.push(function.start);
            sample.start_cpu.push(function.cpu());
            sample.first.push(function.create());
            let before = function.cpu();
            for _ in 0..requests {
                sample.warm.push(function.create());
            }
            sample.cpu.push((function.cpu() - before) / requests);
            sample.peak_memory = sample.peak_memory.max(function.peak_memory());
        }
    }
    eprintln!();
    samples
}
