//! API Gateway wants requests signed for itself, whichever service speaks behind it.

use aws_sdk_chimesdkmeetings::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_chimesdkmeetings::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_chimesdkmeetings::error::BoxError;
use aws_types::SigningName;

/// An interceptor for the configuration of a client.
#[derive(Debug)]
pub struct SignForTheGateway;

impl Intercept for SignForTheGateway {
    fn name(&self) -> &'static str {
        "SignForTheGateway"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(SigningName::from_static("execute-api"));
        Ok(())
    }
}
