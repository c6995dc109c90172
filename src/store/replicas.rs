//! The replicas of a meeting.
//!
//! A replica never outlives its primary. The primary's item has the ids of its replicas, and a replica
//! is created only after its id has been added there. So whoever ends the primary knows every replica,
//! also one that is about to be created (`ending.rs`).

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::meetings::{FoundMeeting, active_condition};
use super::schema::meeting::{PRIMARY_MEETING_ID, REPLICAS};
use super::{Store, conditional_write, item, meeting_item};
use crate::domain::{MAX_REPLICAS, MeetingId};
use crate::error::Error;

/// The outcome of adding a replica's id to its primary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaReservation {
    /// The primary has the replica's id, from this or an earlier attempt.
    Reserved {
        /// When the primary ends unless it is deleted, in seconds since 1970.
        primary_end: u64,
    },
    /// The primary has its maximum of replicas.
    Full,
    /// The primary is a replica itself.
    IsReplica,
    /// The primary was deleted, or its lifetime is over.
    Ended,
    /// The table has no such primary.
    NoSuchMeeting,
}

/// [`ReplicaReservation`] with the primary's replicas.
enum Attempt {
    Final(ReplicaReservation),
    Full(Vec<MeetingId>),
}

impl Store {
    /// Adds a replica's id to its primary, if the primary is active at `now` (in seconds since 1970), is
    /// not a replica, and has less than the maximum of replicas or has this one. Adding an id twice changes
    /// nothing.
    pub async fn reserve_replica(
        &self,
        primary: MeetingId,
        replica: MeetingId,
        now: u64,
    ) -> Result<ReplicaReservation, Error> {
        loop {
            let replicas = match self.try_reserve_replica(primary, replica, now).await? {
                Attempt::Final(reservation) => return Ok(reservation),
                Attempt::Full(replicas) => replicas,
            };
            if !self.release_ended_replicas(primary, &replicas, now).await? {
                return Ok(ReplicaReservation::Full);
            }
        }
    }

    async fn try_reserve_replica(
        &self,
        primary: MeetingId,
        replica: MeetingId,
        now: u64,
    ) -> Result<Attempt, Error> {
        let active = active_condition();
        let update = self
            .update_meeting(primary, now)
            .update_expression(format!("ADD {REPLICAS} :replicas"))
            .condition_expression(format!(
                "{active} AND attribute_not_exists({PRIMARY_MEETING_ID}) \
                 AND (attribute_not_exists({REPLICAS}) OR size({REPLICAS}) < :max \
                      OR contains({REPLICAS}, :replica))"
            ))
            .expression_attribute_values(":replicas", meeting_item::id_set(&[replica]))
            .expression_attribute_values(":replica", item::string(replica.to_string()))
            .expression_attribute_values(":max", AttributeValue::N(MAX_REPLICAS.to_string()))
            .return_values(ReturnValue::AllNew);
        conditional_write::update_and_read(
            update,
            |item| {
                let primary_end = meeting_item::end(item)?;
                Ok(Attempt::Final(ReplicaReservation::Reserved { primary_end }))
            },
            |item| {
                Ok(match item {
                    None => Attempt::Final(ReplicaReservation::NoSuchMeeting),
                    Some(item) if meeting_item::has_ended(item, now)? => {
                        Attempt::Final(ReplicaReservation::Ended)
                    }
                    Some(item) if item.contains_key(PRIMARY_MEETING_ID) => {
                        Attempt::Final(ReplicaReservation::IsReplica)
                    }
                    Some(item) => Attempt::Full(meeting_item::replicas(item)?),
                })
            },
        )
        .await
    }

    /// Removes the ids of replicas that have ended, or that another request created without this
    /// primary. Returns whether there was one. The id of a replica without an item stays, because the
    /// replica may be about to be created.
    async fn release_ended_replicas(
        &self,
        primary: MeetingId,
        replicas: &[MeetingId],
        now: u64,
    ) -> Result<bool, Error> {
        let mut ended = Vec::new();
        for replica in replicas {
            match self.find_meeting(*replica, now).await? {
                FoundMeeting::Active(found)
                    if found.meeting()?.primary_meeting_id == Some(primary) => {}
                FoundMeeting::NoSuchMeeting => {}
                FoundMeeting::Active(_) | FoundMeeting::Ended => ended.push(*replica),
            }
        }
        if !ended.is_empty() {
            self.release_replicas(primary, &ended, now).await?;
        }
        Ok(!ended.is_empty())
    }

    /// Removes the ids of replicas that have ended from their primary, if it is active at `now`, in
    /// seconds since 1970.
    pub async fn release_replicas(
        &self,
        primary: MeetingId,
        replicas: &[MeetingId],
        now: u64,
    ) -> Result<(), Error> {
        let update = self
            .update_meeting(primary, now)
            .update_expression(format!("DELETE {REPLICAS} :replicas"))
            .condition_expression(active_condition())
            .expression_attribute_values(":replicas", meeting_item::id_set(replicas));
        conditional_write::update_if(update).await.map(|_| ())
    }
}
