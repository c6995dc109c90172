//! Times of many instances of every function, interleaved, so that what else the machine does falls
//! on all of them alike.

use std::path::Path;
use std::time::Duration;

use crate::artefacts::{Kind, Subject};
use crate::dynamodb::DynamoDb;
use crate::function::{Function, WarmUp};

/// What was seen of one function.
#[derive(Default)]
pub struct Sample {
    /// From the process's start to its first question for an event.
    pub start: Vec<Duration>,
    /// The same where Lambda takes a snapshot, for which the product skips the warm-up; not of peers.
    pub cold_start: Vec<Duration>,
    /// The first request of each instance.
    pub first: Vec<Duration>,
    /// All others.
    pub warm: Vec<Duration>,
    /// CPU time until the first question for an event.
    pub start_cpu: Vec<Duration>,
    /// CPU time of one request, of each instance.
    pub cpu: Vec<Duration>,
    /// Bytes.
    pub peak_memory: u64,
}

/// Starts each function so many times, and sends each instance so many requests.
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
            if subject.kind != Kind::Peer {
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
