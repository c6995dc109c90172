//! Leaving a meeting, and coming back.
//!
//! Who leaves gives the seat back in the same moment in which the item becomes a tombstone, and who
//! comes back takes a seat in the moment in which the tombstone becomes an attendee again. So the limit
//! holds whatever happens in between, and a first claim of a seat, which every CreateAttendee begins
//! with, is worth nothing by itself.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::item::{self, Item};
use super::meeting_item;
use super::meetings::active_condition;
use super::places::{Stored, to_item};
use super::schema::attendee::{
    ATTENDEE_ID, CAPABILITIES, CREATED_WITH, DELETED_AT, EXTERNAL_USER_ID, JOIN_TOKEN, MEETING_ID,
    REVISION,
};
use super::schema::meeting::{MAX_ATTENDEES, SEATS};
use super::transaction::Outcome;
use super::{Place, Store};
use crate::domain::{Attendee, AttendeeId, ExternalUserId, MeetingId};
use crate::error::Error;

/// What came of leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The attendee is gone, now or from an earlier attempt.
    Left,
    /// There is no such attendee any more.
    NoSuchAttendee,
    /// The meeting was deleted, or is past its lifetime.
    Ended,
}

/// What came of coming back.
#[derive(Debug, PartialEq, Eq)]
pub enum Return {
    /// There is a place, whoever's.
    Place(Place),
    /// The tombstone is gone: with the meeting, most likely.
    Forgotten,
    /// All seats are other users'.
    Full,
    /// The meeting was deleted, or is past its lifetime.
    Ended,
}

impl Store {
    /// Makes a tombstone of the attendee and frees the seat, at `now` (in seconds since 1970).
    pub async fn leave(
        &self,
        meeting: MeetingId,
        attendee: &Attendee,
        now: u64,
    ) -> Result<Departure, Error> {
        let seat = self
            .seat_update(meeting, &attendee.external_user_id, now)
            .update_expression(format!("DELETE {SEATS} :seats"))
            .condition_expression(active_condition())
            .build()
            .map_err(unbuilt)?;
        let tombstone = Update::builder()
            .table_name(&self.attendees_table)
            .key(MEETING_ID, item::string(meeting.to_string()))
            .key(EXTERNAL_USER_ID, item::string(attendee.external_user_id.expose()))
            .update_expression(format!(
                "SET {DELETED_AT} = :now \
                 REMOVE {JOIN_TOKEN}, {CAPABILITIES}, {CREATED_WITH}, {REVISION}"
            ))
            .condition_expression(format!(
                "{ATTENDEE_ID} = :id AND attribute_not_exists({DELETED_AT})"
            ))
            .expression_attribute_values(":id", item::string(attendee.attendee_id.to_string()))
            .expression_attribute_values(":now", item::number(now))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuilt)?;
        let tombstone = TransactWriteItem::builder().update(tombstone).build();
        match self.write_both(seat, tombstone).await? {
            Outcome::Done => Ok(Departure::Left),
            Outcome::Refused { meeting: Some(_), .. } => Ok(Departure::Ended),
            Outcome::Refused { attendee: held, .. } => Ok(match held.flatten() {
                // The SDK repeats a transaction whose answer was lost, and others leave too.
                Some(item) if Stored::read(&item)? == Stored::Left(attendee.attendee_id) => {
                    Departure::Left
                }
                _ => Departure::NoSuchAttendee,
            }),
        }
    }

    /// Puts the attendee in the place of the tombstone of `who_left`, with a seat that is free or the
    /// user's, in a meeting that is active at `now`. The times are in seconds since 1970; DynamoDB may
    /// forget the attendee from `expires_at` on.
    pub async fn come_back(
        &self,
        meeting: MeetingId,
        attendee: &Attendee,
        who_left: AttendeeId,
        expires_at: u64,
        now: u64,
    ) -> Result<Return, Error> {
        let active = active_condition();
        let seat = self
            .seat_update(meeting, &attendee.external_user_id, now)
            .update_expression(format!("ADD {SEATS} :seats"))
            .condition_expression(format!(
                "{active} AND (attribute_not_exists({SEATS}) OR size({SEATS}) < {MAX_ATTENDEES} \
                 OR contains({SEATS}, :seat))"
            ))
            .expression_attribute_values(":seat", seat(meeting, &attendee.external_user_id))
            .build()
            .map_err(unbuilt)?;
        let put = Put::builder()
            .table_name(&self.attendees_table)
            .set_item(Some(to_item(meeting, attendee, expires_at)))
            .condition_expression(format!(
                "{ATTENDEE_ID} = :who_left AND attribute_exists({DELETED_AT})"
            ))
            .expression_attribute_values(":who_left", item::string(who_left.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuilt)?;
        let put = TransactWriteItem::builder().put(put).build();
        match self.write_both(seat, put).await? {
            Outcome::Done => Ok(Return::Place(Place::Taken)),
            Outcome::Refused { meeting: Some(item), .. } if is_over(item.as_ref(), now)? => {
                Ok(Return::Ended)
            }
            Outcome::Refused { attendee: Some(None), .. } => Ok(Return::Forgotten),
            Outcome::Refused { attendee: Some(Some(item)), .. } => {
                Ok(Return::Place(Place::held(&item, attendee)?))
            }
            Outcome::Refused { .. } => Ok(Return::Full),
        }
    }

    /// An update of the meeting's item, in which `:seats` stands for the user's seat.
    fn seat_update(
        &self,
        meeting: MeetingId,
        user: &ExternalUserId,
        now: u64,
    ) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
        let seat = Blob::new(meeting.seat_of(user));
        Update::builder()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting.to_string()))
            .expression_attribute_values(":now", item::number(now))
            .expression_attribute_values(":seats", AttributeValue::Bs(vec![seat]))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

fn seat(meeting: MeetingId, user: &ExternalUserId) -> AttributeValue {
    AttributeValue::B(Blob::new(meeting.seat_of(user)))
}

fn is_over(item: Option<&Item>, now: u64) -> Result<bool, Error> {
    item.map_or(Ok(true), |item| meeting_item::has_ended(item, now))
}

fn unbuilt(_: BuildError) -> Error {
    Error::Failure("a transaction without a part".into())
}
