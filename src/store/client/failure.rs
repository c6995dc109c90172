//! Maps each failure of a request to DynamoDB to an error of the API. The error decides whether the
//! request is retried.
//!
//! | failure | error | retried |
//! | --- | --- | --- |
//! | throttling or a conflict with a transaction: a code of [`THROTTLING_CODES`]; any other code, or none, with status 429 | `ThrottlingException` | yes |
//! | a transaction that was cancelled only for reasons of [`THROTTLING_REASONS`] | `ThrottlingException` | yes |
//! | a temporary failure: a code of [`TRANSIENT_CODES`]; any other code with status 408 or 5xx; no code with status 5xx | `ServiceUnavailableException` | yes |
//! | [an unreadable response](unreadable_response): truncated, not JSON, or without an error code | `ServiceUnavailableException` | yes |
//! | [no connection, or one that broke](no_response) | `ServiceUnavailableException` | yes |
//! | [no response in time](no_response) | `ServiceUnavailableException` | yes |
//! | [a source of credentials that fails, or is too slow](no_credentials) | `ServiceUnavailableException` | yes |
//! | a signature that is refused perhaps for the time: a code of [`CLOCK_CODES`] | `ServiceFailureException` | once, with the time of the response |
//! | any other code, such as `AccessDeniedException`, `ResourceNotFoundException` (no such table), `ValidationException` | `ServiceFailureException` | no |
//! | a transaction that was cancelled for any other reason | `ServiceFailureException` | no |
//! | [an untrusted certificate](without_response) | `ServiceFailureException` | no |
//! | [no credentials, or invalid ones](no_credentials) | `ServiceFailureException` | no |
//! | [a request that was not sent](not_sent) | `ServiceFailureException` | no |
//!
//! A request is retried exactly if it can succeed later. The SDK's own rules do not apply; for
//! example, they would not retry after a conflict with a transaction. A failed condition is not a
//! failure: the functions of the store handle it before they call this module.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ConnectorError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::error::TransactionCanceledException;

use crate::error::Error;

/// The codes for throttling, of DynamoDB and of the AWS front ends before it, and for conflicts
/// with transactions on the same item, which a caller should treat in the same way.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const THROTTLING_CODES: &[&str] = &[
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "SlowDown",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionConflictException",
    "TransactionInProgressException",
];

/// The codes of temporary failures that can have a 4xx status.
const TRANSIENT_CODES: &[&str] =
    &["ReplicatedWriteConflictException", "RequestTimeout", "RequestTimeoutException"];

/// The codes for a signature that may be refused only for its time, because the instance's clock is
/// wrong.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html>
const CLOCK_CODES: &[&str] = &[
    "InvalidSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// The reasons for cancelling a transaction that mean throttling, or a conflict with another
/// transaction.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
const THROTTLING_REASONS: &[&str] =
    &["ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"];

/// Maps the SDK's error after the last attempt.
pub(in crate::store) fn from_sdk<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
) -> Error {
    match error {
        SdkError::ServiceError(response) => {
            error_response(response.raw().status().as_u16(), response.err().code())
        }
        SdkError::TimeoutError(_) => no_response(true),
        SdkError::DispatchFailure(failure) => {
            failure.as_connector_error().map_or_else(not_sent, |error| without_response(error))
        }
        SdkError::ResponseError(_) => unreadable_response(),
        _ => not_sent(),
    }
}

/// DynamoDB responded with an error. The cause contains the code, a name from DynamoDB's
/// documentation, but not the message, which can repeat what was sent.
pub(super) fn error_response(status: u16, code: Option<&str>) -> Error {
    let cause = |code| format!("DynamoDB answered {status} {code}").into();
    match code {
        None if status == 429 => Error::Throttled(cause("without an error code")),
        None if status >= 500 => Error::Unavailable(cause("without an error code")),
        None => unreadable_response(),
        Some(code) if THROTTLING_CODES.contains(&code) || status == 429 => {
            Error::Throttled(cause(loggable(code)))
        }
        Some(code) if TRANSIENT_CODES.contains(&code) || status == 408 || status >= 500 => {
            Error::Unavailable(cause(loggable(code)))
        }
        Some(code) => Error::Failure(cause(loggable(code))),
    }
}

/// The failure of an attempt whose response was the first refusal of its request. The SDK corrects
/// its clock by the response, so a refusal for the time is temporary.
pub(super) fn first_refusal(status: u16, code: Option<&str>) -> Error {
    if code.is_some_and(|code| CLOCK_CODES.contains(&code)) {
        Error::Unavailable("DynamoDB refused the time of a signature".into())
    } else {
        error_response(status, code)
    }
}

/// DynamoDB cancelled a transaction, and not because of a condition.
pub(in crate::store) fn cancelled_transaction(cancelled: &TransactionCanceledException) -> Error {
    let codes = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
    // The items that were not the reason have the code `None`.
    let codes: Vec<_> = codes.filter(|code| *code != "None").collect();
    cancelled_for(&codes)
}

fn cancelled_for(codes: &[&str]) -> Error {
    let cause = || {
        let code = codes.first().map_or("no reason", |code| loggable(code));
        format!("DynamoDB cancelled a transaction for {code}").into()
    };
    if !codes.is_empty() && codes.iter().all(|code| THROTTLING_REASONS.contains(code)) {
        Error::Throttled(cause())
    } else {
        Error::Failure(cause())
    }
}

/// There was no response. Either it took too long (`is_timeout`), or there was no connection, or the
/// connection broke.
pub(super) fn no_response(is_timeout: bool) -> Error {
    Error::Unavailable(if is_timeout {
        "DynamoDB did not answer in time".into()
    } else {
        "no connection to DynamoDB, or one that broke".into()
    })
}

/// There was no response, for the reason that is this error or one of its sources.
pub(super) fn without_response(error: &(dyn std::error::Error + 'static)) -> Error {
    let errors = || std::iter::successors(Some(error), |error| error.source());
    if let Some(error) = errors().find_map(|error| error.downcast_ref()) {
        return no_credentials(error);
    }
    if errors().any(is_certificate_error) {
        return Error::Failure("the certificate of the DynamoDB endpoint is not trusted".into());
    }
    // The SDK reports everything that stops a request as a failed connection, without a kind.
    let connection = errors().find_map(|error| error.downcast_ref::<ConnectorError>());
    match connection {
        Some(error) if error.is_timeout() => no_response(true),
        Some(error) if error.is_io() || errors().any(|error| error.is::<hyper::Error>()) => {
            no_response(false)
        }
        _ => not_sent(),
    }
}

/// There were no credentials to sign the request with.
fn no_credentials(error: &CredentialsError) -> Error {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            Error::Failure("there are no credentials for DynamoDB".into())
        }
        CredentialsError::InvalidConfiguration(_) => Error::Failure(
            "the credentials for DynamoDB, or the settings for them, are not valid".into(),
        ),
        _ => Error::Unavailable(
            "the source of the credentials for DynamoDB fails, or does not answer in time".into(),
        ),
    }
}

/// Whether a certificate was rejected: from another authority, for another name, or expired.
fn is_certificate_error(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(io) = error.downcast_ref::<std::io::Error>() {
        // The source of an I/O error skips the error that it wraps.
        return io.get_ref().is_some_and(|wrapped| is_certificate_error(wrapped));
    }
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}

/// The request was not sent, because it could not be constructed. The cause names the settings that
/// are not checked before, at the start, because only the SDK knows which of them fit together.
pub(super) fn not_sent() -> Error {
    Error::Failure(
        "the request to DynamoDB could not be made with AWS_REGION, AWS_USE_FIPS_ENDPOINT, \
         AWS_USE_DUALSTACK_ENDPOINT, AWS_ACCOUNT_ID and AWS_ACCOUNT_ID_ENDPOINT_MODE as they are"
            .into(),
    )
}

/// There was a response that makes no sense. Something between this service and DynamoDB damaged or
/// invented it.
pub(super) fn unreadable_response() -> Error {
    Error::Unavailable("DynamoDB's response could not be read".into())
}

/// The code if it is one word. A server that impersonates DynamoDB could send anything as a code.
fn loggable(code: &str) -> &str {
    let is_word = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_word { code } else { "an unreadable error code" }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use aws_sdk_dynamodb::operation::put_item::PutItemError;

    use super::*;

    fn with_codes(codes: &[&str]) -> Vec<Error> {
        codes.iter().map(|code| error_response(400, Some(code))).collect()
    }

    fn with_status(status: u16) -> Error {
        error_response(status, Some("Other"))
    }

    fn not_connected(failure: ConnectorError) -> Error {
        from_sdk(&SdkError::<PutItemError>::dispatch_failure(failure))
    }

    fn without_credentials(error: CredentialsError) -> Error {
        not_connected(ConnectorError::other(error.into(), None))
    }

    /// The failures of each row of the table above that becomes this error.
    fn assert_all(name: &str, is_retried: bool, rows: Vec<Vec<Error>>) {
        for error in rows.into_iter().flatten() {
            assert_eq!(error.name(), name, "{error:?}");
            assert_eq!(error.retry_after().is_some(), is_retried, "{error:?}");
        }
    }

    #[test]
    fn throttling_and_conflicts_are_retried() {
        let cancelled =
            [&["TransactionConflict"][..], &["ThrottlingError", "ProvisionedThroughputExceeded"]];
        let rows = vec![
            with_codes(THROTTLING_CODES),
            vec![error_response(429, None), with_status(429)],
            cancelled.map(cancelled_for).to_vec(),
        ];
        assert_all("ThrottlingException", true, rows);
    }

    #[test]
    fn temporary_failures_are_retried() {
        let rows = vec![
            with_codes(TRANSIENT_CODES),
            [408, 500, 502, 503, 504].map(with_status).to_vec(),
            vec![error_response(500, None)],
            vec![unreadable_response(), error_response(200, None), error_response(400, None)],
            vec![no_response(false), not_connected(ConnectorError::io("refused".into()))],
            vec![no_response(true), not_connected(ConnectorError::timeout("silent".into()))],
            vec![
                without_credentials(CredentialsError::provider_error("500")),
                without_credentials(CredentialsError::provider_timed_out(Duration::from_secs(1))),
                without_credentials(CredentialsError::unhandled("<html>")),
            ],
            CLOCK_CODES.iter().map(|code| first_refusal(400, Some(code))).collect(),
        ];
        assert_all("ServiceUnavailableException", true, rows);
    }

    #[test]
    fn other_failures_are_not_retried() {
        let other = ["AccessDeniedException", "ResourceNotFoundException", "ValidationException"];
        let unknown = rustls::CertificateError::UnknownIssuer;
        let tls = std::io::Error::other(rustls::Error::InvalidCertificate(unknown));
        let rows = vec![
            // A later response than the first.
            with_codes(CLOCK_CODES),
            with_codes(&other),
            vec![first_refusal(400, Some("AccessDeniedException"))],
            vec![cancelled_for(&["ValidationError", "ThrottlingError"]), cancelled_for(&[])],
            vec![not_connected(ConnectorError::io(std::io::Error::other(tls).into()))],
            vec![
                without_credentials(CredentialsError::not_loaded("none")),
                without_credentials(CredentialsError::invalid_configuration("not a URL")),
            ],
            vec![
                from_sdk(&SdkError::<PutItemError>::construction_failure("none")),
                not_connected(ConnectorError::other("no endpoint".into(), None)),
            ],
        ];
        assert_all("ServiceFailureException", false, rows);
    }

    #[test]
    fn a_cause_contains_no_code_that_is_not_one_word() {
        let error = error_response(400, Some("x y <script>"));
        assert_eq!(error.cause(), Some("DynamoDB answered 400 an unreadable error code"));
    }

    #[test]
    fn no_code_has_two_meanings() {
        let codes = [THROTTLING_CODES, TRANSIENT_CODES, CLOCK_CODES].concat();
        assert_eq!(HashSet::<_>::from_iter(&codes).len(), codes.len());
    }
}
