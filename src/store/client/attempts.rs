//! What is learned from each attempt of a request to DynamoDB, before it is decided whether there is
//! another.

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
    FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use super::Connections;

/// The media type of DynamoDB's responses.
const DYNAMODB_JSON: &str = "application/x-amz-json-1.0";

/// The first response to a request that is no success. The SDK corrects its clock by each response,
/// so a later one does not refuse a signature for the time.
#[derive(Clone, Debug)]
pub(super) struct FirstRefusal;

impl Storable for FirstRefusal {
    type Storer = StoreReplace<Self>;
}

/// Watches the attempts of a client with these connections.
#[derive(Debug)]
pub(super) struct AttemptWatch(pub Connections);

impl Intercept for AttemptWatch {
    fn name(&self) -> &'static str {
        "AttemptWatch"
    }

    /// Marks the first refusal.
    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_refusal = !context.response().status().is_success();
        if is_refusal && config.load::<FirstRefusal>().is_none() {
            config.interceptor_state().store_put(FirstRefusal);
            context.response_mut().add_extension(FirstRefusal);
        }
        Ok(())
    }

    /// Refuses a success that is not DynamoDB's: the SDK takes an empty response for one, whoever
    /// sent it.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let content_type = response.headers().get("content-type").unwrap_or_default();
        let has_type = content_type.starts_with(DYNAMODB_JSON);
        let has_body = response.body().bytes().is_some_and(|body| !body.is_empty());
        if context.output_or_error().is_ok() && !(has_type && has_body) {
            return Err("a success that is not DynamoDB's".into());
        }
        Ok(())
    }

    /// Replaces the connections after an attempt that got no response.
    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Err(error)) = context.output_or_error()
            && error.is_timeout_error()
        {
            self.0.replace();
        }
        Ok(())
    }
}
