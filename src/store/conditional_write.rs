//! Conditional writes to one item.
//!
//! The future of a request of the SDK is boxed, because it is large, and operations that contain it
//! are moved (docs/performance.md).

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;

use super::Store;
use super::client::failure;
use super::item::{Item, Unreadable};
use super::schema::PARTITION_KEY;
use crate::error::Error;

impl Store {
    /// Puts an item if the table has none with its key, and returns `created`. If there is one,
    /// `existing` gives the outcome from that item.
    pub(super) async fn put_new<T>(
        &self,
        table: &str,
        item: Item,
        created: T,
        existing: impl FnOnce(&Item) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let put = self
            .client
            .put_item()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(format!("attribute_not_exists({PARTITION_KEY})"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let Err(error) = Box::pin(put.send()).await else { return Ok(created) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                existing(failed.item().ok_or(Unreadable(PARTITION_KEY))?)
            }
            _ => Err(failure::from_sdk(&error)),
        }
    }
}

/// Sends an update and returns `updated` if its condition held. If it failed, `refused` gives the
/// outcome from the item as it was then, `None` if there is no item.
pub(super) async fn update<T>(
    update: UpdateItemFluentBuilder,
    updated: T,
    refused: impl FnOnce(Option<&Item>) -> Result<T, Error>,
) -> Result<T, Error> {
    let update = update
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Err(error) = Box::pin(update.send()).await else { return Ok(updated) };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(failed)) => refused(failed.item()),
        _ => Err(failure::from_sdk(&error)),
    }
}

/// Sends an update and returns whether its condition held.
pub(super) async fn update_if(update: UpdateItemFluentBuilder) -> Result<bool, Error> {
    self::update(update, true, |_| Ok(false)).await
}
