//! The replicas of a meeting.
//!
//! A replica never outlives its primary. The primary's item lists the ids of its active replicas,
//! so whoever ends the primary knows them (`ending.rs`). One transaction puts a replica and adds
//! its id to the list, on the condition that there is no meeting with this id. So a late request
//! neither changes a meeting that exists nor lists it.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, Update};

use super::item::Unreadable;
use super::meetings::active_condition;
use super::schema::meeting::{MEETING_ID, PRIMARY_MEETING_ID, REPLICAS};
use super::transaction::{Condition, TransactionOutcome, put, update};
use super::{Store, item, meeting_item};
use crate::clock::Timestamp;
use crate::domain::{MAX_REPLICAS, MeetingId, NewMeeting};
use crate::error::Error;

/// The outcome of creating a replica.
pub enum ReplicaCreation {
    /// The replica was created.
    Created,
    /// There was a meeting with this id already, and it was not changed.
    AlreadyExists,
    /// The primary has its maximum of replicas.
    Full,
    /// The primary has ended, is a replica itself, or does not exist.
    InvalidPrimary,
}

impl Store {
    /// Stores a replica as [`Store::create_meeting`] stores a meeting, if its primary is active at
    /// `now`, is not a replica and has less than the maximum of replicas. The `end` must be that of
    /// the primary.
    pub async fn create_replica(
        &self,
        new: &NewMeeting,
        primary: MeetingId,
        max_attendees: u64,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<ReplicaCreation, Error> {
        let replica = new.meeting.meeting_id;
        let put_replica = Put::builder()
            .table_name(&self.meetings_table)
            .set_item(Some(meeting_item::to_item(new, max_attendees, end)))
            .condition_expression(format!("attribute_not_exists({MEETING_ID})"));
        let active = active_condition();
        // Version 0.1 listed a replica before it put the item, so a replica that does not exist may
        // be listed.
        let list_replica = self
            .list_update(primary, replica)
            .update_expression(format!("ADD {REPLICAS} :replicas"))
            .condition_expression(format!(
                "{active} AND attribute_not_exists({PRIMARY_MEETING_ID}) \
                 AND (attribute_not_exists({REPLICAS}) OR attribute_type({REPLICAS}, :set) \
                      AND (size({REPLICAS}) < :max OR contains({REPLICAS}, :replica)))"
            ))
            .expression_attribute_values(":now", item::number(now))
            .expression_attribute_values(":max", AttributeValue::N(MAX_REPLICAS.to_string()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let writes = vec![put(put_replica)?, update(list_replica)?];
        let TransactionOutcome::Refused(conditions) = self.write_all(writes).await? else {
            self.excluded_media.insert(replica, new.meeting.features.excluded_media());
            return Ok(ReplicaCreation::Created);
        };
        match conditions.as_slice() {
            [Condition::Failed(_), ..] => Ok(ReplicaCreation::AlreadyExists),
            [_, Condition::Failed(Some(primary))]
                if !meeting_item::has_ended(primary, now)?
                    && !primary.contains_key(PRIMARY_MEETING_ID) =>
            {
                let replicas = primary.get(REPLICAS).map(meeting_item::replicas);
                let is_full = replicas.is_some_and(|replicas| replicas.len() >= MAX_REPLICAS);
                if is_full { Ok(ReplicaCreation::Full) } else { Err(Unreadable(REPLICAS).into()) }
            }
            _ => Ok(ReplicaCreation::InvalidPrimary),
        }
    }

    /// Starts an update of the list of a primary. In its expressions `:replica` is the replica's
    /// id, `:replicas` a set with it, and `:set` the type of the list.
    pub(super) fn list_update(&self, primary: MeetingId, replica: MeetingId) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(primary.to_string()))
            .expression_attribute_values(":replica", item::string(replica.to_string()))
            .expression_attribute_values(":replicas", AttributeValue::Ss(vec![replica.to_string()]))
            .expression_attribute_values(":set", item::string("SS"))
    }
}
