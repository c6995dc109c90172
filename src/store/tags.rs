//! Changing a meeting's tags.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::item;
use super::meeting_item::write_tags;
use super::schema::meeting::{ENDED_AT, MEETING_ID, TAGS};
use super::{Store, failure};
use crate::domain::{MeetingId, Tags};
use crate::error::Error;

impl Store {
    /// Replaces a meeting's tags on the condition that they are still `before` and that the meeting
    /// was not deleted. Tells whether they were replaced.
    pub async fn replace_tags(
        &self,
        meeting: MeetingId,
        before: &Tags,
        after: &Tags,
    ) -> Result<bool, Error> {
        let replaced = self
            .client
            .update_item()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting.to_string()))
            .update_expression(format!("SET {TAGS} = :after"))
            .condition_expression(format!(
                "attribute_exists({MEETING_ID}) AND attribute_not_exists({ENDED_AT}) \
                 AND {TAGS} = :before"
            ))
            .expression_attribute_values(":before", write_tags(before))
            .expression_attribute_values(":after", write_tags(after))
            .send()
            .await;
        match replaced {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(failure::error(&error)),
            },
        }
    }
}
