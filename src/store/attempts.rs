//! What every attempt of a request to DynamoDB came to: whether it is worth another, and what to
//! tell a caller whose time runs out before one succeeds.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::{failure, transaction};
use crate::error::Error;

tokio::task_local! {
    static LAST: Attempts;
}

/// The attempts of everything that one task asks of DynamoDB.
#[derive(Clone, Debug, Default)]
pub struct Attempts(Arc<Mutex<Option<Error>>>);

impl Attempts {
    /// Runs a future and remembers how its attempts failed.
    pub async fn watch<T>(&self, future: impl Future<Output = T>) -> T {
        LAST.scope(self.clone(), future).await
    }

    /// The error for a caller whose time ran out: how the last attempt failed, if it had.
    pub fn out_of_time(&self) -> Error {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.unwrap_or_else(|| Error::Unavailable("the time for the request ran out".into()))
    }

    fn remember(&self, failure: Option<Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// Decides, in place of the SDK, which failed attempts are repeated: those whose error says that
/// time can mend them. Tells [`Attempts`] of them.
#[derive(Debug)]
pub(super) struct ReadAttempts;

impl ClassifyRetry for ReadAttempts {
    fn name(&self) -> &'static str {
        "ReadAttempts"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = failure_of(context);
        let action = match &failed {
            None => RetryAction::NoActionIndicated,
            Some(Error::Throttled(_)) => RetryAction::throttling_error(),
            Some(Error::Unavailable(_)) => RetryAction::transient_error(),
            Some(_) => RetryAction::RetryForbidden,
        };
        // What is not repeated is read by whoever asked; an outcome such as a condition that did
        // not hold must not be taken for the reason why a later request ran out of time.
        let failed = failed.filter(|_| action != RetryAction::RetryForbidden);
        // Not there for a request outside of any watch.
        let _ = LAST.try_with(|attempts| attempts.remember(failed));
        action
    }
}

/// How the attempt failed, if it did.
fn failure_of(context: &InterceptorContext) -> Option<Error> {
    let error = context.output_or_error()?.err()?;
    let Some(answer) = error.as_operation_error() else {
        return Some(if error.is_timeout_error() {
            failure::unanswered(true)
        } else if error.is_response_error() {
            failure::unreadable()
        } else if let Some(connection) = error.as_connector_error() {
            failure::unconnected(connection)
        } else {
            failure::unmade()
        });
    };
    let transaction = answer.downcast_ref::<TransactWriteItemsError>();
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = transaction {
        return Some(transaction::failure_of(cancelled));
    }
    // Each operation of the SDK has a type of its own, and nothing tells them all. One that is
    // missing here is repeated as the SDK likes.
    let put = || answer.downcast_ref::<PutItemError>().map(PutItemError::meta);
    let update = || answer.downcast_ref::<UpdateItemError>().map(UpdateItemError::meta);
    let get = || answer.downcast_ref::<GetItemError>().map(GetItemError::meta);
    let query = || answer.downcast_ref::<QueryError>().map(QueryError::meta);
    let batch = || answer.downcast_ref::<BatchWriteItemError>().map(BatchWriteItemError::meta);
    let transaction = || transaction.map(TransactWriteItemsError::meta);
    let answer =
        put().or_else(update).or_else(get).or_else(query).or_else(batch).or_else(transaction)?;
    Some(failure::answered(context.response()?.status().as_u16(), answer.code()))
}
