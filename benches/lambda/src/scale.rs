//! How the cost of a create depends on the attendees of its meeting and on the number of meetings, on the
//! DynamoDB of `cargo local`; the cost of a batch compared with one create; and the throughput of
//! `cargo local`.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::artefacts::Subject;
use crate::client::Client;
use crate::dynamodb::DynamoDb;
use crate::function::{Function, WarmUp};
use crate::local::{self, Local};
use crate::statistics::{median, ms, quantile};

/// The attendees of a meeting that each line of the table covers.
const STEP: u64 = 50;
const FULL: u64 = 250;
/// The number of meetings that are filled, and of those that are measured at each size of the table.
const MEETINGS: u64 = 4;
/// The numbers of meetings in the table.
const SIZES: [u64; 4] = [100, 1_000, 10_000, 100_000];
const CALLERS: [u64; 4] = [1, 8, 16, 64];
const DURATION: Duration = Duration::from_secs(5);

/// The numbers of attendees in a batch.
const BATCHES: [u64; 4] = [1, 10, 50, 100];
/// The number of measured batches of each size.
const TIMES: u64 = 10;

/// The latency of the stand-in for DynamoDB, for batches; about that of the real one.
pub const LATENCY: Duration = Duration::from_millis(4);

/// Prints the four tables. `dynamodb` has the latency [`LATENCY`] and serves TLS; `authority` is the file
/// with its authority.
pub fn print(product: &Subject, dynamodb: &DynamoDb, authority: &Path) {
    filling(product);
    growing(product);
    batches(product, dynamodb, authority);
    throughput(&Local::build());
}

fn filling(product: &Subject) {
    let local = Local::start(&Local::build());
    let mut function = Function::start(&product.command, &local.dynamodb, None, WarmUp::Usual);
    let meetings: Vec<_> = (0..MEETINGS).map(|n| local.meeting(&format!("filling-{n}"))).collect();
    println!("\n### As a meeting fills\n");
    println!("| attendees | create p50, ms | of it CPU of the function, ms |\n| --- | --: | --: |");
    for from in (0..FULL).step_by(STEP as usize) {
        let (mut times, before) = (Vec::new(), function.cpu());
        for meeting in &meetings {
            times.extend((from..from + STEP).map(|user| function.join(meeting, user)));
        }
        let cpu = (function.cpu() - before) / times.len() as u32;
        let line = (from + 1, from + STEP, ms(median(&times)), ms(cpu));
        println!("| {} to {} | {:.2} | {:.3} |", line.0, line.1, line.2, line.3);
    }
}

fn growing(product: &Subject) {
    let local = Local::start(&Local::build());
    let mut function = Function::start(&product.command, &local.dynamodb, None, WarmUp::Usual);
    println!("\n### As meetings become more\n");
    println!(
        "| meetings in the table | create p50, ms | of it CPU of the function, ms |\n\
         | --: | --: | --: |"
    );
    let mut from = 0;
    for size in SIZES {
        local.fill(from, size);
        from = size;
        let (mut times, before) = (Vec::new(), function.cpu());
        for number in 0..MEETINGS {
            let meeting = local.meeting(&format!("growing-{size}-{number}"));
            times.extend((0..STEP).map(|user| function.join(&meeting, user)));
        }
        let cpu = (function.cpu() - before) / times.len() as u32;
        println!("| {size} | {:.2} | {:.3} |", ms(median(&times)), ms(cpu));
    }
}

/// Uses the stand-in, which handles requests in parallel like the real DynamoDB. All attendees are new.
fn batches(product: &Subject, dynamodb: &DynamoDb, authority: &Path) {
    let start = || Function::start(&product.command, &dynamodb.url, Some(authority), WarmUp::Usual);
    println!("\n### A batch\n");
    println!(
        "| attendees in the request | p50, ms | to a create | CPU of the function, ms | \
         an instance's first batch, ms |\n| --: | --: | --: | --: | --: |"
    );
    let create = {
        let mut function = start();
        median(&(0..10 * TIMES).map(|_| function.create()).collect::<Vec<_>>())
    };
    for users in BATCHES {
        let mut function = start();
        let mut join = || {
            dynamodb.clear();
            let before = function.cpu();
            let time = function.join_batch(users);
            (time, function.cpu() - before)
        };
        let (first, _) = join();
        let (times, cpu): (Vec<_>, Vec<_>) = (0..TIMES).map(|_| join()).unzip();
        println!(
            "| {users} | {:.1} | {:.1} | {:.1} | {:.1} |",
            ms(median(&times)),
            median(&times).as_secs_f64() / create.as_secs_f64(),
            ms(median(&cpu)),
            ms(first),
        );
    }
}

/// Prints the table of `cargo local`, or another server of the API, under load. Each line has a new
/// server, because the cost of a create may depend on what is stored.
pub fn throughput(server: &Path) {
    println!("\n### {}\n", server.display());
    println!(
        "| callers at once | creates a second | p50, ms | p99, ms | CPU of a create, ms |\n\
         | --: | --: | --: | --: | --: |"
    );
    for callers in CALLERS {
        let local = &Local::start(server);
        let (start, before) = (Instant::now(), local.cpu());
        let times: Vec<Duration> = std::thread::scope(|scope| {
            let call = |caller| move || calls(local, &format!("{callers}-{caller}"), start);
            let threads: Vec<_> = (0..callers).map(|caller| scope.spawn(call(caller))).collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("a caller")).collect()
        });
        println!(
            "| {callers} | {:.0} | {:.1} | {:.1} | {:.2} |",
            times.len() as f64 / start.elapsed().as_secs_f64(),
            ms(median(&times)),
            ms(quantile(&times, 0.99)),
            ms((local.cpu() - before) / times.len() as u32),
        );
    }
}

/// Fills one meeting after the other until the time is over, and returns the time of each create.
fn calls(local: &Local, name: &str, start: Instant) -> Vec<Duration> {
    let mut client = Client::connect(&local.api);
    let mut times = Vec::new();
    for meeting in 0.. {
        let meeting = local.meeting(&format!("throughput-{name}-{meeting}"));
        for user in 0..FULL {
            if start.elapsed() > DURATION {
                return times;
            }
            let before = Instant::now();
            local::create(&mut client, &meeting, user);
            times.push(before.elapsed());
        }
    }
    times
}
