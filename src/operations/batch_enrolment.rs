//! Making many users attendees of a meeting, each exactly once.
//!
//! One write claims all the seats, or as many as there are, for those who come first in the request;
//! then the places are taken side by side.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::Call;
use super::enrolment::{Enrolled, effective, over_by, place};
use super::wire::{AskedFor, AttendeeOutput};
use crate::domain::{Capabilities, ExternalUserId, MeetingId};
use crate::error::Error;
use crate::store::{BatchReservation, Seat, Seating};

/// How many places are taken at a time: enough that a hundred cost little more than a few, and few
/// enough for the connections that they need.
pub(super) const AT_ONCE: usize = 16;

/// What came of each attendee, in the order of the request.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Enrolments {
    attendees: Vec<AttendeeOutput>,
    errors: Vec<CreateAttendeeError>,
}

/// An attendee that could not be.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateAttendeeError {
    error_code: &'static str,
    error_message: String,
    external_user_id: String,
}

/// Enrols each user who can be. What is wrong with one of them alone is told in the errors; whatever
/// else fails, fails the request, which can be repeated as a whole.
pub(super) async fn enrol_all(
    call: &Call<'_>,
    meeting_id: MeetingId,
    asked_for: &[AskedFor],
) -> Result<Enrolments, Error> {
    let (plan, expires_at) = claim(call, meeting_id, asked_for).await?;
    let places = plan.joining.into_iter().map(async |(index, user, capabilities)| {
        match place(call, meeting_id, user, capabilities, expires_at).await {
            Ok(enrolled) => Ok((index, Some(enrolled))),
            // The user left meanwhile, and somebody else has the seat.
            Err(Error::MeetingFull) => Ok((index, None)),
            Err(error) => Err(error),
        }
    });
    let attendees = stream::iter(places).buffer_unordered(AT_ONCE);
    let attendees: HashMap<usize, Option<Enrolled>> = attendees.try_collect().await?;

    let mut enrolments = Enrolments { attendees: Vec::new(), errors: Vec::new() };
    let mut listed = HashSet::new();
    for (one, decision) in asked_for.iter().zip(plan.decisions) {
        let attendee = decision.and_then(|(index, capabilities)| {
            let enrolled = attendees.get(&index).and_then(Option::as_ref);
            let enrolled = enrolled.ok_or(Error::MeetingFull)?;
            if enrolled.created_with != capabilities {
                return Err(Error::OtherCapabilities);
            }
            Ok((index, &enrolled.attendee))
        });
        match attendee {
            // A user who is named twice is one attendee.
            Ok((index, attendee)) if listed.insert(index) => {
                enrolments.attendees.push(AttendeeOutput::from(attendee));
            }
            Ok(_) => {}
            Err(error) => enrolments.errors.push(CreateAttendeeError {
                error_code: error.code(),
                error_message: error.message().into_owned(),
                external_user_id: one.external_user_id.expose().to_owned(),
            }),
        }
    }
    Ok(enrolments)
}

/// Who gets in.
struct Plan {
    /// The index of the first mention of each user who has a seat or gets one, and what is granted.
    joining: Vec<(usize, ExternalUserId, Capabilities)>,
    /// The seats that these need and do not have yet.
    seats: Vec<Seat>,
    /// Of each mention of a user: the index of the first and the capabilities that it asks for, or why
    /// it is refused.
    decisions: Vec<Result<(usize, Capabilities), Error>>,
}

impl Plan {
    fn new(meeting_id: MeetingId, asked_for: &[AskedFor], room: &Seating) -> Self {
        let mut plan = Self { joining: Vec::new(), seats: Vec::new(), decisions: Vec::new() };
        let mut first = HashMap::new();
        for (index, one) in asked_for.iter().enumerate() {
            let at = format!("attendees.{}.member.", index + 1);
            let decision =
                effective(one.capabilities, room.excluded_media, &at).and_then(|granted| {
                    if let Some(first) = first.get(one.external_user_id.expose()) {
                        return Ok((*first, granted));
                    }
                    let seat = meeting_id.seat_of(&one.external_user_id);
                    if !room.reserved.contains(&seat) {
                        if plan.seats.len() >= room.free() {
                            return Err(Error::MeetingFull);
                        }
                        plan.seats.push(seat);
                    }
                    first.insert(one.external_user_id.expose(), index);
                    plan.joining.push((index, one.external_user_id.clone(), granted));
                    Ok((index, granted))
                });
            plan.decisions.push(decision);
        }
        plan
    }
}

/// Claims the seats that are needed. Gives who has one, and a time, in seconds since 1970, by which
/// the meeting is over.
async fn claim(
    call: &Call<'_>,
    meeting_id: MeetingId,
    asked_for: &[AskedFor],
) -> Result<(Plan, u64), Error> {
    let mut room = Seating {
        latest_end: over_by(call),
        excluded_media: call.store.likely_excluded_media(meeting_id),
        max_attendees: call.settings.max_attendees,
        reserved: HashSet::new(),
    };
    let mut is_known = false;
    // Each refusal after the first means that somebody else got in meanwhile.
    loop {
        let plan = Plan::new(meeting_id, asked_for, &room);
        if plan.seats.is_empty() {
            if !is_known {
                call.active_meeting(meeting_id).await?;
            }
            return Ok((plan, room.latest_end));
        }
        let now = call.clock.epoch_seconds();
        match call.store.reserve_seats(meeting_id, &plan.seats, &room, now).await? {
            BatchReservation::Reserved => return Ok((plan, room.latest_end)),
            BatchReservation::AssumptionFailed(actual) => (room, is_known) = (actual, true),
            BatchReservation::Ended => return Err(Error::MeetingEnded),
            BatchReservation::NoSuchMeeting => return Err(Error::NoSuchMeeting),
        }
    }
}
