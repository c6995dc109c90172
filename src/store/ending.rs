//! Ending a meeting, with its replicas.
//!
//! A meeting ends with one write. A replica ends in a transaction that also removes its id from the
//! list of its primary, and a primary ends together with its replicas in one transaction.
//!
//! A meeting whose lifetime is over is ended like any other, because it may still be active on the
//! clock of another instance.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure, Update};

use super::item::{self, Item};
use super::schema::EXPIRES_AT;
use super::schema::meeting::{ENDED_AT, MEETING_ID, PRIMARY_MEETING_ID, REPLICAS};
use super::transaction::{Condition, TransactionOutcome, update};
use super::{Store, conditional_write, meeting_item};
use crate::clock::Timestamp;
use crate::domain::MeetingId;
use crate::error::Error;

/// How many replicas can end with their primary in one transaction.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const MAX_ENDED_REPLICAS: usize = 99;

/// The outcome of an attempt to end a meeting.
enum Attempt {
    /// These meetings have ended, now or before.
    Ended(Vec<MeetingId>),
    /// The meeting has this list of replicas, or no longer has one.
    HasReplicas(Option<AttributeValue>),
    /// The meeting is a replica of this primary, `None` if the attribute can't be read or names the
    /// meeting itself.
    IsReplica(Option<MeetingId>),
}

impl Attempt {
    /// The outcome of a refused attempt, from the item as it was then.
    fn from_item(meeting_id: MeetingId, item: Option<&Item>) -> Self {
        let Some(item) = item else { return Self::Ended(Vec::new()) };
        if item.contains_key(ENDED_AT) {
            return Self::Ended(vec![meeting_id]);
        }
        if item.contains_key(PRIMARY_MEETING_ID) {
            let primary = item::read_optional(item, PRIMARY_MEETING_ID, MeetingId::parse);
            return Self::IsReplica(primary.ok().flatten().filter(|id| *id != meeting_id));
        }
        Self::HasReplicas(item.get(REPLICAS).cloned())
    }
}

impl Store {
    /// Ends a meeting and its replicas at once, at `now`. DynamoDB may remove their items at
    /// `expires_at` or later. A meeting that was ended before does not change. Returns the meetings
    /// that have ended: this one and the replicas that ended with it, or none if the table has no
    /// such meeting.
    pub async fn end_meeting(
        &self,
        meeting_id: MeetingId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<MeetingId>, Error> {
        let mut attempt = self.end_single_meeting(meeting_id, expires_at, now).await?;
        loop {
            attempt = match attempt {
                Attempt::Ended(ended) => return Ok(ended),
                Attempt::IsReplica(primary) => {
                    self.end_replica(meeting_id, primary, expires_at, now).await?
                }
                // The last replica has ended meanwhile, and DynamoDB has no empty set to compare
                // with.
                Attempt::HasReplicas(None) => {
                    self.end_single_meeting(meeting_id, expires_at, now).await?
                }
                Attempt::HasReplicas(Some(list)) => {
                    self.end_with_replicas(meeting_id, &list, expires_at, now).await?
                }
            };
        }
    }

    async fn end_single_meeting(
        &self,
        meeting_id: MeetingId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Attempt, Error> {
        let update = self
            .update_meeting(meeting_id, now)
            .update_expression(end_expression())
            .condition_expression(format!(
                "{} AND attribute_not_exists({REPLICAS}) \
                 AND attribute_not_exists({PRIMARY_MEETING_ID})",
                not_ended_condition()
            ))
            .expression_attribute_values(":expires_at", item::number(expires_at));
        conditional_write::update(update, Attempt::Ended(vec![meeting_id]), |item| {
            Ok(Attempt::from_item(meeting_id, item))
        })
        .await
    }

    /// Ends a replica and removes its id from the list of its primary in one transaction, or ends
    /// it alone if it is in no list.
    async fn end_replica(
        &self,
        replica: MeetingId,
        primary: Option<MeetingId>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Attempt, Error> {
        let end_replica =
            self.ending(replica, expires_at, now).condition_expression(not_ended_condition());
        let mut writes = vec![update(end_replica)?];
        if let Some(primary) = primary {
            let unlist = self
                .list_update(primary, replica)
                .update_expression(format!("DELETE {REPLICAS} :replicas"))
                .condition_expression(format!(
                    "attribute_type({REPLICAS}, :set) AND contains({REPLICAS}, :replica)"
                ));
            writes.push(update(unlist)?);
        }
        loop {
            let conditions = match self.write_all(writes.clone()).await? {
                TransactionOutcome::Done => return Ok(Attempt::Ended(vec![replica])),
                TransactionOutcome::Refused(conditions) => conditions,
            };
            if let Some(Condition::Failed(item)) = conditions.first() {
                return Ok(Attempt::from_item(replica, item.as_ref()));
            }
            writes.truncate(1);
        }
    }

    /// Ends a primary and its replicas in one transaction, if the primary's list has not changed.
    ///
    /// Version 0.1 also lists replicas that are about to be created, that have ended, or whose
    /// token names another meeting. The first get an item that has ended, so that no instance can
    /// create them any more. The others are left out, and the transaction is tried again. What can't
    /// be read in the list does not keep the primary from its end, nor do its own id or more ids than
    /// fit into a transaction, which only something else can have listed.
    async fn end_with_replicas(
        &self,
        primary: MeetingId,
        list: &AttributeValue,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<Attempt, Error> {
        let mut own = meeting_item::replicas(list);
        own.retain(|id| *id != primary);
        own.truncate(MAX_ENDED_REPLICAS);
        loop {
            let end_primary = self
                .ending(primary, expires_at, now)
                .condition_expression(format!(
                    "{} AND {REPLICAS} = :replicas",
                    not_ended_condition()
                ))
                .expression_attribute_values(":replicas", list.clone());
            let mut writes = vec![update(end_primary)?];
            for replica in &own {
                let end_replica = self
                    .ending(*replica, expires_at, now)
                    .condition_expression(format!(
                        "attribute_not_exists({MEETING_ID}) \
                         OR {PRIMARY_MEETING_ID} = :primary AND attribute_not_exists({ENDED_AT})"
                    ))
                    .expression_attribute_values(":primary", item::string(primary.to_string()));
                writes.push(update(end_replica)?);
            }
            let conditions = match self.write_all(writes).await? {
                TransactionOutcome::Done => {
                    own.push(primary);
                    return Ok(Attempt::Ended(own));
                }
                TransactionOutcome::Refused(conditions) => conditions,
            };
            let mut conditions = conditions.into_iter();
            if let Some(Condition::Failed(item)) = conditions.next() {
                return Ok(Attempt::from_item(primary, item.as_ref()));
            }
            let is_own = conditions.map(|condition| matches!(condition, Condition::Held));
            own = own.into_iter().zip(is_own).filter_map(|(id, own)| own.then_some(id)).collect();
        }
    }

    fn ending(
        &self,
        meeting_id: MeetingId,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting_id.to_string()))
            .update_expression(end_expression())
            .expression_attribute_values(":now", item::number(now))
            .expression_attribute_values(":expires_at", item::number(expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }
}

/// The update that ends a meeting at `:now`.
fn end_expression() -> String {
    format!("SET {ENDED_AT} = :now, {EXPIRES_AT} = :expires_at")
}

/// The condition that the meeting exists and nobody has ended it.
fn not_ended_condition() -> String {
    format!("attribute_exists({MEETING_ID}) AND attribute_not_exists({ENDED_AT})")
}
