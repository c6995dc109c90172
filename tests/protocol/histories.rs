//! The shortest histories to planted bugs and imprecisions are those of `protocol/histories.md`.

use std::fmt::Write as _;

use rollcall_protocol::attendees::{self, Attendees};
use rollcall_protocol::capabilities::{self, Capabilities};
use rollcall_protocol::explorer::{History, Model};
use rollcall_protocol::replicas::{self, Replicas};

use crate::search::{
    CAPABILITIES, CLOCKS_AND_END, LATE_REPLICAS, ONE_SEAT, REPLICAS, REPLICAS_AND_CLOCKS,
    TWO_DELETIONS, lines, mode,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/histories.md");

const HEAD: &str = "# Shortest histories

`cargo test --test protocol` finds these and compares them with this file; `ROLLCALL_PROTOCOL=write` writes it. Each
step is one request to DynamoDB with its outcome, and what the instance does next. `id` numbers the attendees of a
user.

";

#[test]
fn the_search_finds_every_planted_bug_and_imprecision_by_its_shortest_history() {
    let mut text = HEAD.to_owned();
    text.push_str("## Planted bugs: attendees\n\n");
    for bug in attendees::Bug::ALL {
        let found = [ONE_SEAT, CLOCKS_AND_END, TWO_DELETIONS]
            .into_iter()
            .find_map(|bounds| Attendees { bug: Some(bug), ..bounds }.explore().broken);
        add_bug(&mut text, bug.description(), found);
    }
    text.push_str("## Planted bugs: replicas\n\n");
    for bug in replicas::Bug::ALL {
        let found = [REPLICAS, REPLICAS_AND_CLOCKS]
            .into_iter()
            .find_map(|bounds| Replicas { bug: Some(bug), ..bounds }.explore().broken);
        add_bug(&mut text, bug.description(), found);
    }
    text.push_str("## Planted bugs: capabilities\n\n");
    for bug in capabilities::Bug::ALL {
        let found = Capabilities { bug: Some(bug), ..CAPABILITIES }.explore().broken;
        add_bug(&mut text, bug.description(), found);
    }
    text.push_str("## Imprecisions: attendees\n\n");
    let mut known = Vec::new();
    for (name, history) in
        [CLOCKS_AND_END, TWO_DELETIONS].iter().flat_map(|it| it.explore().imprecisions)
    {
        if !known.contains(&name) {
            known.push(name);
            write!(text, "### {name}\n\n```text\n{}```\n\n", lines(&history)).unwrap();
        }
    }
    text.push_str("## Imprecisions: replicas\n\n");
    for (name, history) in LATE_REPLICAS.explore().imprecisions {
        write!(text, "### {name}\n\n```text\n{}```\n\n", lines(&history)).unwrap();
    }
    let text = format!("{}\n", text.trim_end());
    if mode() == "write" {
        std::fs::write(FILE, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap(), text, "{FILE}");
}

fn add_bug<M: Model>(text: &mut String, bug: &str, found: Option<(&str, History<M>)>) {
    let (promise, history) = found.unwrap_or_else(|| panic!("not found: {bug}"));
    let steps = lines(&history);
    write!(text, "### {bug}\n\nBreaks: {promise}.\n\n```text\n{steps}```\n\n").unwrap();
}
