//! Two writes that happen together: one to the meeting's item, one to an attendee's.
//!
//! Only who leaves, and who comes back after that, takes this way. DynamoDB cancels transactions that
//! meet on one item, and whoever else writes to the meeting meanwhile is told to repeat it.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use super::Store;
use super::client::failure;
use super::item::Item;
use crate::error::Error;

/// The code of the reason for a condition that did not hold.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const CONDITION: &str = "ConditionalCheckFailed";

/// What came of a transaction. A condition that did not hold brings the item as it was.
pub(super) enum Outcome {
    Done,
    Refused {
        /// `None` where the meeting's condition held, `Some(None)` where there is no item.
        meeting: Option<Option<Item>>,
        /// The same of the attendee's.
        attendee: Option<Option<Item>>,
    },
}

impl Store {
    /// Writes both or neither.
    pub(super) async fn write_both(
        &self,
        meeting: Update,
        attendee: TransactWriteItem,
    ) -> Result<Outcome, Error> {
        let meeting = TransactWriteItem::builder().update(meeting).build();
        let transaction = self.client.transact_write_items();
        let answer = transaction.transact_items(meeting).transact_items(attendee).send().await;
        let Err(error) = answer else { return Ok(Outcome::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(failure::from_sdk(&error));
        };
        let refused = |index: usize| {
            let reason = cancelled.cancellation_reasons().get(index)?;
            (reason.code() == Some(CONDITION)).then(|| reason.item.clone())
        };
        let (meeting, attendee) = (refused(0), refused(1));
        if meeting.is_none() && attendee.is_none() {
            return Err(failure::cancelled_transaction(cancelled));
        }
        Ok(Outcome::Refused { meeting, attendee })
    }
}
