//! What every conditional update of a meeting's item shares.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use super::client::failure;
use super::schema::TIME_TO_LIVE;
use super::schema::meeting::{ENDED_AT, MEETING_ID};
use super::{Store, item};
use crate::domain::MeetingId;
use crate::error::Error;

impl Store {
    /// An update of the meeting's item, in which `:now` stands for `now`, in seconds since 1970.
    pub(super) fn update_meeting(&self, meeting: MeetingId, now: u64) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting.to_string()))
            .expression_attribute_values(":now", item::number(now))
    }
}

/// The condition that the meeting is there and active at `:now`. It compares the time itself,
/// because the time to live removes items days late.
pub(super) fn active() -> String {
    format!(
        "attribute_exists({MEETING_ID}) AND attribute_not_exists({ENDED_AT}) \
         AND {TIME_TO_LIVE} > :now"
    )
}

/// Sends the update and tells whether its condition held.
pub(super) async fn changed(update: UpdateItemFluentBuilder) -> Result<bool, Error> {
    match update.send().await {
        Ok(_) => Ok(true),
        Err(error) => match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            _ => Err(failure::from_sdk(&error)),
        },
    }
}
