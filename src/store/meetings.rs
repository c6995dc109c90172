//! The meetings' own item.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::item::{self, Item};
use super::schema::TIME_TO_LIVE;
use super::schema::meeting::{
    ENDED_AT, EXTERNAL_MEETING_ID, MAX_ATTENDEES, MEDIA_REGION, MEETING_ID,
};
use super::{Store, failure};
use crate::domain::{ExternalMeetingId, MediaRegion, Meeting, MeetingId};
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
            .set_item(Some(to_item(meeting, max_attendees, expires_at)))
            .condition_expression(format!("attribute_not_exists({MEETING_ID})"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(Opening::Opened) };
        let Some(PutItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error()
        else {
            return Err(failure::error(&error));
        };
        let item = refusal.item().ok_or_else(|| item::unreadable(MEETING_ID))?;
        let end =
            item::read_number(item, TIME_TO_LIVE)?.ok_or_else(|| item::unreadable(TIME_TO_LIVE))?;
        if item.contains_key(ENDED_AT) || end <= now {
            return Ok(Opening::Ended);
        }
        Ok(Opening::OpenedBefore(Box::new(from_item(item)?)))
    }
}

fn to_item(meeting: &Meeting, max_attendees: u64, expires_at: u64) -> Item {
    Item::from(
        [
            (MEETING_ID, item::string(meeting.meeting_id.to_string())),
            (EXTERNAL_MEETING_ID, item::string(meeting.external_meeting_id.expose())),
            (MEDIA_REGION, item::string(meeting.media_region.as_str())),
            (MAX_ATTENDEES, item::number(max_attendees)),
            (TIME_TO_LIVE, item::number(expires_at)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

fn from_item(item: &Item) -> Result<Meeting, Error> {
    Ok(Meeting {
        meeting_id: item::read(item, MEETING_ID, MeetingId::parse)?,
        external_meeting_id: item::read(item, EXTERNAL_MEETING_ID, |text| {
            ExternalMeetingId::parse(text.to_owned())
        })?,
        media_region: item::read(item, MEDIA_REGION, MediaRegion::parse)?,
    })
}
