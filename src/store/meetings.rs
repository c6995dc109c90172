//! The meetings' own item: opening, finding and ending a meeting.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::Store;
use super::client::failure;
use super::item::{self, Item};
use super::meeting_item;
use super::meeting_update::changed;
use super::schema::meeting::{ENDED_AT, MEETING_ID};
use crate::domain::{Meeting, MeetingId, Tags};
use crate::error::Error;

/// What came of opening a meeting.
#[derive(Debug, PartialEq, Eq)]
pub enum Opening {
    /// The meeting is there now.
    Opened,
    /// A meeting of this id was opened before; it may be another.
    OpenedBefore(Box<Meeting>),
    /// A meeting of this id was opened before, and has ended.
    Ended,
}

/// What is known of a meeting.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    /// It is active; with its tags as they are now.
    Active(Box<Meeting>, Tags),
    /// It was deleted, or is past its lifetime.
    Ended,
    /// There is no such item.
    NoSuchMeeting,
}

impl Store {
    /// Stores a meeting on the condition that there is none of its id. `now` and `expires_at` are
    /// in seconds since 1970; the meeting is active until `expires_at`.
    pub async fn open_meeting(
        &self,
        meeting: &Meeting,
        max_attendees: u64,
        now: u64,
        expires_at: u64,
    ) -> Result<Opening, Error> {
        let put = self
            .client
            .put_item()
            .table_name(&self.meetings_table)
            .set_item(Some(meeting_item::write(meeting, max_attendees, expires_at)))
            .condition_expression(format!("attribute_not_exists({MEETING_ID})"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else {
            self.memory.remember(meeting.meeting_id, meeting.features.excluded_media());
            return Ok(Opening::Opened);
        };
        let Some(PutItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error()
        else {
            return Err(failure::from_sdk(&error));
        };
        let item = refusal.item().ok_or_else(|| item::unreadable(MEETING_ID))?;
        Ok(match found(item, now)? {
            Found::Active(meeting, _) => Opening::OpenedBefore(meeting),
            Found::Ended | Found::NoSuchMeeting => Opening::Ended,
        })
    }

    /// Reads a meeting as it is at `now`, in seconds since 1970.
    pub async fn find_meeting(&self, meeting: MeetingId, now: u64) -> Result<Found, Error> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure::from_sdk(&error))?;
        answer.item().map_or(Ok(Found::NoSuchMeeting), |item| found(item, now))
    }

    /// Ends a meeting at once and for everybody, and tells whether there is an item of it. One that
    /// has ended before keeps the time it ended at, in seconds since 1970.
    pub async fn end_meeting(&self, meeting: MeetingId, now: u64) -> Result<bool, Error> {
        let update = self
            .update_meeting(meeting, now)
            .update_expression(format!("SET {ENDED_AT} = if_not_exists({ENDED_AT}, :now)"))
            .condition_expression(format!("attribute_exists({MEETING_ID})"));
        changed(update).await
    }
}

fn found(item: &Item, now: u64) -> Result<Found, Error> {
    if meeting_item::has_ended(item, now)? {
        return Ok(Found::Ended);
    }
    Ok(Found::Active(Box::new(meeting_item::read(item)?), meeting_item::tags(item)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::TIME_TO_LIVE;

    #[test]
    fn an_item_without_an_end_is_no_meeting_without_end() {
        let item = Item::from([(MEETING_ID.to_owned(), item::string("x"))]);
        let error = found(&item, 0).unwrap_err();
        assert_eq!(
            error.cause(),
            Some(format!("item with an unreadable attribute {TIME_TO_LIVE}").as_str())
        );
    }
}
