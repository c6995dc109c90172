#!/usr/bin/env bash
# dynoxide-rs 3.2.0 keeps every record of a table's stream, where DynamoDB keeps 24 hours, and reads all of them for
# each write, in search of the last sequence number. So a put takes longer with every put before it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
# Output seen: "a put into a table with 6000 records in its stream takes 12 times as long as with 500". The script
# fails if it takes less than 4 times as long.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
cat >"$work/Cargo.toml" <<'TOML'
[package]
name = "finding"
edition = "2024"
[dependencies]
dynoxide-rs = { version = "=3.2.0", default-features = false, features = ["native-sqlite"] }
serde_json = "1"
[profile.dev]
opt-level = 1
debug = false
TOML
cat >"$work/src/main.rs" <<'RUST'
use dynoxide::Database;
use serde_json::{from_value, json};
use std::time::{Duration, Instant};

/// How long each of this many puts takes.
fn puts(database: &Database, count: u32) -> Duration {
    let begin = Instant::now();
    for number in 0..count {
        let item = json!({"key": {"S": "a"}, "number": {"N": number.to_string()}, "text": {"S": "x".repeat(1500)}});
        database.put_item(from_value(json!({"TableName": "table", "Item": item})).unwrap()).unwrap();
    }
    begin.elapsed() / count
}

fn main() {
    let database = Database::memory().unwrap();
    let table = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "key", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "key", "AttributeType": "S"}],
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    });
    database.create_table(from_value(table).unwrap()).unwrap();
    let few = puts(&database, 500);
    puts(&database, 5_250);
    let times = puts(&database, 500).as_secs_f64() / few.as_secs_f64();
    println!("a put into a table with 6000 records in its stream takes {times:.0} times as long as with 500");
    std::process::exit(i32::from(times < 4.0));
}
RUST
cargo run --quiet --manifest-path "$work/Cargo.toml"
