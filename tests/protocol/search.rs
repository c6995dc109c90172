//! Every state within these bounds keeps the promises. `protocol/states.md` has the number of
//! states.

use std::sync::{Mutex, OnceLock, PoisonError};

use rollcall_protocol::attendees::{self, Attendees};
use rollcall_protocol::callers::{History, Model, Protocol, Report};
use rollcall_protocol::capabilities::Capabilities;
use rollcall_protocol::replicas::{self, Replicas};

/// Bounds of a protocol, explored once for all tests.
pub struct Bounds<P: Protocol> {
    description: &'static str,
    pub model: Model<P>,
    report: OnceLock<Report<P>>,
}

/// Two users with two callers each.
const MEETING: Model<Attendees> = Model {
    protocol: Attendees { limit: 1, deletions: 1, ends: 1 },
    faults: true,
    late: 1,
    lifetime: false,
    bug: None,
};
pub static ONE_SEAT: Bounds<Attendees> =
    Bounds::new("one seat, one deletion of an attendee, one end, one late write", MEETING);
static TWO_SEATS: Bounds<Attendees> = Bounds::new(
    "two seats, the same",
    Model { protocol: Attendees { limit: 2, ..MEETING.protocol }, ..MEETING },
);
pub static CLOCKS: Bounds<Attendees> = Bounds::new(
    "one seat, one deletion, one late write, clocks that differ",
    Model { protocol: Attendees { ends: 0, ..MEETING.protocol }, lifetime: true, ..MEETING },
);
pub static CLOCKS_AND_END: Bounds<Attendees> = Bounds::new(
    "one seat, one deletion, one end, clocks that differ",
    Model { lifetime: true, late: 0, ..MEETING },
);
const MEETING_THAT_DOES_NOT_END: Model<Attendees> =
    Model { protocol: Attendees { limit: 1, deletions: 2, ends: 0 }, ..MEETING };
pub static TWO_DELETIONS: Bounds<Attendees> =
    Bounds::new("one seat, two deletions, one late write", MEETING_THAT_DOES_NOT_END);
static NO_FAULTS: Bounds<Attendees> = Bounds::new(
    "one seat, two deletions, no faults: a full meeting always has as many attendees as its limit",
    Model { late: 0, faults: false, ..MEETING_THAT_DOES_NOT_END },
);

/// Two tokens with two callers each.
const PRIMARY: Model<Replicas> = Model {
    protocol: Replicas { others: 1, replica_ends: 1, primary_ends: 1, reserved: false },
    faults: true,
    late: 0,
    lifetime: false,
    bug: None,
};
const ONLY_REPLICAS: Replicas = Replicas { others: 0, ..PRIMARY.protocol };
pub static REPLICAS: Bounds<Replicas> =
    Bounds::new("replicas, one end of each kind, one use of a token without the primary", PRIMARY);
pub static LATE_REPLICAS: Bounds<Replicas> = Bounds::new(
    "replicas, one end of each kind, one late write",
    Model { protocol: ONLY_REPLICAS, late: 1, ..PRIMARY },
);
pub static LATE_OTHER: Bounds<Replicas> = Bounds::new(
    "replicas, one end of the primary, one use of a token without it, one late write",
    Model { protocol: Replicas { replica_ends: 0, ..PRIMARY.protocol }, late: 1, ..PRIMARY },
);
pub static REPLICAS_AND_CLOCKS: Bounds<Replicas> = Bounds::new(
    "replicas, one end of each kind, clocks that differ",
    Model { protocol: ONLY_REPLICAS, lifetime: true, ..PRIMARY },
);
pub static RESERVED_PLACE: Bounds<Replicas> = Bounds::new(
    "replicas, one end of each kind, one use of a token without the primary, a place that version 0.1 reserved",
    Model { protocol: Replicas { reserved: true, ..PRIMARY.protocol }, ..PRIMARY },
);

/// Two callers that change the capabilities of one attendee.
const ATTENDEE: Model<Capabilities> = Model {
    protocol: Capabilities { updates: 4 },
    faults: true,
    late: 1,
    lifetime: false,
    bug: None,
};
pub static CAPABILITIES: Bounds<Capabilities> =
    Bounds::new("capabilities of one attendee, four updates, one late write", ATTENDEE);

const STATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/protocol/states.md");

impl<P: Protocol> Bounds<P> {
    const fn new(description: &'static str, model: Model<P>) -> Self {
        Self { description, model, report: OnceLock::new() }
    }

    /// What the search finds. It expects no broken promise, and as many states as the page says.
    pub fn report(&self) -> &Report<P> {
        self.report.get_or_init(|| {
            let report = P::explore(&self.model);
            if let Some((promise, history)) = &report.broken {
                panic!("{}\nbroken: {promise}\n{}", self.description, lines(history));
            }
            self.compare_count(report.states);
            report
        })
    }

    fn compare_count(&self, states: usize) {
        static FILE: Mutex<()> = Mutex::new(());
        let _file = FILE.lock().unwrap_or_else(PoisonError::into_inner);
        let page = std::fs::read_to_string(STATES).unwrap();
        let row = format!("| {} | {} |", self.description, with_commas(states));
        let begin = format!("| {} |", self.description);
        let old = page.lines().find(|line| line.starts_with(&begin));
        if mode().starts_with("write") && old != Some(row.as_str()) {
            let old = old.unwrap_or_else(|| panic!("{STATES} has no row {begin}"));
            std::fs::write(STATES, page.replace(old, &row)).unwrap();
        } else {
            assert_eq!(old, Some(row.as_str()), "{STATES}");
        }
    }

    fn imprecisions(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.report().imprecisions.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names
    }
}

fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

/// The steps of a history, one in a line.
pub fn lines<P: Protocol>(history: &History<P>) -> String {
    let steps = history.iter().enumerate();
    steps.map(|(index, step)| format!("{:3}. {}\n", index + 1, step.action)).collect()
}

/// What `ROLLCALL_PROTOCOL` says.
pub fn mode() -> String {
    std::env::var("ROLLCALL_PROTOCOL").unwrap_or_default()
}

#[test]
fn a_meeting_with_one_seat_keeps_its_promises() {
    ONE_SEAT.report();
}

#[test]
fn a_meeting_with_two_seats_keeps_its_promises() {
    TWO_SEATS.report();
}

#[test]
fn a_meeting_keeps_its_promises_when_clocks_differ() {
    CLOCKS.report();
}

#[test]
fn exactly_the_known_imprecisions_are_reachable() {
    let mut expected = attendees::IMPRECISIONS;
    expected.sort_unstable();
    let mut found: Vec<_> =
        [&CLOCKS_AND_END, &TWO_DELETIONS].into_iter().flat_map(Bounds::imprecisions).collect();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found, expected);
}

#[test]
fn without_faults_a_full_meeting_has_as_many_attendees_as_its_limit() {
    assert_eq!(NO_FAULTS.imprecisions(), [""; 0]);
}

#[test]
fn replicas_keep_their_promises_within_all_bounds() {
    let [ended_meanwhile, reserved] = replicas::IMPRECISIONS;
    for bounds in [&REPLICAS, &LATE_REPLICAS, &REPLICAS_AND_CLOCKS] {
        assert_eq!(bounds.imprecisions(), [ended_meanwhile]);
    }
    assert_eq!(LATE_OTHER.imprecisions(), [""; 0]);
    assert_eq!(RESERVED_PLACE.imprecisions(), [ended_meanwhile, reserved]);
}

#[test]
fn acknowledged_capabilities_are_not_undone_within_all_bounds() {
    assert_eq!(CAPABILITIES.imprecisions(), [""; 0]);
}

#[test]
fn larger_bounds_keep_the_promises() {
    if mode().ends_with("long") {
        let two_late = Model { late: 2, ..MEETING_THAT_DOES_NOT_END };
        Bounds::new("one seat, two deletions, two late writes", two_late).report();
        let two_seats = "two seats, one deletion, one end, one late write, clocks that differ";
        Bounds::new(two_seats, Model { lifetime: true, ..TWO_SEATS.model }).report();
        let two_deletions = "one seat, two deletions, one end, one late write, clocks that differ";
        let protocol = Attendees { deletions: 2, ..MEETING.protocol };
        Bounds::new(two_deletions, Model { protocol, lifetime: true, ..MEETING }).report();
        let replicas = "replicas, one end of each kind, one use of a token without the primary, \
                        one late write, clocks that differ";
        Bounds::new(replicas, Model { lifetime: true, late: 1, ..PRIMARY }).report();
        let updates = "capabilities of one attendee, eight updates, one late write";
        let protocol = Capabilities { updates: 8 };
        Bounds::new(updates, Model { protocol, ..ATTENDEE }).report();
    }
}
