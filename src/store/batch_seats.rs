//! Claiming seats for many users with one write.

use std::collections::HashSet;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::Store;
use super::item::{self, Item};
use super::meeting_item;
use super::meetings::active_condition;
use super::schema::TIME_TO_LIVE;
use super::schema::meeting::{MAX_ATTENDEES, SEATS};
use super::seats::{Media, media_condition, send};
use crate::domain::{ExcludedMedia, MeetingId};
use crate::error::Error;

/// The 16 bytes that stand for a user, as [`MeetingId::seat_of`] gives them.
pub type Seat = [u8; 16];

/// What is known, or taken for granted, of a meeting in which many want a seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The meeting is over by this time, in seconds since 1970.
    pub over_by: u64,
    /// The media that it does without.
    pub excluded: ExcludedMedia,
    /// How many seats there are.
    pub max_attendees: u64,
    /// The seats that are taken.
    pub taken: HashSet<Seat>,
}

impl Room {
    /// How many seats are free.
    pub fn free(&self) -> usize {
        let max = usize::try_from(self.max_attendees).unwrap_or(usize::MAX);
        max.saturating_sub(self.taken.len())
    }
}

/// What came of claiming seats. Only `Claimed` changed anything.
#[derive(Debug, PartialEq, Eq)]
pub enum BatchClaim {
    /// All of them are taken now, for these users.
    Claimed,
    /// The meeting is another than was assumed, or has less room.
    NotAsAssumed(Room),
    /// The meeting was deleted, or is past its lifetime.
    Ended,
    /// There is no such item.
    NoSuchMeeting,
}

impl Store {
    /// Adds seats to the meeting's, on the condition that the meeting is active at `now` (in seconds
    /// since 1970), is as assumed, and has a free seat for each of them.
    ///
    /// Like the claim of one seat it can be repeated by anyone. Seats that are taken already are
    /// counted as if they were not, so a claim that could have been can be refused; the refusal brings
    /// what is taken.
    pub async fn claim_seats(
        &self,
        meeting: MeetingId,
        seats: &[Seat],
        assumed: &Room,
        now: u64,
    ) -> Result<BatchClaim, Error> {
        let most_before = usize::try_from(assumed.max_attendees).unwrap_or(usize::MAX);
        let most_before = most_before
            .checked_sub(seats.len())
            .ok_or(Error::Failure("more seats are claimed than a meeting has".into()))?;
        let (media, media_values) = media_condition(Media::WhatThereIs, assumed.excluded);
        let active = active_condition();
        let blobs = seats.iter().map(Blob::new).collect();
        let claim = self
            .update_meeting(meeting, now)
            .update_expression(format!("ADD {SEATS} :seats"))
            .condition_expression(format!(
                "{active} \
                 AND {TIME_TO_LIVE} <= :over_by \
                 {media} \
                 AND {MAX_ATTENDEES} = :max \
                 AND (attribute_not_exists({SEATS}) OR size({SEATS}) <= :most_before)"
            ))
            .expression_attribute_values(":seats", AttributeValue::Bs(blobs))
            .expression_attribute_values(":over_by", item::number(assumed.over_by))
            .expression_attribute_values(":max", item::number(assumed.max_attendees))
            .expression_attribute_values(":most_before", AttributeValue::N(most_before.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refused = |item: Option<&Item>| refused(item, assumed, now);
        let claim = send(claim, media_values, BatchClaim::Claimed, refused).await?;
        if let BatchClaim::NotAsAssumed(room) = &claim {
            self.excluded_media.insert(meeting, room.excluded);
        }
        Ok(claim)
    }
}

/// The reason of a refusal, from the item as it was then.
fn refused(item: Option<&Item>, assumed: &Room, now: u64) -> Result<BatchClaim, Error> {
    let Some(item) = item else { return Ok(BatchClaim::NoSuchMeeting) };
    if meeting_item::has_ended(item, now)? {
        return Ok(BatchClaim::Ended);
    }
    Ok(BatchClaim::NotAsAssumed(Room {
        over_by: meeting_item::end(item)?.max(assumed.over_by),
        excluded: meeting_item::read_excluded_media(item)?,
        max_attendees: item::read_number(item, MAX_ATTENDEES)?
            .ok_or_else(|| item::unreadable(MAX_ATTENDEES))?,
        taken: taken(item)?,
    }))
}

fn taken(item: &Item) -> Result<HashSet<Seat>, Error> {
    let seats = match item.get(SEATS) {
        None => return Ok(HashSet::new()),
        Some(AttributeValue::Bs(seats)) => seats,
        Some(_) => return Err(item::unreadable(SEATS)),
    };
    let seat = |blob: &Blob| blob.as_ref().try_into().map_err(|_| item::unreadable(SEATS));
    seats.iter().map(seat).collect()
}
