//! One meeting of a history: its records, sightings and items.

use serde_json::Value;

use super::history::{History, Record, Stored};
use super::record::{before, is_success};
use super::request::{MEETINGS, PRIMARY, Request, Spec};

/// An attendee in a response. It existed at some time during the request.
pub struct Sighting<'a> {
    pub by: &'a Record,
    pub user: usize,
    pub attendee: &'a Value,
    pub id: &'a str,
}

/// A meeting of a history.
pub struct Meeting<'a> {
    pub stored: &'a Stored,
    /// Its items before the replays.
    pub settled: &'a Stored,
    pub number: usize,
    /// The primary, if the meeting is a replica, or may have been one before it was put.
    pub primary: Option<Box<Self>>,
    /// The end of its lifetime, in seconds since 1970; the end of time if it was never created.
    pub end: u64,
    /// Every attendee of every response.
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
        let sighted = |by: &&'a Record| {
            let by = *by;
            by.outcome.attendees().map(move |(user, attendee)| {
                let id = attendee["AttendeeId"].as_str().unwrap_or_default();
                Sighting { by, user, attendee, id }
            })
        };
        Self {
            stored: &history.stored[number],
            settled: &history.settled[number],
            number,
            primary: history.is_replica(number).then(|| Box::new(Self::of(history, PRIMARY))),
            end: history.created[number].map_or(u64::MAX, |created| created.end),
            sightings: records.iter().flat_map(sighted).collect(),
            records,
            history,
        }
    }

    pub fn all(&self) -> impl Iterator<Item = &'a Record> {
        self.records.iter().copied()
    }

    pub fn creations(&self) -> impl Iterator<Item = &'a Record> {
        self.all().filter(|record| record.request.creates_meeting())
    }

    pub fn deletions(&self) -> impl Iterator<Item = &'a Record> {
        self.all().filter(|record| matches!(record.request, Request::DeleteMeeting { .. }))
    }

    /// By how many seconds the clocks of two instances differ at most.
    pub fn clock_difference(&self) -> u64 {
        self.history.clock_difference
    }

    /// The ids of all meetings.
    pub fn ids(&self) -> &'a [String; MEETINGS] {
        &self.history.ids
    }

    /// The primary that a request names.
    pub fn named_primary(&self, request: &Request) -> Option<Self> {
        request.names_primary().then(|| Self::of(self.history, PRIMARY))
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

    /// The requests to delete the attendee with this id.
    pub fn removals(&self, id: &str) -> impl Iterator<Item = &'a Record> {
        self.all().filter(move |record| match &record.request {
            Request::DeleteAttendee { attendee, .. } => *attendee.id == *id,
            _ => false,
        })
    }

    /// The requests that may create an attendee for a user.
    pub fn specs_for(&self, user: usize) -> impl Iterator<Item = (&'a Record, Spec)> {
        self.all().flat_map(move |record| {
            let specs = record.request.specs().iter().filter(move |spec| spec.0 == user);
            specs.map(move |spec| (record, *spec))
        })
    }

    /// Whether the attendee with this id may be deleted before this step.
    pub fn may_be_deleted(&self, id: &str, by: usize) -> bool {
        self.removals(id).any(|removal| removal.invoked < by)
    }

    pub fn may_have_ended(&self, by: &Record) -> bool {
        by.responded_at >= self.end || self.may_be_overtaken(by)
    }

    pub fn may_not_exist(&self, by: &Record) -> bool {
        !self.creations().any(|creation| is_success(creation) && before(creation, by))
    }

    /// Whether a deletion of the meeting may have overtaken the request. A request in progress while the
    /// meeting's attendees are removed may replace the user's removed attendee with another one. No
    /// later request finds either of them.
    pub fn may_be_overtaken(&self, by: &Record) -> bool {
        let latest = by.responded_at + self.clock_difference();
        self.stored.ended_at.is_some_and(|ended_at| ended_at <= latest)
            && self.endings().any(|end| end.invoked < by.responded)
    }
}
