//! The attendees of a meeting as a whole: whether there are any, and their physical removal.

use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

use super::Store;
use super::client::failure;
use super::item::{self, Item};
use super::schema::attendee::{EXTERNAL_USER_ID, MEETING_ID};
use crate::domain::MeetingId;
use crate::error::Error;

/// The most that BatchWriteItem takes.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const BATCH: usize = 25;

impl Store {
    /// Whether any attendee of this meeting is stored.
    pub async fn has_attendees(&self, meeting: MeetingId) -> Result<bool, Error> {
        Ok(!self.keys_of_attendees(meeting, Some(1)).await?.is_empty())
    }

    /// Removes the items of a meeting's attendees. What could not be removed is left to the time
    /// to live: whoever calls this has ended the meeting, and nobody sees its attendees again.
    pub async fn remove_attendees(&self, meeting: MeetingId) -> Result<(), Error> {
        // 250 keys are far less than the megabyte that one query returns.
        let keys = self.keys_of_attendees(meeting, None).await?;
        for batch in keys.chunks(BATCH) {
            let removals = batch.iter().map(|key| {
                let removal = DeleteRequest::builder().set_key(Some(key.clone())).build()?;
                Ok(WriteRequest::builder().delete_request(removal).build())
            });
            let removals = removals
                .collect::<Result<Vec<_>, aws_sdk_dynamodb::error::BuildError>>()
                .map_err(|_| Error::Failure("a removal without a key".into()))?;
            let answer = self
                .client
                .batch_write_item()
                .request_items(&self.attendees_table, removals)
                .send()
                .await
                .map_err(|error| failure::from_sdk(&error))?;
            if answer.unprocessed_items().is_some_and(|left| !left.is_empty()) {
                return Err(Error::Throttled("DynamoDB left items of a batch".into()));
            }
        }
        Ok(())
    }

    async fn keys_of_attendees(
        &self,
        meeting: MeetingId,
        limit: Option<i32>,
    ) -> Result<Vec<Item>, Error> {
        let answer = self
            .client
            .query()
            .table_name(&self.attendees_table)
            .key_condition_expression(format!("{MEETING_ID} = :meeting"))
            .expression_attribute_values(":meeting", item::string(meeting.to_string()))
            .projection_expression(format!("{MEETING_ID}, {EXTERNAL_USER_ID}"))
            .consistent_read(true)
            .set_limit(limit)
            .send()
            .await
            .map_err(|error| failure::from_sdk(&error))?;
        Ok(answer.items.unwrap_or_default())
    }
}
