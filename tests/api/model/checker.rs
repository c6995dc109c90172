//! What must be true of every history. Where requests are under way at the same time, any order of
//! them will do; one that was not answered, or with a 5xx, may have happened, at any time since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::history::{History, Outcome, Record};
use super::request::{LIFETIME, MAX_ATTENDEES, MEETINGS, Request, USERS, Wish, granted};
use crate::faults::fault::Kept;

/// What is wrong with a history, each in a line.
pub fn wrong(history: &History) -> Vec<String> {
    let mut found = Vec::new();
    for record in history.records.iter().chain(&history.replays) {
        failures_are_dynamodb_s(record, &mut found);
    }
    for meeting in 0..MEETINGS {
        Meeting::of(history, meeting).check(&mut found);
    }
    found
}

/// A 429 and a 5xx answer only what DynamoDB failed, and the time is kept.
fn failures_are_dynamodb_s(record: &Record, found: &mut Vec<String>) {
    if record.took > record.time_left {
        found.push(format!("took {:?} of {:?}: {record:?}", record.took, record.time_left));
    }
    let Outcome::Answered { status, .. } = record.outcome else { return };
    let met = |kept| record.met.contains(&kept);
    let is_justified = match status {
        500 => met(Kept::Failure),
        429 => met(Kept::Throttled),
        503 => met(Kept::Unavailable) || met(Kept::Throttled),
        200 | 204 | 404 | 409 | 422 => true,
        // Every request is well-formed, so nothing is left but a full meeting.
        _ => matches!(record.request, Request::CreateAttendee { .. }) && error_of(record) == FULL,
    };
    if !is_justified {
        found.push(format!("{status} without a reason: {record:?}"));
    }
}

const FULL: &str = "LimitExceededException";

fn status(record: &Record) -> u16 {
    match record.outcome {
        Outcome::Killed => 0,
        Outcome::Answered { status, .. } => status,
    }
}

fn error_of(record: &Record) -> &str {
    match &record.outcome {
        Outcome::Answered { error: Some(error), .. } => error,
        _ => "",
    }
}

fn message_of(record: &Record) -> &str {
    match &record.outcome {
        Outcome::Answered { body, .. } => body["Message"].as_str().unwrap_or_default(),
        Outcome::Killed => "",
    }
}

fn is_success(record: &Record) -> bool {
    matches!(status(record), 200 | 204)
}

/// Whether one was over before the other began.
fn before(first: &Record, second: &Record) -> bool {
    first.responded <= second.invoked
}

/// An attendee that a caller was told of.
struct Acknowledged<'a> {
    by: &'a Record,
    wish: Wish,
    attendee: &'a Value,
}

/// A meeting of a history.
struct Meeting<'a> {
    history: &'a History,
    records: Vec<&'a Record>,
    replays: Vec<&'a Record>,
    number: usize,
    /// In seconds since 1970; where nobody opened it, it never began.
    end: u64,
}

impl<'a> Meeting<'a> {
    fn of(history: &'a History, number: usize) -> Self {
        let of_it = |record: &&'a Record| record.request.meeting() == number;
        Self {
            history,
            records: history.records.iter().filter(of_it).collect(),
            replays: history.replays.iter().filter(of_it).collect(),
            number,
            end: history.stored[number].expires_at.unwrap_or(0),
        }
    }

    fn all(&self) -> impl Iterator<Item = &'a Record> {
        self.records.iter().chain(&self.replays).copied()
    }

    fn check(&self, found: &mut Vec<String>) {
        self.ends_after_its_lifetime(found);
        for record in self.all() {
            self.nothing_succeeds_after_the_end(record, found);
            self.refusals_are_justified(record, found);
        }
        self.one_attendee_per_user_forever(found);
        self.never_more_than_the_limit(found);
        self.replays_find_what_was_acknowledged(found);
        self.tags_stay(found);
    }

    fn openings(&self) -> impl Iterator<Item = &'a Record> {
        self.all().filter(|record| record.request.opens())
    }

    fn deletions(&self) -> impl Iterator<Item = &'a Record> {
        self.all().filter(|record| matches!(record.request, Request::DeleteMeeting { .. }))
    }

    fn ends_after_its_lifetime(&self, found: &mut Vec<String>) {
        let Some(first) = self.openings().map(|record| record.invoked_at).min() else { return };
        let Some(acknowledged) =
            self.openings().filter(|record| is_success(record)).map(|r| r.responded_at).min()
        else {
            return;
        };
        let ends = first + LIFETIME..=acknowledged + LIFETIME;
        if !ends.contains(&self.end) {
            found.push(format!("meeting {} ends at {}, not in {ends:?}", self.number, self.end));
        }
    }

    /// What the meeting's end allows: a success must have begun before it.
    fn nothing_succeeds_after_the_end(&self, record: &Record, found: &mut Vec<String>) {
        if !is_success(record) || matches!(record.request, Request::DeleteMeeting { .. }) {
            return;
        }
        if record.invoked_at >= self.end {
            found.push(format!("after the meeting's end at {}: {record:?}", self.end));
        }
        let deleted = self.deletions().find(|end| is_success(end) && before(end, record));
        if let Some(deletion) = deleted {
            found.push(format!("{record:?} after {deletion:?}"));
        }
    }

    fn may_have_ended(&self, by: &Record) -> bool {
        by.responded_at >= self.end || self.may_be_overtaken(by)
    }

    fn may_be_unopened(&self, by: &Record) -> bool {
        !self.openings().any(|opening| is_success(opening) && before(opening, by))
    }

    fn refusals_are_justified(&self, record: &Record, found: &mut Vec<String>) {
        let is_justified = match (status(record), error_of(record)) {
            (404, "NotFoundException") if message_of(record) == "The meeting has ended" => {
                self.may_have_ended(record)
            }
            (404, "NotFoundException") => self.may_be_unopened(record),
            (404, "ResourceNotFoundException") => {
                self.may_have_ended(record) || self.may_be_unopened(record)
            }
            (404, _) => false,
            (409, _) => {
                let is_other = |other: &Record| {
                    other.request != record.request && other.invoked < record.responded
                };
                self.may_have_ended(record) || self.openings().any(is_other)
            }
            (422, _) => record.request.wishes().iter().all(|wish| self.may_differ(*wish, record)),
            (400, FULL) => {
                record.request.wishes().iter().all(|wish| self.may_be_full(*wish, record))
            }
            _ => true,
        };
        // The errors of single attendees of a request for several.
        let singles = match &record.outcome {
            Outcome::Answered { body, .. } => body["Errors"].as_array(),
            Outcome::Killed => None,
        };
        let single_is_justified = |error: &Value| {
            let of_user = |wish: &&Wish| error["ExternalUserId"] == format!("user-{}", wish.0);
            record.request.wishes().iter().filter(of_user).any(|wish| {
                match error["ErrorCode"].as_str() {
                    Some("LimitExceeded") => self.may_be_full(*wish, record),
                    Some("Unprocessable") => self.may_differ(*wish, record),
                    _ => false,
                }
            })
        };
        if !is_justified || !singles.into_iter().flatten().all(single_is_justified) {
            found.push(format!("refused without a reason: {record:?}"));
        }
    }

    /// Whether the user may be there with other capabilities than these.
    fn may_differ(&self, wish: Wish, by: &Record) -> bool {
        let differs = |other: &Wish| other.0 == wish.0 && granted(*other) != granted(wish);
        let is_there = self.acknowledged().iter().any(|it| {
            it.wish.0 == wish.0
                && granted(it.wish) == granted(wish)
                && !self.may_be_overtaken(it.by)
        });
        (!is_there || self.may_be_overtaken(by))
            && self.all().any(|other| {
                other.invoked < by.responded && other.request.wishes().iter().any(differs)
            })
    }

    /// Whether others may have all the seats.
    fn may_be_full(&self, (user, _): Wish, by: &Record) -> bool {
        let has_seat = self.acknowledged().iter().any(|it| it.wish.0 == user && before(it.by, by));
        let others: BTreeSet<_> = self
            .all()
            .filter(|other| other.invoked < by.responded)
            .flat_map(|other| other.request.wishes())
            .filter(|wish| wish.0 != user)
            .map(|wish| wish.0)
            .collect();
        !has_seat && others.len() >= MAX_ATTENDEES
    }

    /// Every attendee that anyone was told of.
    fn acknowledged(&self) -> Vec<Acknowledged<'a>> {
        let mut acknowledged = Vec::new();
        for by in self.all().filter(|record| is_success(record)) {
            let Outcome::Answered { body, .. } = &by.outcome else { continue };
            let several = body["Attendees"].as_array().into_iter().flatten();
            for attendee in several.chain(body.get("Attendee")) {
                let user =
                    (0..USERS).find(|user| attendee["ExternalUserId"] == format!("user-{user}"));
                let capabilities = ["Audio", "Video", "Content"]
                    .map(|medium| attendee["Capabilities"][medium].as_str().unwrap_or_default());
                let wish = by
                    .request
                    .wishes()
                    .iter()
                    .find(|wish| Some(wish.0) == user && granted(**wish) == capabilities);
                // One that nobody asked for is found by its wish, which is nobody's.
                let wish = wish.copied().unwrap_or((usize::MAX, 0));
                acknowledged.push(Acknowledged { by, wish, attendee });
            }
        }
        acknowledged
    }

    /// Whether a deletion may have overtaken it: one that was under way when the meeting's
    /// attendees were removed may put another in the place of its user's, and nobody finds either
    /// any more.
    fn may_be_overtaken(&self, by: &Record) -> bool {
        let ended_at = self.history.stored[self.number].ended_at;
        ended_at.is_some_and(|ended_at| ended_at <= by.responded_at)
            && self.deletions().any(|end| end.invoked < by.responded)
    }

    fn one_attendee_per_user_forever(&self, found: &mut Vec<String>) {
        let mut attendees = BTreeMap::new();
        let (mut ids, mut tokens) = (BTreeMap::new(), BTreeMap::new());
        for Acknowledged { by, wish: (user, _), attendee } in self.acknowledged() {
            if user == usize::MAX {
                found.push(format!("an attendee that was not asked for: {by:?}"));
                continue;
            }
            if !self.may_be_overtaken(by) {
                let first = *attendees.entry(user).or_insert(attendee);
                if first != attendee {
                    found.push(format!("user-{user} is {first}, and then {attendee}"));
                }
            }
            let id = *ids.entry(attendee["AttendeeId"].to_string()).or_insert(user);
            let token = *tokens.entry(attendee["JoinToken"].to_string()).or_insert(user);
            if id != user || token != user {
                found.push(format!("user-{user} shares an id or a token with another"));
            }
        }
    }

    fn never_more_than_the_limit(&self, found: &mut Vec<String>) {
        let stored = &self.history.stored[self.number];
        let users: BTreeSet<_> = self.acknowledged().iter().map(|it| it.wish.0).collect();
        if users.len() > MAX_ATTENDEES || stored.seats > MAX_ATTENDEES {
            found.push(format!("{users:?} of {MAX_ATTENDEES}, {} seats", stored.seats));
        }
        if stored.attendees.len() > stored.seats {
            let items = stored.attendees.len();
            found.push(format!("{items} attendees are stored on {} seats", stored.seats));
        }
    }

    /// When nothing fails any more, everybody who was told of an attendee finds it.
    fn replays_find_what_was_acknowledged(&self, found: &mut Vec<String>) {
        for it in self.acknowledged() {
            for replay in &self.replays {
                let Request::CreateAttendee { wish, .. } = &replay.request else { continue };
                if wish.0 != it.wish.0 || self.may_have_ended(replay) {
                    continue;
                }
                let is_found = match &replay.outcome {
                    Outcome::Answered { status: 200, body, .. } => body["Attendee"] == *it.attendee,
                    Outcome::Answered { status: 422, .. } => granted(*wish) != granted(it.wish),
                    _ => false,
                };
                if !is_found {
                    found.push(format!("{} was acknowledged, but {replay:?}", it.attendee));
                }
                let stored = &self.history.stored[self.number].attendees;
                let is_it = |item: &&Value| {
                    item["AttendeeId"]["S"] == it.attendee["AttendeeId"]
                        && item["JoinToken"]["S"] == it.attendee["JoinToken"]
                };
                if stored.iter().filter(is_it).count() != 1 {
                    found.push(format!("{} was acknowledged and is not stored", it.attendee));
                }
            }
        }
    }

    /// A tag that was set is listed from then on, and none that nobody asked for.
    fn tags_stay(&self, found: &mut Vec<String>) {
        let tagged = |record: &Record| match record.request {
            Request::TagResource { tag, .. } => Some(format!("tag-{tag}")),
            _ => None,
        };
        for list in self.all() {
            let (Request::ListTagsForResource { .. }, Outcome::Answered { status: 200, body, .. }) =
                (&list.request, &list.outcome)
            else {
                continue;
            };
            let listed = body["Tags"].as_array().into_iter().flatten();
            let keys: BTreeSet<_> =
                listed.filter_map(|tag| tag["Key"].as_str().map(str::to_owned)).collect();
            let set = self.all().filter(|record| is_success(record) && before(record, list));
            let asked_for = self.all().filter(|record| record.invoked < list.responded);
            let must: BTreeSet<_> = set.filter_map(tagged).collect();
            let may: BTreeSet<_> = asked_for.filter_map(tagged).collect();
            if !must.is_subset(&keys) || !keys.is_subset(&may) {
                found.push(format!("tags {keys:?}, where {must:?} were set: {list:?}"));
            }
        }
    }
}
