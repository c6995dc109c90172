//! `POST /meetings/{MeetingId}/attendees?operation=batch-create`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_BatchCreateAttendee.html>
//!
//! Each attendee is created as CreateAttendee does it, so the whole batch or a part of it can be retried.
//! One write reserves all seats that are needed, or those that are free, in the order of the request. Then
//! the attendees are put concurrently.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::context::Context;
use super::create_attendee::{latest_end, put_attendee};
use super::shapes::{
    AttendeeOutput, AttendeeRequest, CreateAttendeeRequestItem, meeting_id, resolve_capabilities,
};
use crate::clock::Timestamp;
use crate::domain::{Capabilities, ExternalUserId, MeetingId};
use crate::error::Error;
use crate::json::{List, Member, objects};
use crate::rest_json::Bindings;
use crate::store::{BatchAssumption, BatchReservation, CONCURRENT_WRITES, MeetingAssumption, Seat};
use crate::violations::{Reported, Violations};

objects!(Body);

const MAX_BATCH: usize = 100;

pub struct Input {
    meeting_id: MeetingId,
    attendees: Vec<AttendeeRequest>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Body {
    attendees: Member<List<CreateAttendeeRequestItem, MAX_BATCH>>,
}

/// The result for each attendee, in the order of the request.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    attendees: Vec<AttendeeOutput>,
    errors: Vec<CreateAttendeeError>,
}

/// An attendee that was not created.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreateAttendeeError {
    error_code: &'static str,
    error_message: String,
    external_user_id: String,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let meeting_id = meeting_id(http, violations);
        let body: Body = http.body(violations)?;
        let attendees = validate_attendees(body.attendees, violations);
        Ok(Self { meeting_id: meeting_id?, attendees: attendees? })
    }
}

/// The required member `Attendees`, with one to `MAX` elements.
pub fn validate_attendees<const MAX: usize>(
    attendees: Member<List<CreateAttendeeRequestItem, MAX>>,
    violations: &mut Violations,
) -> Result<Vec<AttendeeRequest>, Reported> {
    let attendees =
        violations.structures("attendees", attendees, 1, CreateAttendeeRequestItem::validate);
    violations.require("attendees", attendees)
}

/// Creates attendees, or finds those that equal requests created.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<Output, Error> {
    create_attendees(&mut context, input.meeting_id, &input.attendees).await
}

/// Creates the attendees. An error about one user becomes an element of `errors`; any other error fails
/// the request, which can be repeated.
pub async fn create_attendees(
    context: &mut Context<'_>,
    meeting_id: MeetingId,
    requests: &[AttendeeRequest],
) -> Result<Output, Error> {
    let (plan, expires_at) = reserve_seats(context, meeting_id, requests).await?;
    let puts = plan.admitted.into_iter().map(async |(index, user, capabilities)| {
        let put = put_attendee(context, meeting_id, user, capabilities, expires_at).await?;
        Ok::<_, Error>((index, put))
    });
    let puts = stream::iter(puts).buffer_unordered(CONCURRENT_WRITES);
    let puts: Vec<_> = puts.try_collect().await?;
    let mut created = HashMap::new();
    // One after the other, because DynamoDB cancels concurrent transactions on the meeting's item.
    for (index, put) in puts {
        match put.resolve(context, meeting_id, expires_at).await {
            // The user's attendee was deleted meanwhile, and somebody else has the seat.
            Err(Error::MeetingFull) => {}
            // The other users get their attendees all the same.
            outcome @ (Ok(_) | Err(Error::UnreadableAttendee(..))) => {
                created.insert(index, outcome);
            }
            Err(error) => return Err(error),
        }
    }
    context.warn_of_unreadable(created.values().filter_map(|outcome| outcome.as_ref().err()));

    let mut output = Output { attendees: Vec::new(), errors: Vec::new() };
    let mut listed = HashSet::new();
    for (request, decision) in requests.iter().zip(plan.decisions) {
        let attendee = decision.and_then(|(index, capabilities)| match created.get(&index) {
            Some(Ok(created)) if created.attendee.created_with != capabilities => {
                Err(Error::OtherCapabilities)
            }
            Some(Ok(created)) => Ok((index, &created.attendee)),
            Some(Err(error)) => Err(error.clone()),
            None => Err(Error::MeetingFull),
        });
        match attendee {
            // A user whom the request names twice has one attendee, which is listed once.
            Ok((index, attendee)) if listed.insert(index) => {
                output.attendees.push(AttendeeOutput::from(attendee));
            }
            Ok(_) => {}
            Err(error) => output.errors.push(CreateAttendeeError {
                error_code: error.code(),
                error_message: error.message().into_owned(),
                external_user_id: request.external_user_id.expose().to_owned(),
            }),
        }
    }
    Ok(output)
}

/// Which users get an attendee.
struct Plan {
    /// The users who have a seat or get one: the index of the first element that names the user, and the
    /// capabilities.
    admitted: Vec<(usize, ExternalUserId, Capabilities)>,
    /// The seats that these users need and do not have yet.
    seats: Vec<Seat>,
    /// For each element of the request: the index of the first element with the same user and the
    /// requested capabilities, or the reason why it is refused.
    decisions: Vec<Result<(usize, Capabilities), Error>>,
}

impl Plan {
    fn new(meeting_id: MeetingId, requests: &[AttendeeRequest], assumed: &BatchAssumption) -> Self {
        let mut plan = Self { admitted: Vec::new(), seats: Vec::new(), decisions: Vec::new() };
        let mut first = HashMap::new();
        for (index, request) in requests.iter().enumerate() {
            let user = &request.external_user_id;
            let capabilities = Violations::collect(|violations| {
                violations.within(&format!("attendees.{}.member", index + 1), |violations| {
                    let excluded = assumed.meeting.excluded_media;
                    resolve_capabilities(request.capabilities, excluded, violations)
                })
            });
            let decision = capabilities.map_err(Error::from).and_then(|capabilities| {
                if let Some(first) = first.get(user.expose()) {
                    return Ok((*first, capabilities));
                }
                let seat = meeting_id.seat_of(user.expose());
                if !assumed.reserved.contains(seat.as_slice()) {
                    if plan.seats.len() >= assumed.free() {
                        return Err(Error::MeetingFull);
                    }
                    plan.seats.push(seat);
                }
                first.insert(user.expose(), index);
                plan.admitted.push((index, user.clone(), capabilities));
                Ok((index, capabilities))
            });
            plan.decisions.push(decision);
        }
        plan
    }
}

/// Reserves the seats that the users need. Returns which users have one, and when the attendees'
/// items may expire: a time at which the meeting will have ended.
async fn reserve_seats(
    context: &Context<'_>,
    meeting_id: MeetingId,
    requests: &[AttendeeRequest],
) -> Result<(Plan, Timestamp), Error> {
    let mut assumed = BatchAssumption {
        meeting: MeetingAssumption {
            latest_end: latest_end(context),
            excluded_media: context.store.likely_excluded_media(meeting_id),
        },
        max_attendees: context.settings.max_attendees,
        reserved: HashSet::new(),
    };
    let mut is_known = false;
    // The first reservation fails if an assumption is wrong. A later one fails only if other users have
    // reserved seats since.
    loop {
        let plan = Plan::new(meeting_id, requests, &assumed);
        if plan.seats.is_empty() {
            if !is_known {
                context.active_meeting(meeting_id).await?;
            }
            return Ok((plan, assumed.meeting.latest_end));
        }
        let now = context.now();
        match context.store.reserve_seats(meeting_id, &plan.seats, &assumed, now).await? {
            BatchReservation::Reserved => return Ok((plan, assumed.meeting.latest_end)),
            BatchReservation::AssumptionFailed(actual) => (assumed, is_known) = (actual, true),
            BatchReservation::Ended => return Err(Error::MeetingEnded),
            BatchReservation::NoSuchMeeting => return Err(Error::NoSuchMeeting),
        }
    }
}
