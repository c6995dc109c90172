//! Which failure of a request to DynamoDB is which error of the API, and which of them are repeated.
//!
//! | what an attempt came to | error | repeated |
//! | --- | --- | --- |
//! | throttling: `LimitExceededException`, `ProvisionedThroughputExceededException`, `RequestLimitExceeded`, `SlowDown`, `Throttling`, `ThrottledException`, `ThrottlingException`, `TooManyRequestsException`, or another code with status 429 | `ThrottlingException` | yes |
//! | a transaction on the same item: `TransactionConflictException`, `TransactionInProgressException` | `ThrottlingException` | yes |
//! | a transaction that was cancelled for another one, or for throttling | `ThrottlingException` | yes |
//! | a failure of the moment: `ReplicatedWriteConflictException`, `RequestTimeout`, `RequestTimeoutException`, or another code with status 408 or 5xx | `ServiceUnavailableException` | yes |
//! | an answer that can't be read: cut short, not JSON, or a refusal that names no code | `ServiceUnavailableException` | yes |
//! | no connection, or one that broke | `ServiceUnavailableException` | yes |
//! | no answer in time | `ServiceUnavailableException` | yes |
//! | any other code, such as `AccessDeniedException`, `ResourceNotFoundException` (no such table), `ValidationException` | `ServiceFailureException` | no |
//! | a certificate that is not trusted | `ServiceFailureException` | no |
//! | no credentials, or a request that could not be made | `ServiceFailureException` | no |
//!
//! Repeated is what time can mend, and nothing else: the SDK's own opinion, which for example would
//! not repeat after a transaction on the same item, does not count. A condition that did not hold is
//! no failure; the functions of the store read it before they come here.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ConnectorError, ProvideErrorMetadata, SdkError};

use crate::error::Error;

/// Throttling as DynamoDB and the AWS front ends before it name it, and what to the caller is the
/// same: transactions that meet on an item.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
const THROTTLING: &[&str] = &[
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
            failure.as_connector_error().map_or_else(unmade, unconnected)
        }
        SdkError::ResponseError(_) => unreadable(),
        _ => unmade(),
    }
}

/// What an answer means. Keeps its code, which is a name out of DynamoDB's documentation, and not
/// its message, which can repeat what was sent.
pub(super) fn answered(status: u16, code: Option<&str>) -> Error {
    let cause = |code| format!("DynamoDB answered {status} {code}").into();
    match code {
        None if status == 429 => Error::Throttled(cause("without an error code")),
        None if status >= 500 => Error::Unavailable(cause("without an error code")),
        None => unreadable(),
        Some(code) if THROTTLING.contains(&code) || status == 429 => {
            Error::Throttled(cause(name(code)))
        }
        Some(code) if PASSING.contains(&code) || status == 408 || status >= 500 => {
            Error::Unavailable(cause(name(code)))
        }
        Some(code) => Error::Failure(cause(name(code))),
    }
}

/// What it means that a transaction was cancelled for reasons with these codes, none of which is a
/// condition.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub(super) fn cancelled(codes: &[&str]) -> Error {
    const PASSING: &[&str] =
        &["ProvisionedThroughputExceeded", "ThrottlingError", "TransactionConflict"];
    let cause = || {
        let code = codes.first().map_or("no reason", |code| name(code));
        format!("DynamoDB cancelled a transaction for {code}").into()
    };
    if !codes.is_empty() && codes.iter().all(|code| PASSING.contains(code)) {
        Error::Throttled(cause())
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

/// What it means that there is no connection.
pub(super) fn unconnected(failure: &ConnectorError) -> Error {
    let source = std::error::Error::source(failure);
    let sources = || std::iter::successors(source, |error| error.source());
    // The SDK tells of missing credentials as of a connection that failed.
    if sources().any(|error| error.is::<CredentialsError>()) {
        Error::Failure("there are no credentials for DynamoDB".into())
    } else if sources().any(is_untrusted) {
        Error::Failure("the certificate of the DynamoDB endpoint is not trusted".into())
    } else {
        unanswered(failure.is_timeout())
    }
}

/// Whether an error is that of a certificate: another authority, another name, expired.
fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(io) = error.downcast_ref::<std::io::Error>() {
        // The source of an I/O error is that of the error that it wraps, and not that error itself.
        return io.get_ref().is_some_and(|wrapped| is_untrusted(wrapped));
    }
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}

/// What it means that nothing was sent.
pub(super) fn unmade() -> Error {
    Error::Failure("the request to DynamoDB could not be made".into())
}

/// What it means that there is an answer, and that it makes no sense: something between here and
/// DynamoDB damaged it or made it up.
pub(super) fn unreadable() -> Error {
    Error::Unavailable("DynamoDB's answer could not be read".into())
}

/// The code if it is a word, for whatever answers in DynamoDB's place could put anything there.
fn name(code: &str) -> &str {
    let word = code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric());
    if word { code } else { "an unreadable error code" }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::put_item::PutItemError;

    use super::*;

    /// Of each row of the table in this file: the first cell's text and codes, the error, and
    /// whether it is repeated.
    fn rows() -> Vec<(&'static str, Vec<&'static str>, &'static str, bool)> {
        let lines =
            include_str!("failure.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
        lines
            .skip(2)
            .map(|line| {
                let cells: Vec<_> = line.trim_end_matches(" |").split(" | ").collect();
                let [what, error, repeated] = cells[..] else { panic!("{line}") };
                let codes = what.split('`').skip(1).step_by(2).collect();
                (what, codes, error.trim_matches('`'), repeated == "yes")
            })
            .collect()
    }

    #[test]
    fn every_row_of_the_table_is_true() {
        for (what, codes, expected, repeated) in rows() {
            let mut errors: Vec<_> = codes.iter().map(|code| answered(400, Some(code))).collect();
            if what.contains("status 429") {
                errors.extend([answered(429, None), answered(429, Some("Other"))]);
            }
            if what.contains("status 408 or 5xx") {
                errors.extend(
                    [408, 500, 502, 503, 504].map(|status| answered(status, Some("Other"))),
                );
                errors.push(answered(500, None));
            }
            if what.contains("can't be read") {
                errors.extend([unreadable(), answered(200, None), answered(400, None)]);
            }
            if what.contains("cancelled") {
                errors.push(cancelled(&["TransactionConflict"]));
                errors.push(cancelled(&["ThrottlingError", "ProvisionedThroughputExceeded"]));
            }
            if what.contains("any other code") {
                errors.extend([cancelled(&["ValidationError", "ThrottlingError"]), cancelled(&[])]);
            }
            if what.contains("no connection") {
                errors.push(unanswered(false));
            }
            if what.contains("not trusted") {
                let unknown = rustls::CertificateError::UnknownIssuer;
                let tls = std::io::Error::other(rustls::Error::InvalidCertificate(unknown));
                let failed = ConnectorError::io(std::io::Error::other(tls).into());
                errors.push(error(&SdkError::<PutItemError>::dispatch_failure(failed)));
            }
            if what.contains("no answer") {
                errors.push(unanswered(true));
            }
            if what.contains("no credentials") {
                errors.push(error(&SdkError::<PutItemError>::construction_failure("none")));
                let none = CredentialsError::not_loaded("none");
                let none = ConnectorError::other(none.into(), None);
                errors.push(error(&SdkError::<PutItemError>::dispatch_failure(none)));
            }
            assert!(!errors.is_empty(), "no example of: {what}");
            for error in errors {
                assert_eq!(error.name(), expected, "{what}: {error:?}");
                assert_eq!(error.retry_after().is_some(), repeated, "{what}: {error:?}");
            }
        }
    }

    #[test]
    fn no_code_is_missing_in_the_table() {
        let rows = rows();
        for code in THROTTLING.iter().chain(PASSING) {
            let times = rows.iter().filter(|(_, codes, ..)| codes.contains(code)).count();
            assert_eq!(times, 1, "{code}");
        }
    }

    #[test]
    fn a_cause_tells_no_more_than_a_word_of_what_was_answered() {
        let error = answered(400, Some("x y <script>"));
        assert_eq!(error.cause(), Some("DynamoDB answered 400 an unreadable error code"));
    }
}
