//! Changing what an attendee may do.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::client::failure;
use super::places::{Stored, write_capabilities};
use super::schema::attendee::{
    ATTENDEE_ID, CAPABILITIES, CREATED_WITH, DELETED_AT, EXTERNAL_USER_ID, MEETING_ID, REVISION,
};
use super::{Store, item};
use crate::domain::{Attendee, Capabilities, MeetingId};
use crate::error::Error;

/// What came of a change of capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The attendee has them now.
    Changed,
    /// Somebody else gave the attendee others than the ones it had.
    ChangedMeanwhile,
    /// The attendee is gone.
    NoSuchAttendee,
}

impl Store {
    /// Gives the attendee other capabilities, on the condition that nobody has changed them since it was
    /// read: not that they are the same, for then an attempt that is applied late could undo what came
    /// after it. Those that it was created with are kept beside, so that a replay of its creation is
    /// known for one.
    pub async fn change_capabilities(
        &self,
        meeting: MeetingId,
        attendee: &Attendee,
        capabilities: Capabilities,
    ) -> Result<Change, Error> {
        if attendee.capabilities == capabilities {
            return Ok(Change::Changed);
        }
        let (unchanged, revision) = match attendee.revision {
            0 => (format!("attribute_not_exists({REVISION})"), None),
            revision => (format!("{REVISION} = :revision"), Some(item::number(revision))),
        };
        let mut update = self
            .client
            .update_item()
            .table_name(&self.attendees_table)
            .key(MEETING_ID, item::string(meeting.to_string()))
            .key(EXTERNAL_USER_ID, item::string(attendee.external_user_id.expose()))
            .update_expression(format!(
                "SET {CAPABILITIES} = :to, {REVISION} = :next, \
                 {CREATED_WITH} = if_not_exists({CREATED_WITH}, {CAPABILITIES})"
            ))
            .condition_expression(format!(
                "{ATTENDEE_ID} = :id AND attribute_not_exists({DELETED_AT}) AND {unchanged}"
            ))
            .expression_attribute_values(":id", item::string(attendee.attendee_id.to_string()))
            .expression_attribute_values(":next", item::number(attendee.revision + 1))
            .expression_attribute_values(":to", write_capabilities(capabilities))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if let Some(revision) = revision {
            update = update.expression_attribute_values(":revision", revision);
        }
        let Err(error) = update.send().await else { return Ok(Change::Changed) };
        let Some(UpdateItemError::ConditionalCheckFailedException(refusal)) =
            error.as_service_error()
        else {
            return Err(failure::from_sdk(&error));
        };
        let Some(item) = refusal.item() else { return Ok(Change::NoSuchAttendee) };
        let Stored::Attendee(now) = Stored::read(item)? else {
            return Ok(Change::NoSuchAttendee);
        };
        Ok(if now.attendee_id != attendee.attendee_id {
            Change::NoSuchAttendee
        } else if now.capabilities == capabilities {
            // The SDK repeats an update whose answer was lost, and then meets what it wrote.
            Change::Changed
        } else {
            Change::ChangedMeanwhile
        })
    }
}
