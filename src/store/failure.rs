//! Which failure of the SDK is which error of the API.
//!
//! | what the SDK tells, after its retries | error |
//! | --- | --- |
//! | throttling of any kind, or a transaction on the same item | `ThrottlingException` |
//! | no connection, no answer in time, an answer that broke off, a 5xx | `ServiceUnavailableException` |
//! | anything else: no permission, no such table, a request DynamoDB refuses | `ServiceFailureException` |

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

/// Reads an SDK's error. Keeps its code, which is a name out of DynamoDB's documentation, and not
/// its message, which can repeat what was sent.
pub(super) fn error<E: ProvideErrorMetadata>(failure: &SdkError<E, HttpResponse>) -> Error {
    match failure {
        SdkError::ServiceError(answer) => {
            let code = answer.err().code().unwrap_or("unknown error code");
            let status = answer.raw().status().as_u16();
            let cause = || format!("DynamoDB answered {status} {}", name(code)).into();
            if THROTTLING.contains(&code) || status == 429 {
                Error::Throttled(cause())
            } else if status >= 500 {
                Error::Unavailable(cause())
            } else {
                Error::Failure(cause())
            }
        }
        SdkError::TimeoutError(_) => Error::Unavailable("DynamoDB did not answer in time".into()),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            Error::Unavailable("no connection to DynamoDB in time".into())
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => {
            Error::Unavailable("no connection to DynamoDB".into())
        }
        // Neither time nor network: no credentials, for one.
        SdkError::DispatchFailure(_) => {
            Error::Failure("the request to DynamoDB could not be sent".into())
        }
        SdkError::ResponseError(_) => {
            Error::Unavailable("DynamoDB's answer could not be read".into())
        }
        _ => Error::Failure("the request to DynamoDB could not be made".into()),
    }
}

/// The code if it is a word, for whatever answers in DynamoDB's place could put anything there.
fn name(code: &str) -> &str {
    let word = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if word { code } else { "an unreadable error code" }
}
