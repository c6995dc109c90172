//! Every state within these bounds keeps the promises.

use std::io::Write as _;
use std::time::Instant;

use rollcall_protocol::attendees::{self, Attendees};
use rollcall_protocol::capabilities::Capabilities;
use rollcall_protocol::explorer::{History, Model, Report};
use rollcall_protocol::replicas::{self, Replicas};

/// Two users with two callers each, one seat, one deletion, one end, and a late write.
pub const ONE_SEAT: Attendees = Attendees {
    limit: 1,
    deletions: 1,
    ends: 1,
    lifetime: false,
    late: 1,
    faults: true,
    bug: None,
};
/// The same with two seats.
const TWO_SEATS: Attendees = Attendees { limit: 2, ..ONE_SEAT };
/// Clocks that differ, and a late write, in a meeting that is not deleted.
pub const CLOCKS: Attendees = Attendees { ends: 0, lifetime: true, ..ONE_SEAT };
/// Clocks that differ in a meeting that is deleted, without a late write.
pub const CLOCKS_AND_END: Attendees = Attendees { lifetime: true, late: 0, ..ONE_SEAT };
/// Two deletions in a meeting that does not end.
pub const TWO_DELETIONS: Attendees = Attendees { deletions: 2, ends: 0, ..ONE_SEAT };
/// Concurrent requests without faults.
const NO_FAULTS: Attendees = Attendees { late: 0, faults: false, ..TWO_DELETIONS };

/// Two tokens with two callers each, one end of each kind of meeting, and one request that uses a token
/// without the primary.
pub const REPLICAS: Replicas =
    Replicas { plain: 1, replica_ends: 1, primary_ends: 1, lifetime: false, late: 0, bug: None };
/// A late write, without the request that uses a token without the primary.
pub const LATE_REPLICAS: Replicas = Replicas { plain: 0, late: 1, ..REPLICAS };
/// Clocks that differ, without either.
pub const REPLICAS_AND_CLOCKS: Replicas = Replicas { plain: 0, lifetime: true, ..REPLICAS };

/// Two callers that change the capabilities of one attendee four times.
pub const CAPABILITIES: Capabilities = Capabilities { updates: 4, bug: None };

/// The steps of a history, one in a line.
pub fn lines<M: Model>(history: &History<M>) -> String {
    let steps = history.iter().enumerate();
    steps.map(|(index, step)| format!("{:3}. {}\n", index + 1, step.action)).collect()
}

/// Expects that a search finds no broken promise, and reports the number of states.
fn keeps_promises<M: Model>(model: &M, explore: fn(&M) -> Report<M>) -> Report<M> {
    let begin = Instant::now();
    let report = explore(model);
    let (states, steps, took) = (report.states, report.steps, begin.elapsed());
    // Not captured, so that every run shows the number.
    let mut out = std::io::stderr();
    writeln!(out, "{states} states, {steps} steps in {took:.1?}: {model:?}").unwrap();
    if let Some((promise, history)) = &report.broken {
        panic!("broken: {promise}\n{}", lines(history));
    }
    report
}

fn imprecisions<M: Model>(report: &Report<M>) -> Vec<&'static str> {
    let mut names: Vec<_> = report.imprecisions.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names
}

pub fn mode() -> String {
    std::env::var("ROLLCALL_PROTOCOL").unwrap_or_default()
}

#[test]
fn a_meeting_with_one_seat_keeps_its_promises() {
    keeps_promises(&ONE_SEAT, Attendees::explore);
}

#[test]
fn a_meeting_with_two_seats_keeps_its_promises() {
    keeps_promises(&TWO_SEATS, Attendees::explore);
}

#[test]
fn a_meeting_keeps_its_promises_when_clocks_differ() {
    keeps_promises(&CLOCKS, Attendees::explore);
}

#[test]
fn exactly_the_known_imprecisions_are_reachable() {
    let mut expected = attendees::IMPRECISIONS;
    expected.sort_unstable();
    let reports =
        [CLOCKS_AND_END, TWO_DELETIONS].map(|bounds| keeps_promises(&bounds, Attendees::explore));
    let mut found: Vec<_> = reports.iter().flat_map(imprecisions).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, expected);
}

#[test]
fn without_faults_a_full_meeting_has_as_many_attendees_as_its_limit() {
    assert_eq!(imprecisions(&keeps_promises(&NO_FAULTS, Attendees::explore)), [""; 0]);
}

#[test]
fn replicas_keep_their_promises_within_all_bounds() {
    for bounds in [REPLICAS, LATE_REPLICAS, REPLICAS_AND_CLOCKS] {
        let report = keeps_promises(&bounds, Replicas::explore);
        assert_eq!(imprecisions(&report), replicas::IMPRECISIONS);
    }
}

#[test]
fn acknowledged_capabilities_are_not_undone_within_all_bounds() {
    let report = keeps_promises(&CAPABILITIES, Capabilities::explore);
    assert_eq!(imprecisions(&report), [""; 0]);
}

#[test]
fn larger_bounds_keep_the_promises() {
    if mode() == "long" {
        keeps_promises(&Capabilities { updates: 8, ..CAPABILITIES }, Capabilities::explore);
        let late = Attendees { late: 2, ..TWO_DELETIONS };
        let two_seats = Attendees { lifetime: true, ..TWO_SEATS };
        let two_deletions = Attendees { deletions: 2, lifetime: true, ..ONE_SEAT };
        for bounds in [late, two_seats, two_deletions] {
            keeps_promises(&bounds, Attendees::explore);
        }
        keeps_promises(&Replicas { lifetime: true, late: 1, ..REPLICAS }, Replicas::explore);
    }
}
