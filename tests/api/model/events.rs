//! The streams of the tables as a second witness: the events of a meeting are what the responses acknowledged,
//! once each, and what requests without a response, or with a 429 or 5xx, may have done besides.

use std::collections::BTreeMap;

use rollcall_testing::lifecycle::Detail;
use serde_json::Value;

use super::history::{History, Record};
use super::meeting::Meeting;
use super::record::{before, is_success, status};
use super::request::{Spec, granted};

/// The events about one attendee, in their order.
type Story<'a> = Vec<(&'a str, &'a Detail)>;

pub fn check(history: &History, meeting: &Meeting<'_>, found: &mut Vec<String>) {
    let id = &history.ids[meeting.number];
    let events = history.events.iter().filter(|event| event.meeting_id == *id);
    let (of_meeting, of_attendees): (Vec<_>, Vec<_>) =
        events.partition(|event| event.attendee_id.is_none());
    meeting.starts_and_ends_once(&of_meeting, found);

    let mut stories = BTreeMap::<&str, Story<'_>>::new();
    for event in of_attendees {
        let attendee_id = event.attendee_id.as_deref().unwrap();
        stories.entry(attendee_id).or_default().push((name(event), event));
    }
    for sighting in &meeting.sightings {
        if !stories.contains_key(sighting.id) {
            found.push(format!("no event of {}: {:?}", sighting.id, sighting.by));
        }
    }
    for (id, story) in &stories {
        meeting.is_added_once(id, story, found);
        meeting.is_deleted_once(id, story, found);
        meeting.is_updated_as_requested(id, story, found);
    }
}

const UPDATED: &str = "AttendeeCapabilitiesUpdated";

fn name(event: &Detail) -> &str {
    event.event_type.trim_start_matches("chime:")
}

fn count(story: &[(&str, &Detail)], name: &str) -> usize {
    story.iter().filter(|event| event.0 == name).count()
}

impl Meeting<'_> {
    /// Whether a request may have had an effect that its response does not tell: there was none, or it was a
    /// 429 or 5xx; or the meeting, or what was changed, ended between the effect and the response, or an
    /// attempt that did it again.
    fn may_be_untold(&self, record: &Record) -> bool {
        let has_failed_attempts = !record.met.is_empty();
        match status(record) {
            0 | 429 | 500.. => true,
            _ if is_success(record) => has_failed_attempts && self.may_have_ended(record),
            _ => has_failed_attempts || self.may_have_ended(record),
        }
    }

    fn starts_and_ends_once(&self, events: &[&Detail], found: &mut Vec<String>) {
        let names: Vec<_> = events.iter().map(|event| name(event)).collect();
        let (number, created) =
            (self.number, self.creations().find(|creation| is_success(creation)));
        match names[..] {
            [] if created.is_some() => found.push(format!("no event of meeting {number}")),
            [] | ["MeetingStarted"] | ["MeetingStarted", "MeetingEnded"] => {}
            _ => found.push(format!("events of meeting {number}: {names:?}")),
        }
        let may_have_started = || self.creations().any(|creation| self.may_be_untold(creation));
        if !names.is_empty() && created.is_none() && !may_have_started() {
            found.push(format!("meeting {number} started without a request"));
        }
        let has_ended = names.contains(&"MeetingEnded");
        let ended = self.endings().find(|end| is_success(end) && !self.may_not_exist(end));
        if let Some(end) = ended.filter(|_| !has_ended) {
            found.push(format!("no end of meeting {number}: {end:?}"));
        }
        if has_ended != (!names.is_empty() && self.stored.ended_at.is_some()) {
            found.push(format!("meeting {number}: {names:?}, but {:?}", self.stored.ended_at));
        }
    }

    fn is_added_once(&self, id: &str, story: &Story<'_>, found: &mut Vec<String>) {
        let user = story[0].1.external_user_id.as_deref().unwrap();
        let requests = || {
            let names = |spec: &Spec| format!("user-{}", spec.0) == user;
            self.all().filter(move |record| record.request.specs().iter().any(names))
        };
        // A lost attempt is retried, or applied late, also after a deletion of the meeting removed what it
        // put.
        let has_ended = self.stored.ended_at.is_some();
        let may_repeat = |record: &Record| has_ended && !record.met.is_empty();
        let is_once = count(story, "AttendeeAdded") == 1 || requests().any(may_repeat);
        if story[0].0 != "AttendeeAdded" || !is_once {
            found.push(format!("{id} was not added once, at first: {story:?}"));
        }
        let is_sighted = self.sightings.iter().any(|sighting| sighting.id == id);
        if !is_sighted && !requests().any(|record| self.may_be_untold(record)) {
            found.push(format!("{id} was added without a request: {story:?}"));
        }
    }

    fn is_deleted_once(&self, id: &str, story: &Story<'_>, found: &mut Vec<String>) {
        let deleted = count(story, "AttendeeDeleted");
        let is_last = story.last().is_some_and(|event| event.0 == "AttendeeDeleted");
        if deleted > 1 || (deleted == 1) != is_last {
            found.push(format!("{id} was not deleted once, at last: {story:?}"));
        }
        let acknowledged = self.removals(id).find(|removal| is_success(removal));
        match acknowledged {
            Some(removal) if deleted == 0 => found.push(format!("no event of {removal:?}")),
            None if deleted == 1 && !self.removals(id).any(|end| self.may_be_untold(end)) => {
                found.push(format!("{id} was deleted without a request: {story:?}"));
            }
            _ => {}
        }
    }

    /// A request changes the capabilities of an attendee once, or not at all if they are the same, or if a
    /// concurrent request counts as the later one.
    fn is_updated_as_requested(&self, id: &str, story: &Story<'_>, found: &mut Vec<String>) {
        let updates: Vec<_> = story.iter().filter_map(|event| event.1.capabilities()).collect();
        for (index, capabilities) in updates.iter().enumerate() {
            if index > 0 && updates[index - 1] == *capabilities {
                found.push(format!("{id} was updated to what it had: {story:?}"));
            }
            let events = updates.iter().filter(|other| *other == capabilities).count();
            let gives = |record: &&Record| record.request.gives(id) == Some(*capabilities);
            let may_be_done = |record: &&Record| is_success(record) || self.may_be_untold(record);
            if events > self.all().filter(gives).filter(may_be_done).count() {
                found.push(format!("{id} was updated {events} times to {capabilities:?}"));
            }
        }
        let added = story.iter().rposition(|event| event.0 == "AttendeeAdded").unwrap_or(0);
        let of_item = story[added..].iter().filter(|event| event.0 == UPDATED).count();
        let item = self.stored.present().find(|item| item["AttendeeId"]["S"] == id);
        if let Some(item) = item {
            let revision =
                item["Revision"]["N"].as_str().map_or(0, |digits| digits.parse().unwrap());
            if of_item != revision {
                found.push(format!("{of_item} updates of {item}"));
            }
            if updates.last().is_some_and(|last| of_item > 0 && *last != medium_values(item)) {
                found.push(format!("the last update was {:?}: {item}", updates.last()));
            }
        }
        let user = story[0].1.external_user_id.as_deref().unwrap();
        for update in self.all().filter(|record| record.request.target().is_some()) {
            let Some(to) = update.request.gives(id).filter(|_| is_success(update)) else {
                continue;
            };
            let is_before = |other: &Record| before(other, update) && !self.may_be_untold(other);
            let is_concurrent = |other: &Record| {
                other.invoked != update.invoked
                    && other.request.gives(id).is_some()
                    && !is_before(other)
                    && !before(update, other)
            };
            let mut specs = self.all().flat_map(|record| record.request.specs());
            let was_created_so =
                specs.any(|spec| format!("user-{}", spec.0) == user && granted(*spec) == to);
            if !updates.contains(&to) && !was_created_so && !self.all().any(is_concurrent) {
                found.push(format!("no event of {update:?}"));
            }
        }
    }
}

/// The capabilities of an attendee's item.
fn medium_values(item: &Value) -> [&str; 3] {
    let media = &item["Capabilities"]["M"];
    ["Audio", "Video", "Content"].map(|medium| media[medium]["S"].as_str().unwrap())
}
