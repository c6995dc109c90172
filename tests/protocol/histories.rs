//! The shortest histories to planted bugs and imprecisions are those of `protocol/histories.md`.

use std::fmt::Write as _;

use rollcall_protocol::attendees::{Attendees, Bug};

use crate::search::{CLOCKS, CLOCKS_AND_END, ONE_SEAT, TWO_DELETIONS, lines, mode};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/histories.md");

const HEAD: &str = "# Shortest histories

`cargo test --test protocol` finds these and compares them with this file; `ROLLCALL_PROTOCOL=write` writes it. Each
step is one request to DynamoDB with its outcome, and what the instance does next. `id` numbers the attendees of a
user.

";

#[test]
fn the_search_finds_every_planted_bug_and_imprecision_by_its_shortest_history() {
    let mut text = HEAD.to_owned();
    text.push_str("## Planted bugs\n\n");
    for bug in Bug::ALL {
        let found = [ONE_SEAT, CLOCKS, TWO_DELETIONS]
            .into_iter()
            .find_map(|bounds| Attendees { bug: Some(bug), ..bounds }.explore().broken);
        let (promise, history) = found.unwrap_or_else(|| panic!("{bug:?} is not found"));
        let (bug, steps) = (bug.description(), lines(&history));
        write!(text, "### {bug}\n\nBreaks: {promise}.\n\n```text\n{steps}```\n\n").unwrap();
    }
    text.push_str("## Imprecisions\n\n");
    let mut imprecisions = CLOCKS_AND_END.explore().imprecisions;
    for (name, history) in TWO_DELETIONS.explore().imprecisions {
        if imprecisions.iter().all(|(known, _)| *known != name) {
            imprecisions.push((name, history));
        }
    }
    for (name, history) in imprecisions {
        write!(text, "### {name}\n\n```text\n{}```\n\n", lines(&history)).unwrap();
    }
    let text = format!("{}\n", text.trim_end());
    if mode() == "write" {
        std::fs::write(FILE, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(FILE).unwrap(), text, "{FILE}");
}
