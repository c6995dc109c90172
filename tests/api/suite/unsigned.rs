//! The response of a gateway to a request that it refuses itself. Nothing in this process does, so this needs a
//! deployed API with `Authorization=AWS_IAM`.

use aws_sdk_chimesdkmeetings::Client;
use aws_sdk_chimesdkmeetings::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_chimesdkmeetings::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_chimesdkmeetings::error::{BoxError, ProvideErrorMetadata as _};
use serde_json::Value;

use super::{Api, UNKNOWN_ID};

#[derive(Debug)]
struct RemoveSignature;

impl Intercept for RemoveSignature {
    fn name(&self) -> &'static str {
        "RemoveSignature"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().remove("authorization");
        Ok(())
    }
}

#[allow(
    clippy::print_stdout,
    reason = "it is not known whether API Gateway lets the template set the header"
)]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "ROLLCALL_ENDPOINT is needed: only a gateway refuses unsigned requests"]
async fn an_unsigned_request_is_refused_in_the_form_of_the_service() {
    let api = Api::start().await;
    let unsigned = api.chime.config().to_builder().interceptor(RemoveSignature).build();
    let request = Client::from_conf(unsigned).get_meeting().meeting_id(UNKNOWN_ID);
    let error = request.send().await.unwrap_err();

    let response = error.raw_response().expect("a response");
    let body: Value = serde_json::from_slice(response.body().bytes().unwrap()).unwrap();
    let text = |member: &str| body[member].as_str().unwrap_or_default().to_owned();
    let header = response.headers().get("x-amzn-errortype");
    println!("x-amzn-ErrorType: {header:?}; the SDK takes the error for {:?}", error.code());

    // A web ACL or a resource policy of an account can refuse it before the signature is missed.
    let expected = [(401, "UnauthorizedException"), (403, "ForbiddenException")];
    let code = text("Code");
    assert!(expected.contains(&(response.status().as_u16(), code.as_str())), "{response:?}");
    assert_eq!(response.headers().get("x-amzn-requestid"), Some(text("RequestId").as_str()));
    assert!(!text("Message").is_empty());
    assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
}
