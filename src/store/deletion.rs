//! Deleting an attendee, and creating a new one for the same user afterwards.
//!
//! One transaction replaces the attendee with a tombstone and frees its seat. Another one replaces
//! the tombstone with a new attendee and reserves a seat. So the limit of the meeting holds
//! whatever happens in between. A seat that CreateAttendee reserved before it found the tombstone
//! is not enough, because a deletion may have freed it since.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, Update};

use super::Store;
use super::attendee_item::{AttendeeItem, to_item};
use super::attendees::AttendeePut;
use super::item::{self, Item};
use super::meeting_item;
use super::meetings::active_condition;
use super::schema::EXPIRES_AT;
use super::schema::attendee::{
    ATTENDEE_ID, CAPABILITIES, CREATED_WITH, DELETED_AT, EXTERNAL_USER_ID, JOIN_TOKEN, MEETING_ID,
    REVISION,
};
use super::schema::meeting::SEATS;
use super::seats::{check_full, seat_clause, unexplained_refusal};
use super::transaction::{Condition, TransactionOutcome, put, update};
use crate::clock::Timestamp;
use crate::domain::{Attendee, AttendeeId, MeetingId};
use crate::error::Error;

/// The outcome of deleting an attendee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttendeeDeletion {
    /// The attendee is deleted, by this or an earlier attempt.
    Deleted,
    /// Neither the attendee nor its tombstone exists any more.
    NoSuchAttendee,
    /// The meeting was deleted, or its lifetime is over.
    Ended,
}

/// The outcome of creating an attendee for a user whose earlier attendee was deleted.
#[derive(Debug, PartialEq, Eq)]
pub enum Recreation {
    /// The attendee was stored, or the user has another attendee or tombstone.
    Put(AttendeePut),
    /// The tombstone no longer exists; most likely it was removed with the meeting.
    NoTombstone,
    /// Other users have all seats.
    Full,
    /// The meeting was deleted, or its lifetime is over.
    Ended,
}

impl Store {
    /// Replaces the attendee, readable or not, with a tombstone and frees its seat, if the meeting
    /// is active at `now`. DynamoDB may remove the tombstone at `expires_at` or later. That can be
    /// the meeting's end, because only an active meeting needs it.
    pub async fn delete_attendee(
        &self,
        meeting_id: MeetingId,
        attendee: &AttendeeItem,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<AttendeeDeletion, Error> {
        let user = item::read_string(&attendee.0, EXTERNAL_USER_ID)?;
        let id = item::string(item::read_string(&attendee.0, ATTENDEE_ID)?);
        let free_seat = self
            .seat_update(meeting_id, user, now)
            .update_expression(format!("DELETE {SEATS} :seats"))
            .condition_expression(active_condition());
        let put_tombstone = Update::builder()
            .table_name(&self.attendees_table)
            .key(MEETING_ID, item::string(meeting_id.to_string()))
            .key(EXTERNAL_USER_ID, item::string(user))
            .update_expression(format!(
                "SET {DELETED_AT} = :now, {EXPIRES_AT} = :expires_at \
                 REMOVE {JOIN_TOKEN}, {CAPABILITIES}, {CREATED_WITH}, {REVISION}"
            ))
            .condition_expression(format!(
                "{ATTENDEE_ID} = :id AND attribute_not_exists({DELETED_AT})"
            ))
            .expression_attribute_values(":id", id.clone())
            .expression_attribute_values(":now", item::number(now))
            .expression_attribute_values(":expires_at", item::number(expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let writes = vec![update(free_seat)?, update(put_tombstone)?];
        let TransactionOutcome::Refused(conditions) = self.write_all(writes).await? else {
            return Ok(AttendeeDeletion::Deleted);
        };
        Ok(match conditions.as_slice() {
            [Condition::Failed(_), ..] => AttendeeDeletion::Ended,
            // The SDK retries a transaction whose response was lost, and other callers may delete the
            // same attendee.
            [_, Condition::Failed(Some(item))]
                if item.contains_key(DELETED_AT) && item.get(ATTENDEE_ID) == Some(&id) =>
            {
                AttendeeDeletion::Deleted
            }
            _ => AttendeeDeletion::NoSuchAttendee,
        })
    }

    /// Replaces the tombstone of the `deleted` attendee with a new attendee of the same user, if
    /// the meeting is active at `now` and has a free seat or the user's seat already. DynamoDB may
    /// remove the attendee at `expires_at` or later.
    pub async fn recreate_attendee(
        &self,
        meeting_id: MeetingId,
        attendee: &Attendee,
        deleted: AttendeeId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Recreation, Error> {
        let active = active_condition();
        let user = attendee.external_user_id.expose();
        let seat = meeting_id.seat_of(user);
        let (free, values) = seat_clause(&seat);
        let reserve_seat = self
            .seat_update(meeting_id, user, now)
            .update_expression(format!("ADD {SEATS} :seats"))
            .condition_expression(format!("{active} AND {free}"));
        let reserve_seat = values.into_iter().fold(reserve_seat, |update, (name, value)| {
            update.expression_attribute_values(name, value)
        });
        let put_attendee = Put::builder()
            .table_name(&self.attendees_table)
            .set_item(Some(to_item(meeting_id, attendee, expires_at)))
            .condition_expression(format!(
                "{ATTENDEE_ID} = :deleted AND attribute_exists({DELETED_AT})"
            ))
            .expression_attribute_values(":deleted", item::string(deleted.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let writes = vec![update(reserve_seat)?, put(put_attendee)?];
        let TransactionOutcome::Refused(conditions) = self.write_all(writes).await? else {
            return Ok(Recreation::Put(AttendeePut::Created));
        };
        match conditions.as_slice() {
            [Condition::Failed(item), ..] if has_ended(item.as_ref(), now)? => {
                Ok(Recreation::Ended)
            }
            [_, Condition::Failed(None)] => Ok(Recreation::NoTombstone),
            [_, Condition::Failed(Some(item))] => {
                Ok(Recreation::Put(AttendeePut::from_existing(item, attendee)))
            }
            [Condition::Failed(Some(item)), ..] => {
                check_full(item, &seat)?;
                Ok(Recreation::Full)
            }
            _ => Err(unexplained_refusal()),
        }
    }

    /// Starts an update of the meeting's item. In its expressions `:seats` is a set with the user's
    /// seat, and `:now` is the given time.
    fn seat_update(&self, meeting_id: MeetingId, user: &str, now: Timestamp) -> UpdateBuilder {
        let seat = Blob::new(meeting_id.seat_of(user));
        Update::builder()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting_id.to_string()))
            .expression_attribute_values(":now", item::number(now))
            .expression_attribute_values(":seats", AttributeValue::Bs(vec![seat]))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// Whether the meeting with this item, or without one, has ended.
fn has_ended(item: Option<&Item>, now: Timestamp) -> Result<bool, Error> {
    item.map_or(Ok(true), |item| Ok(meeting_item::has_ended(item, now)?))
}
