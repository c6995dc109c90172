//! The rules that a value can break, as data.

use std::fmt;

/// A rule of the API that a value broke. Its [`Display`](fmt::Display) form is the text that AWS writes
/// after "failed to satisfy constraint:". It never contains the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// A required member is absent or `null`.
    Required,
    /// The JSON value has another type than this one, for example `a string`.
    Type(&'static str),
    /// The text has fewer Unicode code points, or the list fewer elements, than this.
    MinLength(usize),
    /// The text has more Unicode code points, or the list more elements, than this.
    MaxLength(usize),
    /// The number is less than this.
    MinValue(i64),
    /// The number is greater than this.
    MaxValue(i64),
    /// The list names a key twice.
    UniqueKeys,
    /// The text does not match this regular expression of the service model.
    Pattern(&'static str),
    /// The text begins with this reserved prefix, in upper or lower case.
    ReservedPrefix(&'static str),
    /// The text is not one of these values.
    OneOf(&'static [&'static str]),
    /// The content capability receives, but the video capability does not.
    ContentNeedsVideo,
    /// The meeting excludes this medium, and the capability is not `None`.
    ExcludedByMeeting(&'static str),
    /// The text is not a page token of this meeting's list.
    PageToken,
    /// A meeting with the highest resolutions has no maximum number of attendees, or a greater one than
    /// this.
    HighResolutionNeedsCount(u64),
    /// The request has the settings of no transcription engine, or of both.
    OneEngine,
}

/// The rules that one value broke; never empty in an error.
pub type Constraints = Vec<Constraint>;

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => write!(f, "Member must not be null"),
            Self::Type(expected) => write!(f, "Member must be {expected}"),
            Self::MinLength(min) => {
                write!(f, "Member must have length greater than or equal to {min}")
            }
            Self::MaxLength(max) => {
                write!(f, "Member must have length less than or equal to {max}")
            }
            Self::MinValue(min) => {
                write!(f, "Member must have value greater than or equal to {min}")
            }
            Self::MaxValue(max) => {
                write!(f, "Member must have value less than or equal to {max}")
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
            Self::HighResolutionNeedsCount(max) => write!(
                f,
                "Member must have a value of at most {max} where \
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
