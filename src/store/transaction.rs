//! A transaction of two writes: one to a meeting's item and one to an attendee's item.
//!
//! Only deleting and recreating attendees uses it. DynamoDB cancels concurrent transactions on the
//! same item, and rejects other concurrent writes to that item with an error after which they are
//! retried.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use super::Store;
use super::client::failure;
use super::item::Item;
use crate::error::Error;

/// The cancellation code for a failed condition.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const CONDITION_FAILED: &str = "ConditionalCheckFailed";

/// The outcome of a transaction.
pub(super) enum TransactionOutcome {
    Done,
    /// At least one condition failed, so nothing was written.
    Refused {
        /// `None` if the meeting's condition held, else its item as it was then, `Some(None)` if
        /// there was none.
        meeting: Option<Option<Item>>,
        /// The same for the attendee.
        attendee: Option<Option<Item>>,
    },
}

impl Store {
    /// Makes both writes or neither.
    pub(super) async fn write_both(
        &self,
        meeting: Update,
        attendee: TransactWriteItem,
    ) -> Result<TransactionOutcome, Error> {
        let meeting = TransactWriteItem::builder().update(meeting).build();
        let transaction = self.client.transact_write_items();
        let response = transaction.transact_items(meeting).transact_items(attendee).send().await;
        let Err(error) = response else { return Ok(TransactionOutcome::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(failure::from_sdk(&error));
        };
        let refused = |index: usize| {
            let reason = cancelled.cancellation_reasons().get(index)?;
            (reason.code() == Some(CONDITION_FAILED)).then(|| reason.item.clone())
        };
        let (meeting, attendee) = (refused(0), refused(1));
        if meeting.is_none() && attendee.is_none() {
            return Err(failure::cancelled_transaction(cancelled));
        }
        Ok(TransactionOutcome::Refused { meeting, attendee })
    }
}
