//! Transactions: several writes, all of them or none.
//!
//! Only what must change together uses them ([`crate::store`]). DynamoDB cancels concurrent
//! transactions on the same item, and rejects other concurrent writes to it. Both are retried.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::TransactWriteItem;
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};

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
    /// At least one condition failed, so nothing was written. Has an element for each write.
    Refused(Vec<Condition>),
}

/// The outcome of the condition of one write.
pub(super) enum Condition {
    Held,
    /// Contains the item as it was then, or `None` if there was none.
    Failed(Option<Item>),
}

impl Store {
    /// Makes all writes or none.
    pub(super) async fn write_all(
        &self,
        writes: Vec<TransactWriteItem>,
    ) -> Result<TransactionOutcome, Error> {
        let transaction = self.client.transact_write_items().set_transact_items(Some(writes));
        let Err(error) = transaction.send().await else { return Ok(TransactionOutcome::Done) };
        let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
            error.as_service_error()
        else {
            return Err(failure::from_sdk(&error));
        };
        let reasons = cancelled.cancellation_reasons();
        if reasons.iter().all(|reason| reason.code() != Some(CONDITION_FAILED)) {
            return Err(failure::cancelled_transaction(cancelled));
        }
        let conditions = reasons.iter().map(|reason| match reason.code() {
            Some(CONDITION_FAILED) => Condition::Failed(reason.item.clone()),
            _ => Condition::Held,
        });
        Ok(TransactionOutcome::Refused(conditions.collect()))
    }
}

/// An update as a part of a transaction.
pub(super) fn update(update: UpdateBuilder) -> Result<TransactWriteItem, Error> {
    Ok(TransactWriteItem::builder().update(update.build().map_err(incomplete)?).build())
}

/// A put as a part of a transaction.
pub(super) fn put(put: PutBuilder) -> Result<TransactWriteItem, Error> {
    Ok(TransactWriteItem::builder().put(put.build().map_err(incomplete)?).build())
}

fn incomplete(_: BuildError) -> Error {
    Error::Failure("a write of a transaction is incomplete".into())
}
