//! Every error that leaves the service, and its one rendering.
//!
//! | error | status | meaning |
//! | --- | --- | --- |
//! | `BadRequestException` | 400 | the request breaks a rule of the API |
//! | `LimitExceededException` | 400 | the meeting is full |
//! | `TooManyTagsException` | 400 | the meeting would have more tags than it may |
//! | `ResourceNotFoundException` | 404 | no active meeting has this ARN |
//! | `NotFoundException` | 404 | no such meeting, or it has ended; no such attendee in it |
//! | `UnknownOperationException` | 404 | no such route |
//! | `ConflictException` | 409 | the token made another meeting; somebody else changed the attendee |
//! | `UnprocessableEntityException` | 422 | the user is there with other capabilities |
//! | `ThrottlingException` | 429 | DynamoDB keeps throttling |
//! | `ServiceFailureException` | 500 | anything unexpected |
//! | `ServiceUnavailableException` | 503 | DynamoDB did not answer in time |
//!
//! Only errors that the [service model][model] lists for an operation leave it, because an SDK can
//! make nothing of another; `UnknownOperationException` is what AWS's own protocol tests want where
//! there is no operation. `UnauthorizedException` and `ForbiddenException` are the gateway's.
//!
//! [model]: https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateAttendee.html#API_meeting-chime_CreateAttendee_Errors

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use crate::violations::Violations;

/// What can go wrong with a request. Holds no value of the request.
#[derive(Debug, PartialEq, Eq)]
pub enum Error {
    /// Members of the request break rules.
    Invalid(Violations),
    /// The request as a whole can't be read; holds the message.
    BadRequest(&'static str),
    /// The meeting holds its maximum of attendees.
    MeetingFull,
    /// There never was such a meeting, or it has been forgotten.
    NoSuchMeeting,
    /// The meeting was deleted, or is past its lifetime.
    MeetingEnded,
    /// The meeting has no such attendee.
    NoSuchAttendee,
    /// No active meeting has the ARN.
    NoSuchResource,
    /// The meeting would have more tags than it may.
    TooManyTags,
    /// No operation is bound to the method, the path and the `operation` query.
    UnknownOperation,
    /// The request token was used with other parameters, or its meeting has ended.
    TokenUsed,
    /// Somebody else changed the attendee at the same time.
    ChangedMeanwhile,
    /// The external user id was used with other capabilities.
    OtherCapabilities,
    /// DynamoDB keeps throttling; holds the cause for the log.
    Throttled(Cause),
    /// DynamoDB did not answer in time; holds the cause for the log.
    Unavailable(Cause),
    /// Anything unexpected; holds the cause for the log.
    Failure(Cause),
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        match violations.about_body() {
            Some(message) => Self::BadRequest(message),
            None => Self::Invalid(violations),
        }
    }
}

/// Why the service failed, for the log: names of errors and places in the code, never data.
pub type Cause = Cow<'static, str>;

/// How an error is told to SDKs.
struct Shape {
    status: u16,
    /// The name of the exception. SDKs read it from `x-amzn-ErrorType` or from the member `Code`.
    name: &'static str,
    /// The `ErrorCode` of one item of several.
    code: &'static str,
}

/// Seconds after which a request that was throttled or found the service unavailable is worth
/// repeating.
const RETRY_AFTER_SECONDS: u16 = 1;

impl Error {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.shape().status
    }

    /// The name of the exception in the service model, for `x-amzn-ErrorType` and the member `Code`.
    pub fn name(&self) -> &'static str {
        self.shape().name
    }

    /// For `Retry-After`, in seconds, where repeating the request later can help.
    pub fn retry_after(&self) -> Option<u16> {
        match self {
            Self::Throttled(_) | Self::Unavailable(_) => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    /// For the log: what lay behind an error that is not the caller's.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Throttled(cause) | Self::Unavailable(cause) | Self::Failure(cause) => Some(cause),
            _ => None,
        }
    }

    /// The `ErrorCode` of an error that stands for one item of several.
    pub fn code(&self) -> &'static str {
        self.shape().code
    }

    /// The JSON document that SDKs read, as restJson1 and the service model have it.
    pub fn body(&self, request_id: &str) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Body<'a> {
            code: &'static str,
            message: Cow<'static, str>,
            request_id: &'a str,
        }
        // Some SDKs take the exception's type from here before they look at the header.
        let body = Body { code: self.name(), message: self.message(), request_id };
        // Three strings always serialize; an empty document would still carry its headers.
        serde_json::to_string(&body).unwrap_or_default()
    }

    fn shape(&self) -> Shape {
        let (status, name, code) = match self {
            Self::Invalid(_) | Self::BadRequest(_) => (400, "BadRequestException", "BadRequest"),
            Self::MeetingFull => (400, "LimitExceededException", "LimitExceeded"),
            Self::NoSuchMeeting | Self::MeetingEnded | Self::NoSuchAttendee => {
                (404, "NotFoundException", "NotFound")
            }
            Self::NoSuchResource => (404, "ResourceNotFoundException", "NotFound"),
            Self::TooManyTags => (400, "TooManyTagsException", "TooManyTags"),
            Self::UnknownOperation => (404, "UnknownOperationException", "UnknownOperation"),
            Self::TokenUsed | Self::ChangedMeanwhile => (409, "ConflictException", "Conflict"),
            Self::OtherCapabilities => (422, "UnprocessableEntityException", "Unprocessable"),
            Self::Throttled(_) => (429, "ThrottlingException", "Throttling"),
            Self::Failure(_) => (500, "ServiceFailureException", "ServiceFailure"),
            Self::Unavailable(_) => (503, "ServiceUnavailableException", "ServiceUnavailable"),
        };
        Shape { status, name, code }
    }

    /// The sentence for the caller.
    pub fn message(&self) -> Cow<'static, str> {
        match self {
            Self::Invalid(violations) => sentence(violations).into(),
            Self::BadRequest(message) => (*message).into(),
            Self::MeetingFull => "The meeting holds its maximum number of attendees".into(),
            Self::NoSuchMeeting => "The meeting does not exist".into(),
            Self::MeetingEnded => "The meeting has ended".into(),
            Self::ChangedMeanwhile => "The attendee was changed at the same time".into(),
            Self::NoSuchAttendee => "The attendee does not exist".into(),
            Self::NoSuchResource => "The resource does not exist, or has ended".into(),
            Self::TooManyTags => "A meeting can have 50 tags".into(),
            Self::UnknownOperation => "The operation is not supported".into(),
            Self::TokenUsed => "The ClientRequestToken was used for a meeting with other \
                                parameters, or for one that has ended"
                .into(),
            Self::OtherCapabilities => "The ExternalUserId is in the meeting already, with other \
                                        Capabilities"
                .into(),
            Self::Throttled(_) => "The request rate is too high; try again later".into(),
            Self::Unavailable(_) => "The service is unavailable; try again later".into(),
            Self::Failure(_) => "The service failed to handle the request".into(),
        }
    }
}

/// The most characters of a message: those of the model's shape `String`, less what tells of the
/// violations that are left out.
const LONGEST_MESSAGE: usize = 4096 - " (and 9999999999 more)".len();

/// In the manner of AWS: `1 validation error detected: Value at 'externalUserId' failed to satisfy
/// constraint: Member must not be null`.
fn sentence(violations: &Violations) -> String {
    let count = violations.iter().len();
    let errors = if count == 1 { "error" } else { "errors" };
    let mut sentence = format!("{count} validation {errors} detected: ");
    for (index, violation) in violations.iter().enumerate() {
        let between = if index == 0 { "" } else { "; " };
        let next = format!(
            "{between}Value at '{}' failed to satisfy constraint: {}",
            violation.member, violation.constraint
        );
        // In bytes, of which there are never fewer than characters.
        if sentence.len() + next.len() > LONGEST_MESSAGE {
            // Writing to a String can't fail.
            let _ = write!(sentence, " (and {} more)", count - index);
            break;
        }
        sentence.push_str(&next);
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Constraint;

    #[test]
    fn all_violations_are_told_in_one_sentence() {
        let mut violations = Violations::default();
        let _ = violations.check::<()>("externalUserId", Err(Constraint::MinLength(2)));
        assert_eq!(
            sentence(&violations),
            "1 validation error detected: Value at 'externalUserId' failed to satisfy \
             constraint: Member must have length greater than or equal to 2"
        );
        let _ = violations.check::<()>("capabilities.video", Err(Constraint::Required));
        assert_eq!(
            sentence(&violations),
            "2 validation errors detected: Value at 'externalUserId' failed to satisfy \
             constraint: Member must have length greater than or equal to 2; Value at \
             'capabilities.video' failed to satisfy constraint: Member must not be null"
        );
    }

    #[test]
    fn a_message_is_never_longer_than_the_model_allows() {
        let mut violations = Violations::default();
        for _ in 0..1_000 {
            let _ = violations.check::<()>("tags.1.member.key", Err(Constraint::Required));
        }
        let sentence = sentence(&violations);
        assert!(sentence.len() <= 4096 && sentence.len() > 3_900, "{}", sentence.len());
        assert!(sentence.starts_with("1000 validation errors detected: "));
        assert!(sentence.ends_with(" more)"), "{sentence}");
    }

    #[test]
    fn the_cause_of_a_failure_is_not_told_to_the_caller() {
        let error = Error::Failure("AccessDeniedException".into());
        assert_eq!(error.cause(), Some("AccessDeniedException"));
        assert!(!error.body("id").contains("AccessDenied"));
    }
}
