//! Every error that leaves the service, and its rendering.
//!
//! | error | status | meaning |
//! | --- | --- | --- |
//! | `BadRequestException` | 400 | the request breaks a rule of the API |
//! | `LimitExceededException` | 400 | the meeting has its maximum number of attendees, or the primary meeting its maximum number of replicas |
//! | `TooManyTagsException` | 400 | the meeting would exceed the maximum number of tags |
//! | `ResourceNotFoundException` | 404 | no active meeting has this ARN |
//! | `NotFoundException` | 404 | the meeting does not exist or has ended, or it has no such attendee |
//! | `UnknownOperationException` | 404 | no operation has this method, path and query |
//! | `ConflictException` | 409 | the meeting of the token has ended |
//! | `UnprocessableEntityException` | 422 | the user already has other capabilities in the meeting |
//! | `ThrottlingException` | 429 | DynamoDB keeps throttling |
//! | `ServiceFailureException` | 500 | anything unexpected |
//! | `ServiceUnavailableException` | 503 | DynamoDB did not answer in time |
//!
//! An operation only returns errors that the [service model][model] lists for it, because an SDK can't
//! parse any other. AWS's own protocol tests require `UnknownOperationException` where there is no
//! operation. The gateway returns `UnauthorizedException` and `ForbiddenException`.
//!
//! [model]: https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateAttendee.html#API_meeting-chime_CreateAttendee_Errors

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use crate::domain::{AttendeeId, ResourceArn};
use crate::violations::Violations;

/// The reason why a request fails. It contains no value of the request, except for the ARN that the
/// service model returns to the caller; the `Debug` form does not show that either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Members of the request break rules.
    Invalid(Violations),
    /// The request can't be read, or its primary meeting can't have replicas; contains the message.
    BadRequest(&'static str),
    /// The meeting has its maximum number of attendees.
    MeetingFull,
    /// The primary meeting has its maximum number of replicas.
    TooManyReplicas,
    /// The meeting does not exist: it was never created, or its item has been removed.
    NoSuchMeeting,
    /// The meeting was deleted, or its lifetime is over.
    MeetingEnded,
    /// The meeting has no such attendee.
    NoSuchAttendee,
    /// No active meeting has the ARN of the request.
    NoSuchResource(ResourceArn),
    /// The meeting with the ARN of the request would exceed the maximum number of tags.
    TooManyTags(ResourceArn),
    /// No operation has the method, the path and the `operation` query parameter of the request.
    UnknownOperation,
    /// The request token was used before, and the meeting that it created has ended.
    TokenUsed,
    /// The external user id was used before with other capabilities.
    OtherCapabilities,
    /// DynamoDB keeps throttling; contains the cause for the log.
    Throttled(Cause),
    /// DynamoDB did not answer in time; contains the cause for the log.
    Unavailable(Cause),
    /// The item of an attendee has an attribute that this service would not have written; contains
    /// the attendee's id, if that can be read, and the cause for the log, which names the attribute.
    UnreadableAttendee(Option<AttendeeId>, Cause),
    /// Anything unexpected; contains the cause for the log.
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

/// Why the service failed, for the log: names of errors and locations in the code, never data.
pub type Cause = Cow<'static, str>;

/// The seconds after which the caller should retry a throttled or unavailable request.
const RETRY_AFTER_SECONDS: u16 = 1;

impl Error {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.shape().0
    }

    /// The name of the exception in the service model, for `x-amzn-ErrorType` and the member `Code`.
    pub fn name(&self) -> &'static str {
        self.shape().1
    }

    /// The seconds for `Retry-After`; `None` where a retry can't help.
    pub fn retry_after(&self) -> Option<u16> {
        match self {
            Self::Throttled(_) | Self::Unavailable(_) => Some(RETRY_AFTER_SECONDS),
            _ => None,
        }
    }

    /// The cause for the log; `None` for an error that the caller made.
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Throttled(cause)
            | Self::Unavailable(cause)
            | Self::UnreadableAttendee(_, cause)
            | Self::Failure(cause) => Some(cause),
            _ => None,
        }
    }

    /// The id of an attendee that can't be read, for the log.
    pub fn attendee_id(&self) -> Option<AttendeeId> {
        match self {
            Self::UnreadableAttendee(attendee_id, _) => *attendee_id,
            _ => None,
        }
    }

    /// The `ErrorCode` of an error about one item of a batch.
    pub fn code(&self) -> &'static str {
        self.shape().2
    }

    /// The JSON document of the error, as restJson1 and the service model define it.
    pub fn body(&self, request_id: &str) -> String {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Body<'a> {
            code: &'static str,
            message: Cow<'static, str>,
            request_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            resource_name: Option<&'a str>,
        }
        // Some SDKs read the exception's type from `Code` before they look at the header.
        let (code, message) = (self.name(), self.message());
        let body = Body { code, message, request_id, resource_name: self.resource_name() };
        // Strings always serialize; an empty document would still have its headers.
        serde_json::to_string(&body).unwrap_or_default()
    }

    /// The ARN of the request, for the two exceptions that have the member `ResourceName`.
    fn resource_name(&self) -> Option<&str> {
        match self {
            Self::NoSuchResource(arn) | Self::TooManyTags(arn) => Some(arn.expose()),
            _ => None,
        }
    }

    /// The status, the name of the exception, and the `ErrorCode` of one item of a batch.
    fn shape(&self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Invalid(_) | Self::BadRequest(_) => (400, "BadRequestException", "BadRequest"),
            Self::MeetingFull | Self::TooManyReplicas => {
                (400, "LimitExceededException", "LimitExceeded")
            }
            Self::NoSuchMeeting | Self::MeetingEnded | Self::NoSuchAttendee => {
                (404, "NotFoundException", "NotFound")
            }
            Self::NoSuchResource(_) => (404, "ResourceNotFoundException", "NotFound"),
            Self::TooManyTags(_) => (400, "TooManyTagsException", "TooManyTags"),
            Self::UnknownOperation => (404, "UnknownOperationException", "UnknownOperation"),
            Self::TokenUsed => (409, "ConflictException", "Conflict"),
            Self::OtherCapabilities => (422, "UnprocessableEntityException", "Unprocessable"),
            Self::Throttled(_) => (429, "ThrottlingException", "Throttling"),
            Self::UnreadableAttendee(..) | Self::Failure(_) => {
                (500, "ServiceFailureException", "ServiceFailure")
            }
            Self::Unavailable(_) => (503, "ServiceUnavailableException", "ServiceUnavailable"),
        }
    }

    /// The message for the caller. It names members and rules, never a value, so it can be logged too.
    pub fn message(&self) -> Cow<'static, str> {
        let message = match self {
            Self::Invalid(violations) => return sentence(violations).into(),
            Self::BadRequest(message) => message,
            Self::MeetingFull => "The meeting holds its maximum number of attendees",
            Self::TooManyReplicas => "The primary meeting has its maximum number of replicas",
            Self::NoSuchMeeting => "The meeting does not exist",
            Self::MeetingEnded => "The meeting has ended",
            Self::NoSuchAttendee => "The attendee does not exist",
            Self::NoSuchResource(_) => "The resource does not exist, or has ended",
            Self::TooManyTags(_) => "A meeting can have at most 50 tags",
            Self::UnknownOperation => {
                "The operation is not supported, or a segment of the path is empty, such as an id"
            }
            Self::TokenUsed => "The ClientRequestToken was used for a meeting that has ended",
            Self::OtherCapabilities => {
                "The ExternalUserId is in the meeting already, with other Capabilities"
            }
            Self::Throttled(_) => "The request rate is too high; try again later",
            Self::Unavailable(_) => "The service is unavailable; try again later",
            Self::UnreadableAttendee(..) | Self::Failure(_) => {
                "The service failed to handle the request"
            }
        };
        message.into()
    }
}

/// The maximum length of a message, in characters: that of the model's shape `String`, less the room
/// for the number of violations that are left out.
const MAX_MESSAGE_LENGTH: usize = 4096 - " (and 9999999999 more)".len();

/// Lists violations in the format of AWS: `1 validation error detected: Value at 'externalUserId'
/// failed to satisfy constraint: Member must not be null`.
fn sentence(violations: &Violations) -> String {
    let count = violations.iter().len();
    let errors = if count == 1 { "error" } else { "errors" };
    let mut sentence = format!("{count} validation {errors} detected: ");
    for (index, violation) in violations.iter().enumerate() {
        let separator = if index == 0 { "" } else { "; " };
        let next = format!(
            "{separator}Value at '{}' failed to satisfy constraint: {}",
            violation.member, violation.constraint
        );
        // In bytes, which are never fewer than the characters.
        if sentence.len() + next.len() > MAX_MESSAGE_LENGTH {
            // Writing to a String can't fail.
            let _ = write!(sentence, " (and {} more)", count - index);
            break;
        }
        sentence.push_str(&next);
    }
    sentence
}
