//! Which failure of the SDK is which error of the API.
//!
//! | what the SDK tells, after its retries or when the time for them is over | error |
//! | --- | --- |
//! | throttling of any kind, or a transaction on the same item | `ThrottlingException` |
//! | no connection, no answer in time, an answer that can't be read, a 5xx | `ServiceUnavailableException` |
//! | anything else: no credentials, no permission, no such table, a request that DynamoDB refuses | `ServiceFailureException` |

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

use crate::error::Error;

/// Throttling as DynamoDB and the AWS front ends before it name it.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const THROTTLING: &[&str] = &[
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "TransactionConflictException",
];

/// Failures of the moment that come with a status of the 4xx.
const PASSING: &[&str] =
    &["ReplicatedWriteConflictException", "RequestTimeout", "RequestTimeoutException"];

/// Reads an SDK's error, after its last attempt.
pub(super) fn error<E: ProvideErrorMetadata>(failure: &SdkError<E, HttpResponse>) -> Error {
    match failure {
        SdkError::ServiceError(answer) => {
            answered(answer.raw().status().as_u16(), answer.err().code())
        }
        SdkError::TimeoutError(_) => unanswered(true),
        SdkError::DispatchFailure(failure) => {
            let source = failure.as_connector_error().and_then(std::error::Error::source);
            if without_credentials(source) {
                Error::Failure("there are no credentials for DynamoDB".into())
            } else {
                unanswered(failure.is_timeout())
            }
        }
        SdkError::ResponseError(_) => unreadable(),
        _ => Error::Failure("the request to DynamoDB could not be made".into()),
    }
}

/// What an answer means. Keeps its code, which is a name out of DynamoDB's documentation, and not
/// its message, which can repeat what was sent.
pub(super) fn answered(status: u16, code: Option<&str>) -> Error {
    let code = code.unwrap_or("unknown error code");
    let cause = || format!("DynamoDB answered {status} {}", name(code)).into();
    if THROTTLING.contains(&code) || status == 429 {
        Error::Throttled(cause())
    } else if status >= 500 || status == 408 || PASSING.contains(&code) {
        Error::Unavailable(cause())
    } else if status < 300 {
        unreadable()
    } else {
        Error::Failure(cause())
    }
}

/// What it means that there is no answer.
pub(super) fn unanswered(is_timeout: bool) -> Error {
    Error::Unavailable(if is_timeout {
        "DynamoDB did not answer in time".into()
    } else {
        "no connection to DynamoDB, or one that broke".into()
    })
}

fn unreadable() -> Error {
    Error::Unavailable("DynamoDB's answer could not be read".into())
}

/// The SDK tells of missing credentials as of a connection that failed.
fn without_credentials(source: Option<&(dyn std::error::Error + 'static)>) -> bool {
    std::iter::successors(source, |error| error.source())
        .any(|error| error.is::<CredentialsError>())
}

/// The code if it is a word, for whatever answers in DynamoDB's place could put anything there.
fn name(code: &str) -> &str {
    let word = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if word { code } else { "an unreadable error code" }
}
