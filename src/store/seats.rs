//! Reserving seats, the first write of CreateAttendee.
//!
//! A reservation adds seats to the meeting's set. Adding a seat twice changes nothing, so anyone
//! can retry a reservation at any time.
//!
//! A successful reservation returns nothing of the meeting, because the seats of a full meeting
//! take 7 kB on the wire. Instead, the condition checks what the caller assumes of the meeting.
//! Only a refused reservation returns the item, and so the reason.

use std::collections::HashSet;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{self, Item, Unreadable};
use super::meetings::active_condition;
use super::schema::EXPIRES_AT;
use super::schema::meeting::{EXCLUDED_MEDIA, MAX_ATTENDEES, SEATS};
use super::{Store, conditional_write, meeting_item};
use crate::clock::Timestamp;
use crate::domain::{ExcludedMedia, ExternalUserId, MeetingId};
use crate::error::Error;

/// The 16 bytes that identify a user's seat, from [`MeetingId::seat_of`].
pub type Seat = [u8; 16];

/// The outcome of reserving a seat. Only `Reserved` changed anything.
#[derive(Debug, PartialEq, Eq)]
pub enum SeatReservation {
    /// The user has a seat, from this or an earlier attempt.
    Reserved,
    /// The assumption was wrong; this one is right.
    AssumptionFailed(MeetingAssumption),
    /// Other users have all seats.
    Full,
    /// The meeting was deleted, or its lifetime is over.
    Ended,
    /// The table has no such meeting.
    NoSuchMeeting,
}

/// What a reservation assumes of the meeting. None of it ever changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeetingAssumption {
    /// The latest time at which the meeting ends.
    pub latest_end: Timestamp,
    /// The meeting's excluded media.
    pub excluded_media: ExcludedMedia,
}

impl MeetingAssumption {
    /// The assumption that holds for the meeting with this item.
    fn corrected(self, item: &Item) -> Result<Self, Unreadable> {
        Ok(Self {
            latest_end: meeting_item::end(item)?.max(self.latest_end),
            excluded_media: meeting_item::excluded_media(item)?,
        })
    }
}

/// The media that an attendee requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestedMedia {
    /// The meeting's default: its excluded media must be exactly the assumed ones.
    Default,
    /// These media: the meeting must not exclude them.
    Named {
        /// Video in any direction.
        video: bool,
        /// Content in any direction.
        content: bool,
    },
}

impl RequestedMedia {
    /// The excluded media with which a meeting permits these, if the `assumed` ones were assumed.
    fn permitting(self, assumed: ExcludedMedia) -> Vec<ExcludedMedia> {
        match self {
            Self::Default => vec![assumed],
            Self::Named { video, content } => ExcludedMedia::ALL
                .into_iter()
                .filter(|excluded| !(video && excluded.video || content && excluded.content))
                .collect(),
        }
    }

    /// The clause that the meeting permits these media. It compares whole sets, so that a meeting that
    /// excludes an unknown medium permits nothing.
    fn clause(self, assumed: ExcludedMedia) -> Clause {
        let (mut conditions, mut values) = (Vec::new(), Vec::new());
        for (index, excluded) in self.permitting(assumed).into_iter().enumerate() {
            match meeting_item::write_excluded_media(excluded) {
                None => conditions.push(format!("attribute_not_exists({EXCLUDED_MEDIA})")),
                Some(set) => {
                    conditions.push(format!("{EXCLUDED_MEDIA} = :excluded{index}"));
                    values.push((format!(":excluded{index}"), set));
                }
            }
        }
        (format!("({})", conditions.join(" OR ")), values)
    }
}

/// The outcome of reserving several seats. Only `Reserved` changed anything.
#[derive(Debug, PartialEq, Eq)]
pub enum BatchReservation {
    /// All the seats are reserved.
    Reserved,
    /// The assumption was wrong, or too few seats were free; this one is right.
    AssumptionFailed(BatchAssumption),
    /// The meeting was deleted, or its lifetime is over.
    Ended,
    /// The table has no such meeting.
    NoSuchMeeting,
}

/// What is known or assumed of a meeting and its seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchAssumption {
    /// What never changes.
    pub meeting: MeetingAssumption,
    /// The number of seats.
    pub max_attendees: u64,
    /// The seats that are reserved.
    pub reserved: HashSet<Vec<u8>>,
}

impl BatchAssumption {
    /// The number of free seats.
    pub fn free(&self) -> usize {
        self.max_seats().saturating_sub(self.reserved.len())
    }

    fn max_seats(&self) -> usize {
        usize::try_from(self.max_attendees).unwrap_or(usize::MAX)
    }
}

impl Store {
    /// The best assumption about a meeting's excluded media: what this instance knows, or else that
    /// all media are enabled.
    pub fn likely_excluded_media(&self, meeting_id: MeetingId) -> ExcludedMedia {
        self.excluded_media.get(meeting_id)
    }

    /// Reserves the user's seat, if the meeting is active at `now`, is as assumed, and has a free
    /// seat or the user's seat already.
    pub async fn reserve_seat(
        &self,
        meeting_id: MeetingId,
        user: &ExternalUserId,
        media: RequestedMedia,
        assumed: MeetingAssumption,
        now: Timestamp,
    ) -> Result<SeatReservation, Error> {
        let seat = meeting_id.seat_of(user.expose());
        let free = seat_clause(&seat);
        let update = self.seats_update(meeting_id, &[seat], media, assumed, free, now);
        let refused = |item: Option<&Item>| refusal(item, &seat, media, assumed, now);
        let reservation =
            conditional_write::update(update, SeatReservation::Reserved, refused).await?;
        if let SeatReservation::AssumptionFailed(actual) = reservation {
            self.excluded_media.insert(meeting_id, actual.excluded_media);
        }
        Ok(reservation)
    }

    /// Reserves all of these seats or none, if the meeting is active at `now`, is as assumed, and
    /// has as many free seats.
    ///
    /// The condition can't tell which of these seats are reserved already, so it may refuse seats
    /// that would fit. The refusal returns the reserved seats for another try.
    pub async fn reserve_seats(
        &self,
        meeting_id: MeetingId,
        seats: &[Seat],
        assumed: &BatchAssumption,
        now: Timestamp,
    ) -> Result<BatchReservation, Error> {
        let max_reserved = assumed
            .max_seats()
            .checked_sub(seats.len())
            .ok_or(Error::Failure("more seats are requested than a meeting has".into()))?;
        let free = seats_condition(&format!("size({SEATS}) <= :max_reserved"));
        let values = vec![
            (":binaries".to_owned(), item::string("BS")),
            (":max".to_owned(), item::number(assumed.max_attendees)),
            (":max_reserved".to_owned(), item::number(max_reserved as u64)),
        ];
        let free = (format!("{MAX_ATTENDEES} = :max AND {free}"), values);
        let media = RequestedMedia::Default;
        let update = self.seats_update(meeting_id, seats, media, assumed.meeting, free, now);
        let refused = |item: Option<&Item>| batch_refusal(item, assumed, now);
        let reservation =
            conditional_write::update(update, BatchReservation::Reserved, refused).await?;
        if let BatchReservation::AssumptionFailed(actual) = &reservation {
            self.excluded_media.insert(meeting_id, actual.meeting.excluded_media);
        }
        Ok(reservation)
    }

    /// The update that adds seats, if the meeting is active and as assumed, and `free` holds.
    fn seats_update(
        &self,
        meeting_id: MeetingId,
        seats: &[Seat],
        media: RequestedMedia,
        assumed: MeetingAssumption,
        free: Clause,
        now: Timestamp,
    ) -> UpdateItemFluentBuilder {
        let active = active_condition();
        let (permitted, media_values) = media.clause(assumed.excluded_media);
        let (free, free_values) = free;
        let blobs = seats.iter().map(Blob::new).collect();
        let update = self
            .update_meeting(meeting_id, now)
            .update_expression(format!("ADD {SEATS} :seats"))
            .condition_expression(format!(
                "{active} AND {EXPIRES_AT} <= :latest_end AND {permitted} AND {free}"
            ))
            .expression_attribute_values(":seats", AttributeValue::Bs(blobs))
            .expression_attribute_values(":latest_end", item::number(assumed.latest_end));
        let values = media_values.into_iter().chain(free_values);
        values.fold(update, |update, (name, value)| update.expression_attribute_values(name, value))
    }
}

/// A part of a condition, and the values in it.
pub(super) type Clause = (String, Vec<(String, AttributeValue)>);

/// The clause that a seat is free or that the user has this one already, for every write that reserves
/// one seat. [`check_full`] gives the reason if it fails.
pub(super) fn seat_clause(seat: &Seat) -> Clause {
    let free = format!("size({SEATS}) < {MAX_ATTENDEES} OR contains({SEATS}, :seat)");
    let free = seats_condition(&free);
    // Without a number as its maximum, a meeting would have a first seat.
    let clause = format!("attribute_type({MAX_ATTENDEES}, :number) AND {free}");
    let values = vec![
        (":seat".to_owned(), AttributeValue::B(Blob::new(seat))),
        // The names of types.
        (":number".to_owned(), item::string("N")),
        (":binaries".to_owned(), item::string("BS")),
    ];
    (clause, values)
}

/// Checks that other users have all seats, the only reason for which [`seat_clause`] fails.
pub(super) fn check_full(item: &Item, seat: &Seat) -> Result<(), Error> {
    let (max, reserved) = (max_attendees(item)?, reserved(item)?);
    let has_seat = reserved.iter().any(|reserved| reserved.as_ref() == seat);
    let is_full = reserved.len() as u64 >= max && !has_seat;
    if is_full { Ok(()) } else { Err(unexplained_refusal()) }
}

/// The condition that no seats are reserved, or that they are a set of binaries and `reserved` holds.
fn seats_condition(reserved: &str) -> String {
    format!(
        "(attribute_not_exists({SEATS}) OR attribute_type({SEATS}, :binaries) AND ({reserved}))"
    )
}

/// Why a reservation was refused, from the item as it was then. Reasons that another attempt can't
/// change come first.
fn refusal(
    item: Option<&Item>,
    seat: &Seat,
    media: RequestedMedia,
    assumed: MeetingAssumption,
    now: Timestamp,
) -> Result<SeatReservation, Error> {
    let Some(item) = item else { return Ok(SeatReservation::NoSuchMeeting) };
    if meeting_item::has_ended(item, now)? {
        return Ok(SeatReservation::Ended);
    }
    let actual = assumed.corrected(item)?;
    let is_permitted = media.permitting(assumed.excluded_media).contains(&actual.excluded_media);
    if actual.latest_end > assumed.latest_end || !is_permitted {
        return Ok(SeatReservation::AssumptionFailed(actual));
    }
    check_full(item, seat)?;
    Ok(SeatReservation::Full)
}

/// The error for a meeting that refuses a seat although its item, as far as it can be read, meets
/// the condition: something else changed the item.
pub(super) fn unexplained_refusal() -> Error {
    Error::Failure("the item of a meeting refuses a seat without a reason".into())
}

/// Why a reservation of several seats was refused, from the item as it was then.
fn batch_refusal(
    item: Option<&Item>,
    assumed: &BatchAssumption,
    now: Timestamp,
) -> Result<BatchReservation, Error> {
    let Some(item) = item else { return Ok(BatchReservation::NoSuchMeeting) };
    if meeting_item::has_ended(item, now)? {
        return Ok(BatchReservation::Ended);
    }
    let actual = BatchAssumption {
        meeting: assumed.meeting.corrected(item)?,
        max_attendees: max_attendees(item)?,
        reserved: reserved(item)?.iter().map(|seat| seat.as_ref().to_vec()).collect(),
    };
    // Another attempt with the same assumption would be refused again, without an end.
    if actual == *assumed {
        return Err(unexplained_refusal());
    }
    Ok(BatchReservation::AssumptionFailed(actual))
}

fn max_attendees(item: &Item) -> Result<u64, Unreadable> {
    item::read_number(item, MAX_ATTENDEES)?.ok_or(Unreadable(MAX_ATTENDEES))
}

fn reserved(item: &Item) -> Result<&[Blob], Unreadable> {
    match item.get(SEATS) {
        None => Ok(&[]),
        Some(AttributeValue::Bs(seats)) => Ok(seats),
        Some(_) => Err(Unreadable(SEATS)),
    }
}
