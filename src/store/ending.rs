//! Ending a meeting, with its replicas.
//!
//! A meeting without replicas ends with one write. A meeting with replicas ends together with them in
//! one transaction. A replica that is about to be created gets an item that has ended, so that it can't
//! be created any more.
//!
//! A meeting whose lifetime is over is ended like any other, because it may still be active on the clock
//! of another instance.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure, Update};

use super::item::{self, Item};
use super::schema::EXPIRES_AT;
use super::schema::meeting::{ENDED_AT, MEETING_ID, PRIMARY_MEETING_ID, REPLICAS};
use super::transaction::{Condition, TransactionOutcome, update};
use super::{Store, conditional_write, meeting_item};
use crate::domain::MeetingId;
use crate::error::Error;

/// A meeting that has ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct EndedMeeting {
    /// The primary, if the meeting was a replica.
    pub primary: Option<MeetingId>,
    /// The replicas that ended with the meeting; empty if it had ended before.
    pub replicas: Vec<MeetingId>,
}

enum Attempt {
    Final(Option<EndedMeeting>),
    HasReplicas(Vec<MeetingId>),
}

impl Attempt {
    /// The outcome of a refused attempt, from the item as it was then.
    fn from_item(item: Option<&Item>) -> Result<Self, Error> {
        let Some(item) = item else { return Ok(Self::Final(None)) };
        if item.contains_key(ENDED_AT) {
            return Ok(Self::Final(Some(EndedMeeting::from_item(item)?)));
        }
        Ok(Self::HasReplicas(meeting_item::replicas(item)?))
    }
}

impl EndedMeeting {
    /// Without replicas: not all ids of an item are certain to be those of its own replicas.
    fn from_item(item: &Item) -> Result<Self, Error> {
        let primary = item::read_optional(item, PRIMARY_MEETING_ID, MeetingId::parse)?;
        Ok(Self { primary, replicas: Vec::new() })
    }
}

impl Store {
    /// Ends a meeting and its replicas at once, at `now`. DynamoDB may remove their items at
    /// `expires_at` or later. Both times are in seconds since 1970. A meeting that was ended before does
    /// not change. Returns `None` if the table has no such meeting.
    pub async fn end_meeting(
        &self,
        meeting_id: MeetingId,
        expires_at: u64,
        now: u64,
    ) -> Result<Option<EndedMeeting>, Error> {
        let mut attempt = self.end_single_meeting(meeting_id, expires_at, now).await?;
        loop {
            attempt = match attempt {
                Attempt::Final(ended) => return Ok(ended),
                // The last replica was released meanwhile, and DynamoDB has no empty set to compare with.
                Attempt::HasReplicas(replicas) if replicas.is_empty() => {
                    self.end_single_meeting(meeting_id, expires_at, now).await?
                }
                Attempt::HasReplicas(replicas) => {
                    self.end_with_replicas(meeting_id, replicas, expires_at, now).await?
                }
            };
        }
    }

    async fn end_single_meeting(
        &self,
        meeting_id: MeetingId,
        expires_at: u64,
        now: u64,
    ) -> Result<Attempt, Error> {
        let update = self
            .update_meeting(meeting_id, now)
            .update_expression(format!("SET {ENDED_AT} = :now, {EXPIRES_AT} = :expires_at"))
            .condition_expression(format!(
                "{} AND attribute_not_exists({REPLICAS})",
                not_ended_condition()
            ))
            .expression_attribute_values(":expires_at", item::number(expires_at))
            .return_values(ReturnValue::AllNew);
        conditional_write::update_and_read(
            update,
            |item| Ok(Attempt::Final(Some(EndedMeeting::from_item(item)?))),
            Attempt::from_item,
        )
        .await
    }

    /// Ends a primary and its replicas in one transaction, if the primary's set of replicas has not
    /// changed. A meeting in that set that has ended, or that was created without this primary, is left
    /// out, and the transaction is tried again.
    async fn end_with_replicas(
        &self,
        primary: MeetingId,
        replicas: Vec<MeetingId>,
        expires_at: u64,
        now: u64,
    ) -> Result<Attempt, Error> {
        let mut own = replicas.clone();
        loop {
            let end_primary = self
                .ending(primary, expires_at, now)
                .condition_expression(format!(
                    "{} AND {REPLICAS} = :replicas",
                    not_ended_condition()
                ))
                .expression_attribute_values(":replicas", meeting_item::id_set(&replicas));
            let mut writes = vec![update(end_primary.build())?];
            for replica in &own {
                // The replica may have ended before. Another request with the same token may have created
                // the meeting without this primary.
                let end_replica = self
                    .ending(*replica, expires_at, now)
                    .condition_expression(format!(
                        "attribute_not_exists({MEETING_ID}) \
                         OR {PRIMARY_MEETING_ID} = :primary AND attribute_not_exists({ENDED_AT})"
                    ))
                    .expression_attribute_values(":primary", item::string(primary.to_string()));
                writes.push(update(end_replica.build())?);
            }
            let conditions = match self.write_all(writes).await? {
                TransactionOutcome::Done => {
                    return Ok(Attempt::Final(Some(EndedMeeting { primary: None, replicas: own })));
                }
                TransactionOutcome::Refused(conditions) => conditions,
            };
            let mut conditions = conditions.into_iter();
            if let Some(Condition::Failed(item)) = conditions.next() {
                return Attempt::from_item(item.as_ref());
            }
            let is_own = conditions.map(|condition| matches!(condition, Condition::Held));
            own = own.into_iter().zip(is_own).filter_map(|(id, own)| own.then_some(id)).collect();
        }
    }

    fn ending(&self, meeting_id: MeetingId, expires_at: u64, now: u64) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting_id.to_string()))
            .update_expression(format!("SET {ENDED_AT} = :now, {EXPIRES_AT} = :expires_at"))
            .expression_attribute_values(":now", item::number(now))
            .expression_attribute_values(":expires_at", item::number(expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// The condition that the meeting exists and nobody has ended it.
fn not_ended_condition() -> String {
    format!("attribute_exists({MEETING_ID}) AND attribute_not_exists({ENDED_AT})")
}
