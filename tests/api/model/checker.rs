//! The rules of every history. Concurrent requests may take effect in any order. A request without a
//! response, or with a 5xx, may take effect at any later time, or never.

use std::collections::BTreeSet;

use rollcall::service::MARGIN;

use super::history::{History, Outcome, Record};
use super::meeting::Meeting;
use super::record::{FULL, before, error_of, is_success};
use super::request::{LIFETIME, MEETINGS, Request};
use super::{attendees, capabilities, events, refusals, replicas};
use crate::faults::fault::Expected;

/// The broken rules of a history, one line for each.
pub fn check(history: &History) -> Vec<String> {
    let mut found = history.observed.clone();
    for record in history.records.iter().chain(&history.replays) {
        failures_have_a_cause(record, &mut found);
    }
    for number in 0..MEETINGS {
        let meeting = Meeting::of(history, number);
        if meeting.all().next().is_none() {
            continue;
        }
        meeting.ends_with_its_lifetime(&mut found);
        for record in meeting.all() {
            meeting.nothing_succeeds_after_the_end(record, &mut found);
        }
        refusals::check(&meeting, &mut found);
        attendees::check(&meeting, &mut found);
        capabilities::check(&meeting, &mut found);
        meeting.tags_are_kept(&mut found);
        meeting.responses_are_equal(&mut found);
        meeting.only_deletions_end(&mut found);
        events::check(history, &meeting, &mut found);
    }
    replicas::check(history, &mut found);
    found
}

/// Only DynamoDB's faults and panics cause a 429 or a 5xx, and no request exceeds its timeout.
fn failures_have_a_cause(record: &Record, found: &mut Vec<String>) {
    if record.took > record.time_left {
        found.push(format!("took {:?} of {:?}: {record:?}", record.took, record.time_left));
    }
    let Outcome::Response { status, .. } = record.outcome else { return };
    let met = |expected| record.met.contains(&expected);
    let is_justified = match status {
        500 => met(Expected::Failure),
        429 => met(Expected::Throttled),
        503 => met(Expected::Unavailable) || met(Expected::Throttled) || is_out_of_time(record),
        200 | 204 | 404 | 409 | 422 => true,
        // Every request is valid, so only a full meeting can cause a 400, or a replica without an active
        // primary.
        400 if record.request.names_primary() => true,
        _ => matches!(record.request, Request::CreateAttendee { .. }) && error_of(record) == FULL,
    };
    if !is_justified {
        found.push(format!("{status} without a reason: {record:?}"));
    }
}

/// Whether the time ran out because DynamoDB was slow, without a fault.
fn is_out_of_time(record: &Record) -> bool {
    record.took + MARGIN >= record.time_left && !record.delayed.is_zero()
}

impl Meeting<'_> {
    fn ends_with_its_lifetime(&self, found: &mut Vec<String>) {
        let Some(first) = self.creations().map(|record| record.invoked_at).min() else { return };
        let Some(acknowledged) =
            self.creations().filter(|record| is_success(record)).map(|r| r.responded_at).min()
        else {
            return;
        };
        // The instance that created the meeting may have another clock than the one that
        // acknowledged it, and the lifetime begins with a whole second.
        let last = acknowledged + self.clock_difference() + 1;
        let ends = match &self.primary {
            Some(primary) => primary.end..=primary.end,
            None => first + LIFETIME..=last + LIFETIME,
        };
        if !ends.contains(&self.end) {
            found.push(format!("meeting {} ends at {}, not in {ends:?}", self.number, self.end));
        }
        // Only a deletion changes it.
        if self.stored.ended_at.is_none() && self.stored.expires_at != Some(self.end) {
            let (number, end) = (self.number, self.stored.expires_at);
            found.push(format!("the end of meeting {number} was changed to {end:?}"));
        }
    }

    /// A successful request must have begun before the end of the meeting and of its primary, on the clock of
    /// its instance.
    fn nothing_succeeds_after_the_end(&self, record: &Record, found: &mut Vec<String>) {
        if !is_success(record) || matches!(record.request, Request::DeleteMeeting { .. }) {
            return;
        }
        for meeting in [Some(self), self.primary.as_deref()].into_iter().flatten() {
            if record.invoked_at >= meeting.end {
                found.push(format!("after the meeting's end at {}: {record:?}", meeting.end));
            }
            // Deleting a meeting that doesn't exist yet succeeds too, and ends nothing.
            let ends = |end: &&Record| is_success(end) && !meeting.may_not_exist(end);
            let deleted = meeting.deletions().find(|end| ends(end) && before(end, record));
            if let Some(deletion) = deleted {
                found.push(format!("{record:?} after {deletion:?}"));
            }
        }
    }

    /// Every response describes the meeting in the same way, as one request that created it did,
    /// whatever happened to it since and whatever other requests say.
    fn responses_are_equal(&self, found: &mut Vec<String>) {
        let mut responses = self.all().filter_map(|record| match &record.outcome {
            Outcome::Response { status: 200, body, .. } => Some((record, body.get("Meeting")?)),
            _ => None,
        });
        let Some((by, first)) = responses.next() else { return };
        let is_it = |record: &Record| {
            let new = record.request.new_meeting();
            record.invoked < by.responded && new.is_some_and(|new| new.is(first, self.ids()))
        };
        if !self.creations().any(is_it) {
            found.push(format!("a meeting that was not requested: {by:?}"));
        }
        for (record, _) in responses.filter(|(_, meeting)| *meeting != first) {
            found.push(format!("the meeting was {first} before: {record:?}"));
        }
    }

    /// A meeting has ended only if a deletion of it or of its primary ended it; the deletion of a replica
    /// does not end the primary.
    fn only_deletions_end(&self, found: &mut Vec<String>) {
        for ended_at in [self.settled, self.stored].into_iter().filter_map(|stored| stored.ended_at)
        {
            let mut deletions = self.endings();
            if !deletions.any(|end| (end.invoked_at..=end.responded_at).contains(&ended_at)) {
                found.push(format!("meeting {} ended without a deletion", self.number));
            }
        }
    }

    /// A tag is listed after it was set, and every listed tag was requested.
    fn tags_are_kept(&self, found: &mut Vec<String>) {
        let tagged = |record: &Record| match record.request {
            Request::TagResource { tag, .. } => Some(format!("tag-{tag}")),
            _ => None,
        };
        for list in self.all() {
            let (Request::ListTagsForResource { .. }, Outcome::Response { status: 200, body, .. }) =
                (&list.request, &list.outcome)
            else {
                continue;
            };
            let listed = body["Tags"].as_array().into_iter().flatten();
            let keys: BTreeSet<_> =
                listed.filter_map(|tag| tag["Key"].as_str().map(str::to_owned)).collect();
            let set = self.all().filter(|record| is_success(record) && before(record, list));
            let requested = self.all().filter(|record| record.invoked < list.responded);
            let must: BTreeSet<_> = set.filter_map(tagged).collect();
            let may: BTreeSet<_> = requested.filter_map(tagged).collect();
            if !must.is_subset(&keys) || !keys.is_subset(&may) {
                found.push(format!("tags {keys:?}, where {must:?} were set: {list:?}"));
            }
        }
    }
}
