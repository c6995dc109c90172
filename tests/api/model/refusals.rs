//! An error is justified: its reason may have been true at some time during the request.

use std::collections::BTreeSet;

use rollcall::domain::MAX_REPLICAS;
use serde_json::Value;

use super::capabilities::created_with;
use super::history::{Outcome, Record};
use super::meeting::Meeting;
use super::record::{FULL, before, error_of, is_clean, is_over, is_success, message_of, status};
use super::request::{Known, MAX_ATTENDEES, Request, Spec, USERS, granted};

pub fn check(meeting: &Meeting<'_>, found: &mut Vec<String>) {
    for record in meeting.all() {
        if !meeting.is_justified(record) || !meeting.item_errors_are_justified(record) {
            found.push(format!("refused without a reason: {record:?}"));
        }
    }
}

impl Meeting<'_> {
    fn is_justified(&self, record: &Record) -> bool {
        let mut specs = record.request.specs().iter();
        match (status(record), error_of(record)) {
            (404, "NotFoundException") => match (message_of(record), record.request.target()) {
                ("The meeting has ended", _) => self.may_have_ended(record),
                ("The attendee does not exist", Some(attendee)) => {
                    self.may_have_ended(record) || self.may_be_absent(attendee, record)
                }
                _ => self.may_not_exist(record),
            },
            (404, "ResourceNotFoundException") => {
                self.may_have_ended(record) || self.may_not_exist(record)
            }
            (404, _) => false,
            // While the meeting is active, its token names it, whatever else the request says.
            (409, _) => record.request.creates_meeting() && self.may_have_ended(record),
            (422, _) => specs.all(|spec| self.may_differ(*spec, record)),
            // A request with the same token that succeeded before is a reason to respond with 200
            // instead.
            (400, FULL) if record.request.creates_meeting() => {
                record.request.names_primary()
                    && self.may_not_exist(record)
                    && self.may_have_all_replicas(record)
            }
            (400, _) if record.request.creates_meeting() => {
                let primary = self.named_primary(&record.request);
                self.may_not_exist(record)
                    && primary.is_some_and(|primary| primary.may_have_ended(record))
            }
            (400, FULL) => specs.all(|spec| self.may_be_full(*spec, record)),
            _ => true,
        }
    }

    /// The errors of single attendees in a request for several.
    fn item_errors_are_justified(&self, record: &Record) -> bool {
        let errors = match &record.outcome {
            Outcome::Response { body, .. } => body["Errors"].as_array(),
            Outcome::Crashed => None,
        };
        let is_justified = |error: &Value| {
            let of_user = |spec: &&Spec| error["ExternalUserId"] == format!("user-{}", spec.0);
            record.request.specs().iter().filter(of_user).any(|spec| {
                match error["ErrorCode"].as_str() {
                    Some("LimitExceeded") => self.may_be_full(*spec, record),
                    Some("Unprocessable") => self.may_differ(*spec, record),
                    _ => false,
                }
            })
        };
        errors.into_iter().flatten().all(is_justified)
    }

    /// Whether the attendee may not exist. Deleting a deleted attendee succeeds until the user has another
    /// attendee.
    fn may_be_absent(&self, attendee: &Known, by: &Record) -> bool {
        let removals = || self.removals(&attendee.id).filter(|end| end.invoked < by.responded);
        if !matches!(by.request, Request::DeleteAttendee { .. }) {
            return removals().next().is_some();
        }
        // With faults, an earlier attempt of the same request may have deleted it.
        let is_deleted = !by.met.is_empty() || removals().any(|end| end.invoked != by.invoked);
        let first = removals().map(|end| end.invoked).min().unwrap_or(by.invoked);
        let may_be_recreated = self.specs_for(attendee.user).any(|(back, _)| {
            back.invoked < by.responded && (back.responded > first || !is_over(back))
        });
        is_deleted && may_be_recreated
    }

    /// Whether the user's attendee may have been created with other capabilities than these.
    fn may_differ(&self, spec: Spec, by: &Record) -> bool {
        let exists_with_these = self.sightings.iter().any(|sighting| {
            let gone_by = by.responded.max(sighting.by.responded);
            sighting.user == spec.0
                && created_with(sighting) == Some(granted(spec))
                && !self.may_be_overtaken(sighting.by)
                && if before(sighting.by, by) {
                    !self.may_be_deleted(sighting.id, by.responded)
                } else {
                    !self.may_be_any_deleted(spec.0, gone_by)
                }
        });
        let may_be_requested = self.specs_for(spec.0).any(|(other, other_spec)| {
            other.invoked < by.responded && granted(other_spec) != granted(spec)
        });
        (!exists_with_these || self.may_be_overtaken(by)) && may_be_requested
    }

    fn may_be_any_deleted(&self, user: usize, by: usize) -> bool {
        self.all().any(|removal| match &removal.request {
            Request::DeleteAttendee { attendee, .. } => {
                attendee.user == user && removal.invoked < by
            }
            _ => false,
        })
    }

    /// Whether other users may have all seats.
    fn may_be_full(&self, (user, _): Spec, by: &Record) -> bool {
        let has_seat = self.sightings.iter().any(|sighting| {
            sighting.user == user
                && before(sighting.by, by)
                && !self.may_be_deleted(sighting.id, by.responded)
        });
        let others: BTreeSet<_> =
            (0..USERS).filter(|other| *other != user && self.may_have_seat(*other, by)).collect();
        !has_seat && others.len() >= MAX_ATTENDEES
    }

    /// Whether the primary may have its maximum of replicas, without this one.
    fn may_have_all_replicas(&self, by: &Record) -> bool {
        let may_be_there = |other: &Meeting<'_>| {
            let may_exist =
                other.creations().any(|meeting_body| meeting_body.invoked < by.responded);
            let ends = |end: &Record| is_success(end) && !other.may_not_exist(end);
            may_exist && !other.deletions().any(|end| ends(end) && before(end, by))
        };
        self.other_replicas().filter(may_be_there).count() >= MAX_REPLICAS
    }

    /// Whether the user may have a seat: a request may have reserved one, and no later deletion certainly
    /// freed it. A reservation may be applied late, or its instance may have crashed afterwards.
    fn may_have_seat(&self, user: usize, by: &Record) -> bool {
        let mut specs = self.specs_for(user).filter(|(spec, _)| spec.invoked < by.responded);
        let freed = self.all().filter(|end| match &end.request {
            Request::DeleteAttendee { attendee, .. } => {
                attendee.user == user && status(end) == 204 && before(end, by)
            }
            _ => false,
        });
        let freed = freed.map(|end| end.invoked).max();
        specs.any(|(spec, _)| freed.is_none_or(|freed| !is_clean(spec) || spec.responded > freed))
    }
}
