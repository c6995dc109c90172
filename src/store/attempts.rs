//! What the last attempt of a request to DynamoDB came to, for a caller whose time runs out while
//! the SDK is still repeating it.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::{BoxError, ProvideErrorMetadata};
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

use super::failure;
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

/// Tells [`Attempts`] of each attempt of the client that it is given to.
#[derive(Debug)]
pub(super) struct TellAttempts;

impl Intercept for TellAttempts {
    fn name(&self) -> &'static str {
        "TellAttempts"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let failure = match context.output_or_error() {
            Some(Err(error)) => {
                let code = error.as_operation_error().and_then(|error| {
                    let put = error.downcast_ref::<PutItemError>().and_then(|e| e.code());
                    let update = error.downcast_ref::<UpdateItemError>().and_then(|e| e.code());
                    let get = error.downcast_ref::<GetItemError>().and_then(|e| e.code());
                    let query = error.downcast_ref::<QueryError>().and_then(|e| e.code());
                    let batch = error.downcast_ref::<BatchWriteItemError>().and_then(|e| e.code());
                    put.or(update).or(get).or(query).or(batch)
                });
                match context.response() {
                    Some(response) => Some(failure::answered(response.status().as_u16(), code)),
                    None => Some(failure::unanswered(error.is_timeout_error())),
                }
            }
            _ => None,
        };
        // Not there for a request outside of any watch.
        let _ = LAST.try_with(|attempts| attempts.remember(failure));
        Ok(())
    }
}
