//! The shortest histories to planted bugs and imprecisions are those of `protocol/histories.md`.

use std::fmt::Write as _;

use rollcall_protocol::bugs;
use rollcall_protocol::callers::{Bug, Model, Protocol};

use crate::search::{
    Bounds, CAPABILITIES, CLOCKS_AND_END, ONE_SEAT, REPLICAS, REPLICAS_AND_CLOCKS, RESERVED_PLACE,
    TWO_DELETIONS, lines, mode,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/histories.md");

const HEAD: &str = "# Shortest histories

`cargo test --test protocol` finds these and compares them with this file; `ROLLCALL_PROTOCOL=write` writes it. Each
step is one request to DynamoDB with its outcome, and what the instance does next. `id` numbers the attendees of a
user. A request is `expired` if the lifetime was over on the instance's clock when it made the request, and
`applied` if DynamoDB had applied the transaction before.

";

#[test]
fn the_search_finds_every_planted_bug_and_imprecision_by_its_shortest_history() {
    let mut text = HEAD.to_owned();
    text.push_str("## Planted bugs: attendees\n\n");
    for bug in &bugs::ATTENDEES {
        add_bug(&mut text, bug, &[&ONE_SEAT, &CLOCKS_AND_END, &TWO_DELETIONS]);
    }
    text.push_str("## Planted bugs: replicas\n\n");
    for bug in &bugs::REPLICAS {
        add_bug(&mut text, bug, &[&REPLICAS, &RESERVED_PLACE, &REPLICAS_AND_CLOCKS]);
    }
    text.push_str("## Planted bugs: capabilities\n\n");
    for bug in &bugs::CAPABILITIES {
        add_bug(&mut text, bug, &[&CAPABILITIES]);
    }
    text.push_str("## Imprecisions: attendees\n\n");
    add_imprecisions(&mut text, &[&CLOCKS_AND_END, &TWO_DELETIONS]);
    text.push_str("## Imprecisions: replicas\n\n");
    add_imprecisions(&mut text, &[&REPLICAS, &RESERVED_PLACE]);
    let text = format!("{}\n", text.trim_end());
    if mode().starts_with("write") {
        std::fs::write(FILE, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap(), text, "{FILE}");
}

/// The history of the first bounds in which the search finds the bug.
fn add_bug<P: Protocol>(text: &mut String, bug: &'static Bug<P>, bounds: &[&Bounds<P>]) {
    let explore = |bounds: &&Bounds<P>| P::explore(&Model { bug: Some(bug), ..bounds.model });
    let found = bounds.iter().find_map(|bounds| explore(bounds).broken);
    let (promise, history) = found.unwrap_or_else(|| panic!("not found: {}", bug.description));
    let (bug, steps) = (bug.description, lines(&history));
    write!(text, "### {bug}\n\nBreaks: {promise}.\n\n```text\n{steps}```\n\n").unwrap();
}

fn add_imprecisions<P: Protocol>(text: &mut String, bounds: &[&Bounds<P>]) {
    let mut known = Vec::new();
    for (name, history) in bounds.iter().flat_map(|bounds| &bounds.report().imprecisions) {
        if !known.contains(name) {
            known.push(*name);
            write!(text, "### {name}\n\n```text\n{}```\n\n", lines(history)).unwrap();
        }
    }
}
