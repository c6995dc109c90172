//! Reserving seats, the first write of CreateAttendee.
//!
//! A reservation adds seats to the meeting's set. Adding a seat twice changes nothing, so anyone
//! can repeat a reservation at any time.
//!
//! A successful reservation returns nothing of the meeting, because the seats of a full meeting
//! take 7 kB on the wire. Instead, the condition checks what the caller assumes of the meeting.
//! Only a refused reservation returns the item, and so the reason.

use std::collections::HashSet;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{self, Item};
use super::meetings::active_condition;
use super::schema::TIME_TO_LIVE;
use super::schema::meeting::{EXCLUDED_MEDIA, MAX_ATTENDEES, SEATS};
use super::{Store, conditional_write, meeting_item};
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
    /// The latest time at which the meeting ends, in seconds since 1970.
    pub latest_end: u64,
    /// The meeting's excluded media.
    pub excluded_media: ExcludedMedia,
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
    /// Whether a meeting that excludes `actual` media permits these, if `assumed` media were
    /// assumed.
    fn are_permitted(self, actual: ExcludedMedia, assumed: ExcludedMedia) -> bool {
        match self {
            Self::Default => actual == assumed,
            Self::Named { video, content } => !(video && actual.video || content && actual.content),
        }
    }

    /// A part of the condition, empty if the excluded media don't matter, and the values in it.
    fn condition(self, assumed: ExcludedMedia) -> (String, Vec<(&'static str, AttributeValue)>) {
        match self {
            Self::Default => match meeting_item::write_excluded_media(assumed) {
                None => (format!("AND attribute_not_exists({EXCLUDED_MEDIA})"), Vec::new()),
                Some(set) => {
                    (format!("AND {EXCLUDED_MEDIA} = :excluded"), vec![(":excluded", set)])
                }
            },
            Self::Named { video, content } => {
                let named = [
                    (video, ":video", meeting_item::VIDEO),
                    (content, ":content", meeting_item::CONTENT),
                ];
                let named = named.into_iter().filter(|(is_named, ..)| *is_named);
                let condition = named
                    .clone()
                    .map(|(_, value, _)| format!("AND NOT contains({EXCLUDED_MEDIA}, {value}) "));
                let values = named.map(|(_, value, medium)| (value, item::string(medium)));
                (condition.collect(), values.collect())
            }
        }
    }
}

/// The outcome of reserving several seats. Only `Reserved` changed anything.
#[derive(Debug, PartialEq, Eq)]
pub enum BatchReservation {
    /// All the seats are reserved.
    Reserved,
    /// The assumption was wrong, or too few seats were free; this one is right.
    AssumptionFailed(Seating),
    /// The meeting was deleted, or its lifetime is over.
    Ended,
    /// The table has no such meeting.
    NoSuchMeeting,
}

/// What is known or assumed of a meeting and its seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seating {
    /// The latest time at which the meeting ends, in seconds since 1970.
    pub latest_end: u64,
    /// The meeting's excluded media.
    pub excluded_media: ExcludedMedia,
    /// The number of seats.
    pub max_attendees: u64,
    /// The seats that are reserved.
    pub reserved: HashSet<Seat>,
}

impl Seating {
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

    /// Reserves the user's seat, if the meeting is active at `now` (in seconds since 1970), is as
    /// assumed, and has a free seat or the user's seat already.
    pub async fn reserve_seat(
        &self,
        meeting_id: MeetingId,
        user: &ExternalUserId,
        media: RequestedMedia,
        assumed: MeetingAssumption,
        now: u64,
    ) -> Result<SeatReservation, Error> {
        let seat = meeting_id.seat_of(user);
        let free = format!("attribute_type({MAX_ATTENDEES}, :number) AND {}", seat_condition());
        let update = self
            .seats_update(meeting_id, &[seat], media, assumed, &free, now)
            .expression_attribute_values(":seat", AttributeValue::B(Blob::new(seat)))
            .expression_attribute_values(":number", item::string("N"));
        let refused = |item: Option<&Item>| refusal(item, media, assumed, now);
        let reservation =
            conditional_write::update(update, SeatReservation::Reserved, refused).await?;
        if let SeatReservation::AssumptionFailed(actual) = reservation {
            self.excluded_media.insert(meeting_id, actual.excluded_media);
        }
        Ok(reservation)
    }

    /// Reserves all of these seats or none, if the meeting is active at `now` (in seconds since
    /// 1970), is as assumed, and has as many free seats.
    ///
    /// The condition can't tell which of these seats are reserved already, so it may refuse seats
    /// that would fit. The refusal returns the reserved seats for another try.
    pub async fn reserve_seats(
        &self,
        meeting_id: MeetingId,
        seats: &[Seat],
        assumed: &Seating,
        now: u64,
    ) -> Result<BatchReservation, Error> {
        let max_reserved = assumed
            .max_seats()
            .checked_sub(seats.len())
            .ok_or(Error::Failure("more seats are requested than a meeting has".into()))?;
        let free = format!(
            "{MAX_ATTENDEES} = :max \
             AND (attribute_not_exists({SEATS}) OR size({SEATS}) <= :max_reserved)"
        );
        let meeting = MeetingAssumption {
            latest_end: assumed.latest_end,
            excluded_media: assumed.excluded_media,
        };
        let update = self
            .seats_update(meeting_id, seats, RequestedMedia::Default, meeting, &free, now)
            .expression_attribute_values(":max", item::number(assumed.max_attendees))
            .expression_attribute_values(":max_reserved", item::number(max_reserved as u64));
        let refused = |item: Option<&Item>| batch_refusal(item, assumed, now);
        let reservation =
            conditional_write::update(update, BatchReservation::Reserved, refused).await?;
        if let BatchReservation::AssumptionFailed(actual) = &reservation {
            self.excluded_media.insert(meeting_id, actual.excluded_media);
        }
        Ok(reservation)
    }

    /// The update that adds seats, if the meeting is active and as assumed, and the condition
    /// `free` holds. The caller adds the values of that condition.
    fn seats_update(
        &self,
        meeting_id: MeetingId,
        seats: &[Seat],
        media: RequestedMedia,
        assumed: MeetingAssumption,
        free: &str,
        now: u64,
    ) -> UpdateItemFluentBuilder {
        let active = active_condition();
        let (media_condition, media_values) = media.condition(assumed.excluded_media);
        let blobs = seats.iter().map(Blob::new).collect();
        let update = self
            .update_meeting(meeting_id, now)
            .update_expression(format!("ADD {SEATS} :seats"))
            .condition_expression(format!(
                "{active} AND {TIME_TO_LIVE} <= :latest_end {media_condition} AND {free}"
            ))
            .expression_attribute_values(":seats", AttributeValue::Bs(blobs))
            .expression_attribute_values(":latest_end", item::number(assumed.latest_end));
        media_values
            .into_iter()
            .fold(update, |update, (name, value)| update.expression_attribute_values(name, value))
    }
}

/// The condition that the seat `:seat` is reserved, or that a seat is free. For a missing attribute, a
/// comparison with `size` is false, so the absence of seats is a condition of its own.
pub(super) fn seat_condition() -> String {
    format!(
        "(attribute_not_exists({SEATS}) OR size({SEATS}) < {MAX_ATTENDEES} \
          OR contains({SEATS}, :seat))"
    )
}

/// Why a reservation was refused, from the item as it was then. Reasons that another attempt can't
/// change come first.
fn refusal(
    item: Option<&Item>,
    media: RequestedMedia,
    assumed: MeetingAssumption,
    now: u64,
) -> Result<SeatReservation, Error> {
    let Some(item) = item else { return Ok(SeatReservation::NoSuchMeeting) };
    if meeting_item::has_ended(item, now)? {
        return Ok(SeatReservation::Ended);
    }
    let end = meeting_item::end(item)?;
    let excluded_media = meeting_item::excluded_media(item)?;
    if end > assumed.latest_end || !media.are_permitted(excluded_media, assumed.excluded_media) {
        let latest_end = end.max(assumed.latest_end);
        let actual = MeetingAssumption { latest_end, excluded_media };
        return Ok(SeatReservation::AssumptionFailed(actual));
    }
    // Only full seats are left as a reason. But an item without a maximum is damaged, not full.
    max_attendees(item)?;
    Ok(SeatReservation::Full)
}

/// Why a reservation of several seats was refused, from the item as it was then.
fn batch_refusal(
    item: Option<&Item>,
    assumed: &Seating,
    now: u64,
) -> Result<BatchReservation, Error> {
    let Some(item) = item else { return Ok(BatchReservation::NoSuchMeeting) };
    if meeting_item::has_ended(item, now)? {
        return Ok(BatchReservation::Ended);
    }
    Ok(BatchReservation::AssumptionFailed(Seating {
        latest_end: meeting_item::end(item)?.max(assumed.latest_end),
        excluded_media: meeting_item::excluded_media(item)?,
        max_attendees: max_attendees(item)?,
        reserved: reserved(item)?,
    }))
}

fn max_attendees(item: &Item) -> Result<u64, Error> {
    item::read_number(item, MAX_ATTENDEES)?.ok_or_else(|| item::unreadable(MAX_ATTENDEES))
}

fn reserved(item: &Item) -> Result<HashSet<Seat>, Error> {
    let seats = match item.get(SEATS) {
        None => return Ok(HashSet::new()),
        Some(AttributeValue::Bs(seats)) => seats,
        Some(_) => return Err(item::unreadable(SEATS)),
    };
    let seat = |blob: &Blob| blob.as_ref().try_into().map_err(|_| item::unreadable(SEATS));
    seats.iter().map(seat).collect()
}
