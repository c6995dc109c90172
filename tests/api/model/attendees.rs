//! An acknowledged attendee is found until it is deleted, and never afterwards.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::history::{Outcome, Record};
use super::meeting::{Meeting, Sighting};
use super::record::{before, status};
use super::request::{MAX_ATTENDEES, Request, USERS};

pub fn check(meeting: &Meeting<'_>, found: &mut Vec<String>) {
    meeting.responses_match_requests(found);
    meeting.an_id_belongs_to_one_attendee(found);
    meeting.a_user_has_one_attendee_at_a_time(found);
    meeting.deleted_attendees_stay_deleted(found);
    meeting.lists_are_complete(found);
    meeting.the_limit_is_kept(found);
    meeting.stored_attendees_have_seats(found);
    meeting.acknowledged_attendees_are_stored(found);
}

/// The steps between which an attendee certainly existed.
struct Lifetime<'a> {
    user: usize,
    id: &'a str,
    /// The end of the first request that returned it.
    seen: usize,
    /// The begin of the last request that returned it.
    sought: usize,
}

impl<'a> Meeting<'a> {
    fn responses_match_requests(&self, found: &mut Vec<String>) {
        for Sighting { by, user, id, .. } in &self.sightings {
            let specs = by.request.specs();
            let is_other = by.request.target().is_some_and(|target| *target.id != **id)
                || !specs.is_empty() && specs.iter().all(|spec| spec.0 != *user);
            if is_other || *user == USERS {
                found.push(format!("an attendee that was not requested: {by:?}"));
            }
        }
        // A request for several attendees gets an attendee or an error for each of its users.
        for record in self.all() {
            let Outcome::Response { status: 200, body, .. } = &record.outcome else { continue };
            let Some(errors) = body["Errors"].as_array() else { continue };
            let attendees = body["Attendees"].as_array().unwrap();
            let all: BTreeSet<_> = attendees.iter().chain(errors).map(user_of).collect();
            let named = record.request.specs().iter();
            let named: BTreeSet<_> = named.map(|(user, _)| format!("user-{user}")).collect();
            if all != named.iter().map(|user| Some(user.as_str())).collect() {
                found.push(format!("{all:?} in place of {named:?}: {record:?}"));
            }
        }
    }

    fn an_id_belongs_to_one_attendee(&self, found: &mut Vec<String>) {
        let (mut ids, mut tokens) = (BTreeMap::new(), BTreeMap::new());
        for Sighting { user, attendee, id, .. } in &self.sightings {
            let token = attendee["JoinToken"].as_str().unwrap_or_default();
            if *ids.entry(*id).or_insert((user, token)) != (user, token) {
                found.push(format!("{id} is another attendee than before: {attendee}"));
            }
            if *tokens.entry(token).or_insert(*id) != *id {
                found.push(format!("{attendee} shares a token with another"));
            }
            if token.get(32..64) != Some(&*id.replace('-', "")) {
                found.push(format!("{attendee} has a token that names another"));
            }
        }
    }

    /// Without sightings that a deletion of the meeting may have overtaken.
    fn lifetimes(&self) -> Vec<Lifetime<'a>> {
        let mut lifetimes = Vec::<Lifetime<'_>>::new();
        for Sighting { by, user, id, .. } in &self.sightings {
            if self.may_be_overtaken(by) {
                continue;
            }
            match lifetimes.iter_mut().find(|life| life.id == *id) {
                Some(life) => {
                    life.seen = life.seen.min(by.responded);
                    life.sought = life.sought.max(by.invoked);
                }
                None => {
                    let (seen, sought) = (by.responded, by.invoked);
                    lifetimes.push(Lifetime { user: *user, id, seen, sought });
                }
            }
        }
        lifetimes
    }

    /// Whether the first may have been deleted before the second was created.
    fn may_precede(&self, first: &Lifetime<'_>, second: &Lifetime<'_>) -> bool {
        first.sought < second.seen && self.may_be_deleted(first.id, second.seen)
    }

    fn a_user_has_one_attendee_at_a_time(&self, found: &mut Vec<String>) {
        let lifetimes = self.lifetimes();
        for (index, one) in lifetimes.iter().enumerate() {
            for other in lifetimes.iter().skip(index + 1).filter(|other| other.user == one.user) {
                if !self.may_precede(one, other) && !self.may_precede(other, one) {
                    let (user, one, other) = (one.user, one.id, other.id);
                    found.push(format!("user-{user} has the attendees {one} and {other}"));
                }
            }
        }
    }

    fn deleted_attendees_stay_deleted(&self, found: &mut Vec<String>) {
        for Sighting { by, id, .. } in &self.sightings {
            let deleted = self.removals(id).find(|end| status(end) == 204 && before(end, by));
            if let Some(deletion) = deleted {
                found.push(format!("{by:?} after {deletion:?}"));
            }
        }
        // Once the user has another attendee, deleting the earlier one must fail.
        let lifetimes = self.lifetimes();
        for one in &lifetimes {
            for end in self.removals(one.id).filter(|end| status(end) == 204) {
                let is_another = |other: &&Lifetime<'_>| {
                    other.user == one.user
                        && other.id != one.id
                        && other.seen <= end.invoked
                        && !self.may_precede(other, one)
                };
                if let Some(other) = lifetimes.iter().find(is_another) {
                    found.push(format!("deleted, although {} exists: {end:?}", other.id));
                }
            }
        }
    }

    fn lists_are_complete(&self, found: &mut Vec<String>) {
        let lists = self.all().filter(|list| {
            matches!(list.request, Request::ListAttendees { .. }) && status(list) == 200
        });
        for list in lists.filter(|list| !self.may_have_ended(list)) {
            let is_of_list = |sighting: &&Sighting<'_>| sighting.by.invoked == list.invoked;
            let (mut ids, mut users) = (BTreeSet::new(), BTreeSet::new());
            for listed in self.sightings.iter().filter(is_of_list) {
                if !ids.insert(listed.id) || !users.insert(listed.user) {
                    found.push(format!("listed twice: {list:?}"));
                }
            }
            for life in self.lifetimes() {
                let is_there =
                    life.seen <= list.invoked && !self.may_be_deleted(life.id, list.responded);
                if is_there && !ids.contains(life.id) {
                    found.push(format!("{} is not listed: {list:?}", life.id));
                }
            }
        }
    }

    fn the_limit_is_kept(&self, found: &mut Vec<String>) {
        let seats = self.stored.seats;
        let lifetimes = self.lifetimes();
        let most = |at: &Record| {
            let at = at.responded;
            let is_there =
                |life: &&Lifetime<'_>| life.seen <= at && !self.may_be_deleted(life.id, at);
            lifetimes.iter().filter(is_there).count()
        };
        let most = self.all().map(most).max().unwrap_or(0);
        if most > MAX_ATTENDEES || seats > MAX_ATTENDEES {
            found.push(format!("{most} attendees and {seats} seats of {MAX_ATTENDEES}"));
        }
    }

    /// Before and after the replays, because a replay reserves a lost seat again.
    fn stored_attendees_have_seats(&self, found: &mut Vec<String>) {
        for stored in [self.settled, self.stored] {
            let (attendees, seats) = (stored.present().count(), stored.seats);
            // An attendee that is put after the meeting's attendees were removed needs no seat.
            if attendees > seats && stored.ended_at.is_none() {
                found.push(format!("{attendees} attendees are stored on {seats} seats"));
            }
        }
    }

    /// In the end, every acknowledged attendee that nobody tried to delete is stored.
    fn acknowledged_attendees_are_stored(&self, found: &mut Vec<String>) {
        if self.endings().next().is_some() {
            return;
        }
        for Sighting { attendee, id, .. } in &self.sightings {
            let is_it = |item: &&Value| {
                item["AttendeeId"]["S"] == attendee["AttendeeId"]
                    && item["JoinToken"]["S"] == attendee["JoinToken"]
            };
            let is_stored = self.stored.present().filter(is_it).count() == 1;
            if !is_stored && self.removals(id).next().is_none() {
                found.push(format!("{attendee} was acknowledged but is not stored"));
            }
        }
    }
}

/// The user of an attendee or an error in a response.
fn user_of(element: &Value) -> Option<&str> {
    element["ExternalUserId"].as_str()
}
