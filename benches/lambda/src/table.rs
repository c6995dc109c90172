//! The measurements as Markdown tables.

use crate::artefacts::{self, HTTP, Subject};
use crate::sample::Sample;
use crate::statistics::{median, ms, quantile};

/// The measurements over plain HTTP or over TLS.
pub struct Transport {
    pub name: &'static str,
    /// One for each subject.
    pub samples: Vec<Sample>,
    /// One for each subject that is a binary; these are the first subjects.
    pub instructions: Option<Vec<Instructions>>,
}

pub struct Instructions {
    pub start: u64,
    /// The start without the warm-up.
    pub cold_start: u64,
    pub warm: u64,
}

/// Prints a table for each transport, then a table of sizes.
pub fn print(subjects: &[Subject], transports: &[&Transport]) {
    let baseline = subjects.iter().position(|subject| subject.name == HTTP).expect("a baseline");
    for transport in transports {
        println!("\n### DynamoDB over {}\n", transport.name);
        println!(
            "| function | start, ms | without the warm-up | to the empty function | \
             first request, ms | warm p50, ms | p99, ms | first to warm | CPU of a start, ms | \
             CPU of a request, ms | peak memory, MB |"
        );
        println!("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
        let empty = median(&transport.samples[baseline].cold_start);
        for (subject, sample) in subjects.iter().zip(&transport.samples) {
            let is_other_language = subject.binary.is_none();
            let cold = median(if is_other_language { &sample.start } else { &sample.cold_start });
            let (first, warm) = (median(&sample.first), median(&sample.warm));
            println!(
                "| {} | {:.1} | {:.1} | {:.2} | {:.2} | {:.3} | {:.3} | {:.2} | {:.1} | {:.3} | {:.1} |",
                subject.name,
                ms(median(&sample.start)),
                ms(cold),
                cold.as_secs_f64() / empty.as_secs_f64(),
                ms(first),
                ms(warm),
                ms(quantile(&sample.warm, 0.99)),
                first.as_secs_f64() / warm.as_secs_f64(),
                ms(median(&sample.start_cpu)),
                ms(median(&sample.cpu)),
                megabytes(sample.peak_memory),
            );
        }
        if let Some(instructions) = &transport.instructions {
            println!(
                "\n| thousand instructions | start | without the warm-up | \
                 to the empty function | a warm request |"
            );
            println!("| --- | --: | --: | --: | --: |");
            for (subject, counted) in subjects.iter().zip(instructions) {
                println!(
                    "| {} | {} | {} | {:.2} | {} |",
                    subject.name,
                    counted.start / 1000,
                    counted.cold_start / 1000,
                    counted.cold_start as f64 / instructions[baseline].cold_start as f64,
                    counted.warm / 1000,
                );
            }
        }
    }
    println!("\n### Size\n\n| function | binary, MB | zip, MB |\n| --- | --: | --: |");
    for subject in subjects {
        if let Some(binary) = &subject.binary {
            let (binary, zip) = artefacts::sizes(binary);
            println!("| {} | {:.2} | {:.2} |", subject.name, megabytes(binary), megabytes(zip));
        }
    }
}

/// Millions of bytes, the unit in which AWS states sizes.
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
