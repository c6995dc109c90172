//! A refusal is true: what it says may have been so while the request was under way.

use std::collections::BTreeSet;

use rollcall::domain::MAX_REPLICAS;
use serde_json::Value;

use super::capabilities::made_with;
use super::history::{Outcome, Record};
use super::meeting::Meeting;
use super::record::{FULL, before, error_of, is_clean, is_over, is_success, message_of, status};
use super::request::{Known, MAX_ATTENDEES, Request, USERS, Wish, granted};

pub fn check(meeting: &Meeting<'_>, found: &mut Vec<String>) {
    for record in meeting.all() {
        if !meeting.is_justified(record) || !meeting.singles_are_justified(record) {
            found.push(format!("refused without a reason: {record:?}"));
        }
    }
}

impl Meeting<'_> {
    fn is_justified(&self, record: &Record) -> bool {
        let mut wishes = record.request.wishes().iter();
        match (status(record), error_of(record)) {
            (404, "NotFoundException") => match (message_of(record), record.request.target()) {
                ("The meeting has ended", _) => self.may_have_ended(record),
                ("The attendee does not exist", Some(attendee)) => {
                    self.may_have_ended(record) || self.may_be_absent(attendee, record)
                }
                _ => self.may_be_unopened(record),
            },
            (404, "ResourceNotFoundException") => {
                self.may_have_ended(record) || self.may_be_unopened(record)
            }
            (404, _) => false,
            (409, _) if record.request.opens() => {
                let is_other = |other: &Record| {
                    other.request != record.request && other.invoked < record.responded
                };
                self.may_have_ended(record) || self.openings().any(is_other)
            }
            (409, _) => self.may_be_changed_meanwhile(record),
            (422, _) => wishes.all(|wish| self.may_differ(*wish, record)),
            // An equal request that succeeded before is a reason to answer 409 instead.
            (400, FULL) if record.request.opens() => {
                self.may_be_unopened(record) && self.may_have_all_replicas(record)
            }
            (400, _) if record.request.opens() => {
                let mut primary = self.primary.iter();
                self.may_be_unopened(record) && primary.any(|it| it.may_have_ended(record))
            }
            (400, FULL) => wishes.all(|wish| self.may_be_full(*wish, record)),
            _ => true,
        }
    }

    /// The errors of single attendees of a request for several.
    fn singles_are_justified(&self, record: &Record) -> bool {
        let singles = match &record.outcome {
            Outcome::Answered { body, .. } => body["Errors"].as_array(),
            Outcome::Killed => None,
        };
        let is_justified = |error: &Value| {
            let of_user = |wish: &&Wish| error["ExternalUserId"] == format!("user-{}", wish.0);
            record.request.wishes().iter().filter(of_user).any(|wish| {
                match error["ErrorCode"].as_str() {
                    Some("LimitExceeded") => self.may_be_full(*wish, record),
                    Some("Unprocessable") => self.may_differ(*wish, record),
                    _ => false,
                }
            })
        };
        singles.into_iter().flatten().all(is_justified)
    }

    /// Whether there may be no such attendee. Who asks for its deletion is refused only once the user
    /// may have come back.
    fn may_be_absent(&self, attendee: &Known, by: &Record) -> bool {
        let removals = || self.removals(&attendee.id).filter(|end| end.invoked < by.responded);
        if !matches!(by.request, Request::DeleteAttendee { .. }) {
            return removals().next().is_some();
        }
        // Of its own attempts the first may have been the one.
        let is_deleted = !by.met.is_empty() || removals().any(|end| end.invoked != by.invoked);
        let first = removals().map(|end| end.invoked).min().unwrap_or(by.invoked);
        let may_be_back = self.wishes_for(attendee.user).any(|(back, _)| {
            back.invoked < by.responded && (back.responded > first || !is_over(back))
        });
        is_deleted && may_be_back
    }

    /// Whether somebody else may have changed capabilities while it was under way.
    fn may_be_changed_meanwhile(&self, by: &Record) -> bool {
        let changes = |record: &Record| match (&record.request, &by.request) {
            (
                Request::UpdateAttendeeCapabilities { attendee, .. },
                Request::UpdateAttendeeCapabilities { attendee: own, .. },
            ) => attendee == own,
            (
                Request::UpdateAllExcept { .. } | Request::UpdateAttendeeCapabilities { .. },
                Request::UpdateAllExcept { attendee: spared, .. },
            ) => record.request.gives(&spared.id).is_none() || record.request.target().is_none(),
            (
                Request::UpdateAllExcept { .. },
                Request::UpdateAttendeeCapabilities { attendee, .. },
            ) => record.request.gives(&attendee.id).is_some(),
            _ => false,
        };
        self.all().any(|other| {
            other.invoked != by.invoked
                && other.invoked < by.responded
                && (other.responded > by.invoked || !is_over(other))
                && changes(other)
        })
    }

    /// Whether the user may have been made with other capabilities than these.
    fn may_differ(&self, wish: Wish, by: &Record) -> bool {
        let is_there_with_these = self.sightings.iter().any(|it| {
            let gone_by = by.responded.max(it.by.responded);
            it.user == wish.0
                && made_with(it) == Some(granted(wish))
                && !self.may_be_overtaken(it.by)
                && if before(it.by, by) {
                    !self.may_be_deleted(it.id, by.responded)
                } else {
                    !self.may_be_any_deleted(wish.0, gone_by)
                }
        });
        let may_be_asked_for = self.wishes_for(wish.0).any(|(other, other_wish)| {
            other.invoked < by.responded && granted(other_wish) != granted(wish)
        });
        (!is_there_with_these || self.may_be_overtaken(by)) && may_be_asked_for
    }

    fn may_be_any_deleted(&self, user: usize, by: usize) -> bool {
        self.all().any(|removal| match &removal.request {
            Request::DeleteAttendee { attendee, .. } => {
                attendee.user == user && removal.invoked < by
            }
            _ => false,
        })
    }

    /// Whether others may have all the seats.
    fn may_be_full(&self, (user, _): Wish, by: &Record) -> bool {
        let has_seat = self.sightings.iter().any(|it| {
            it.user == user && before(it.by, by) && !self.may_be_deleted(it.id, by.responded)
        });
        let others: BTreeSet<_> =
            (0..USERS).filter(|other| *other != user && self.may_have_seat(*other, by)).collect();
        !has_seat && others.len() >= MAX_ATTENDEES
    }

    /// Whether the primary may have its maximum of replicas, without this one.
    fn may_have_all_replicas(&self, by: &Record) -> bool {
        let may_be_there = |other: &Meeting<'_>| {
            let may_exist = other.openings().any(|opening| opening.invoked < by.responded);
            let ends = |end: &Record| is_success(end) && !other.may_be_unopened(end);
            may_exist && !other.deletions().any(|end| ends(end) && before(end, by))
        };
        self.other_replicas().filter(may_be_there).count() >= MAX_REPLICAS
    }

    /// Whether the user may have a seat: one that asked for it, and did not certainly give it back
    /// since. A claim may be applied late, and who claimed may have died.
    fn may_have_seat(&self, user: usize, by: &Record) -> bool {
        let mut wishes = self.wishes_for(user).filter(|(wish, _)| wish.invoked < by.responded);
        let left = self.all().filter(|end| match &end.request {
            Request::DeleteAttendee { attendee, .. } => {
                attendee.user == user && status(end) == 204 && before(end, by)
            }
            _ => false,
        });
        let left = left.map(|end| end.invoked).max();
        wishes.any(|(wish, _)| left.is_none_or(|left| !is_clean(wish) || wish.responded > left))
    }
}
