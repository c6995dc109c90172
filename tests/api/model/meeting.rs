//! One meeting of a history: what was asked of it and who was told of whom.

use serde_json::Value;

use super::history::{History, Record, Stored};
use super::record::{before, is_success};
use super::request::{MEETINGS, PRIMARY, Request, Wish};

/// An attendee in an answer: at some time while the request was under way it was there.
pub struct Sighting<'a> {
    pub by: &'a Record,
    pub user: usize,
    pub attendee: &'a Value,
    pub id: &'a str,
}

/// A meeting of a history.
pub struct Meeting<'a> {
    pub stored: &'a Stored,
    /// The same before the last look.
    pub settled: &'a Stored,
    pub number: usize,
    /// The primary, if the meeting is a replica.
    pub primary: Option<Box<Self>>,
    /// In seconds since 1970; where nobody opened it, it never began.
    pub end: u64,
    /// Every attendee that anyone was told of, each time.
    pub sightings: Vec<Sighting<'a>>,
    records: Vec<&'a Record>,
    history: &'a History,
}

impl<'a> Meeting<'a> {
    pub fn of(history: &'a History, number: usize) -> Self {
        let records: Vec<_> = history
            .records
            .iter()
            .chain(&history.replays)
            .filter(|record| record.request.meeting() == number)
            .collect();
        let mentioned = |by: &&'a Record| {
            let by = *by;
            by.outcome.attendees().map(move |(user, attendee)| {
                let id = attendee["AttendeeId"].as_str().unwrap_or_default();
                Sighting { by, user, attendee, id }
            })
        };
        let stored = &history.stored[number];
        Self {
            stored,
            settled: &history.settled[number],
            number,
            primary: (history.has_replicas && number != PRIMARY)
                .then(|| Box::new(Self::of(history, PRIMARY))),
            // A deletion replaces the end of the lifetime, which was after the deletion.
            end: match stored.ended_at {
                Some(_) => u64::MAX,
                None => stored.expires_at.unwrap_or(0),
            },
            sightings: records.iter().flat_map(mentioned).collect(),
            records,
            history,
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &'a Record> {
        self.records.iter().copied()
    }

    pub fn openings(&self) -> impl Iterator<Item = &'a Record> {
        self.all().filter(|record| record.request.opens())
    }

    pub fn deletions(&self) -> impl Iterator<Item = &'a Record> {
        self.all().filter(|record| matches!(record.request, Request::DeleteMeeting { .. }))
    }

    /// The other replicas of a replica's primary.
    pub fn other_replicas(&self) -> impl Iterator<Item = Self> {
        let others = (0..MEETINGS).filter(|number| ![PRIMARY, self.number].contains(number));
        others.map(|number| Self::of(self.history, number))
    }

    /// The deletions that end the meeting: its own and those of its primary.
    pub fn endings(&self) -> impl Iterator<Item = &'a Record> {
        self.deletions().chain(self.primary.iter().flat_map(|primary| primary.deletions()))
    }

    /// Whoever asked for the attendee of this id to be deleted.
    pub fn removals(&self, id: &str) -> impl Iterator<Item = &'a Record> {
        self.all().filter(move |record| match &record.request {
            Request::DeleteAttendee { attendee, .. } => *attendee.id == *id,
            _ => false,
        })
    }

    /// What was wished for a user.
    pub fn wishes_for(&self, user: usize) -> impl Iterator<Item = (&'a Record, Wish)> {
        self.all().flat_map(move |record| {
            let wishes = record.request.wishes().iter().filter(move |wish| wish.0 == user);
            wishes.map(move |wish| (record, *wish))
        })
    }

    /// Whether the attendee of this id may be deleted by then.
    pub fn may_be_deleted(&self, id: &str, by: usize) -> bool {
        self.removals(id).any(|removal| removal.invoked < by)
    }

    pub fn may_have_ended(&self, by: &Record) -> bool {
        by.responded_at >= self.end || self.may_be_overtaken(by)
    }

    pub fn may_be_unopened(&self, by: &Record) -> bool {
        !self.openings().any(|opening| is_success(opening) && before(opening, by))
    }

    /// Whether a deletion may have overtaken it: one that was under way when the meeting's
    /// attendees were removed may put another in the place of its user's, and nobody finds either
    /// any more.
    pub fn may_be_overtaken(&self, by: &Record) -> bool {
        self.stored.ended_at.is_some_and(|ended_at| ended_at <= by.responded_at)
            && self.endings().any(|end| end.invoked < by.responded)
    }
}
