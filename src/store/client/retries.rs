//! Decides which failed attempts are retried, and remembers how the last one failed, for a caller
//! whose time runs out.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::attempts::FirstRefusal;
use super::failure;
use crate::error::Error;

tokio::task_local! {
    static CURRENT: LastFailure;
}

/// How the last attempt of all requests to DynamoDB that one task makes failed, if it failed.
#[derive(Clone, Debug, Default)]
pub struct LastFailure(Arc<Mutex<Option<Error>>>);

impl LastFailure {
    /// Runs a future and remembers how its last attempt failed.
    pub async fn watch<T>(&self, future: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), future).await
    }

    /// The error for a caller whose time ran out: the failure of the last attempt, if it failed.
    pub fn out_of_time(&self) -> Error {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        last.unwrap_or_else(|| Error::Unavailable("the time for the request ran out".into()))
    }

    fn set_last(&self, failure: Option<Error>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }
}

/// Decides, instead of the SDK, which failed attempts are retried: those that can succeed later. It
/// also records each outcome in the current [`LastFailure`].
#[derive(Debug)]
pub(super) struct RetryClassifier;

impl ClassifyRetry for RetryClassifier {
    fn name(&self) -> &'static str {
        "RetryClassifier"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failure = failure_of(context);
        let action = match &failure {
            None => RetryAction::NoActionIndicated,
            Some(Error::Throttled(_)) => RetryAction::throttling_error(),
            Some(Error::Unavailable(_)) => RetryAction::transient_error(),
            Some(_) => RetryAction::RetryForbidden,
        };
        // The caller of the SDK handles a failure that is not retried. Such a failure can be an
        // expected outcome, like a failed condition, and must not become the reason why a later
        // request ran out of time.
        let failure = failure.filter(|_| action != RetryAction::RetryForbidden);
        // This fails for a request outside of `LastFailure::watch`, whose failure nobody asks for.
        let _ = CURRENT.try_with(|attempts| attempts.set_last(failure));
        action
    }
}

/// How the attempt failed, if it did.
fn failure_of(context: &InterceptorContext) -> Option<Error> {
    let error = context.output_or_error()?.err()?;
    let Some(response) = error.as_operation_error() else {
        return Some(if error.is_timeout_error() {
            failure::no_response(true)
        } else if error.is_response_error() || error.is_interceptor_error() {
            failure::unreadable_response()
        } else {
            failure::without_response(error)
        });
    };
    let transaction = response.downcast_ref::<TransactWriteItemsError>();
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = transaction {
        return Some(failure::cancelled_transaction(cancelled));
    }
    // The SDK has a separate error type for each operation, and none for all. Every operation that
    // the store uses must be listed here: for others the SDK's own rules decide, and the last failure
    // is forgotten.
    let put = || response.downcast_ref::<PutItemError>().map(PutItemError::meta);
    let update = || response.downcast_ref::<UpdateItemError>().map(UpdateItemError::meta);
    let get = || response.downcast_ref::<GetItemError>().map(GetItemError::meta);
    let query = || response.downcast_ref::<QueryError>().map(QueryError::meta);
    let batch = || response.downcast_ref::<BatchWriteItemError>().map(BatchWriteItemError::meta);
    let transaction = || transaction.map(TransactWriteItemsError::meta);
    let metadata =
        put().or_else(update).or_else(get).or_else(query).or_else(batch).or_else(transaction)?;
    let response = context.response()?;
    let (status, code) = (response.status().as_u16(), metadata.code());
    Some(match response.extension::<FirstRefusal>() {
        Some(_) => failure::first_refusal(status, code),
        None => failure::error_response(status, code),
    })
}
