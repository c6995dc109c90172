//! What a value failed to satisfy, as data.

use std::fmt;

/// One rule of the service model that a value broke. Its [`Display`](fmt::Display) form is the
/// half-sentence that AWS puts behind "failed to satisfy constraint:"; it never holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// A required member is absent or `null`.
    Required,
    /// The JSON value is of another type; holds the type it has to be, for example `a string`.
    Type(&'static str),
    /// Fewer Unicode code points than this.
    MinLength(usize),
    /// More Unicode code points than this.
    MaxLength(usize),
    /// Less than this.
    MinValue(i64),
    /// More than this.
    MaxValue(i64),
    /// Names one key twice.
    UniqueKeys,
    /// Does not match this regular expression, written as in the service model.
    Pattern(&'static str),
    /// Begins with this prefix, which is reserved in any case.
    ReservedPrefix(&'static str),
    /// Is none of these.
    OneOf(&'static [&'static str]),
    /// Content `SendReceive` or `Receive` beside a video capability that does not receive.
    ContentNeedsVideo,
    /// Another capability than `None` for a medium, named here, that the meeting does without.
    ExcludedByMeeting(&'static str),
    /// No token that this list has given.
    PageToken,
    /// No count of attendees, or a larger one than this, beside the highest resolutions.
    HighResolutionNeedsCount(u64),
    /// The settings of no engine of transcription, or of both.
    OneEngine,
}

/// Every rule that one value broke; never empty.
pub type Constraints = Vec<Constraint>;

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => write!(f, "Member must not be null"),
            Self::Type(expected) => write!(f, "Member must be {expected}"),
            Self::MinLength(least) => {
                write!(f, "Member must have length greater than or equal to {least}")
            }
            Self::MaxLength(most) => {
                write!(f, "Member must have length less than or equal to {most}")
            }
            Self::MinValue(least) => {
                write!(f, "Member must have value greater than or equal to {least}")
            }
            Self::MaxValue(most) => {
                write!(f, "Member must have value less than or equal to {most}")
            }
            Self::UniqueKeys => write!(f, "Member must have unique keys"),
            Self::Pattern(pattern) => {
                write!(f, "Member must satisfy regular expression pattern: {pattern}")
            }
            Self::ReservedPrefix(prefix) => {
                write!(f, "Member must not begin with the reserved prefix {prefix}")
            }
            Self::OneOf(values) => {
                write!(f, "Member must satisfy enum value set: [{}]", values.join(", "))
            }
            Self::ContentNeedsVideo => write!(
                f,
                "Member can be SendReceive or Receive only where capabilities.video is \
                 SendReceive or Receive"
            ),
            Self::ExcludedByMeeting(medium) => {
                write!(f, "Member must be None, because the meeting has no {medium}")
            }
            Self::PageToken => write!(f, "Member must be a NextToken of this meeting's list"),
            Self::HighResolutionNeedsCount(most) => write!(
                f,
                "Member must have a value of at most {most} where \
                 meetingFeatures.video.maxResolution is FHD or \
                 meetingFeatures.content.maxResolution is UHD"
            ),
            Self::OneEngine => write!(
                f,
                "Member must have exactly one of engineTranscribeSettings and \
                 engineTranscribeMedicalSettings"
            ),
        }
    }
}
