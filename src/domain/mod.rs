//! The values of the API. Each type that has rules can only be created by parsing, so a value of the
//! type proves that its rules are satisfied.
//!
//! A failed parse returns all [`Constraint`]s that were broken, each with its text for a message. This
//! module does not depend on HTTP, JSON or DynamoDB, except for the type of URIs in the crate `http`.

mod arn;
mod attendee;
mod capabilities;
mod client_request_token;
mod constraint;
mod enumeration;
mod external_id;
mod features;
mod guid;
mod join_token;
mod media_placement;
mod media_region;
mod meeting;
mod page_token;
mod rule;
mod sensitive;
mod tag;
mod tenant_id;
mod transcription;

pub use arn::{ResourceArn, TargetArn, meeting_arn};
pub use attendee::Attendee;
pub use capabilities::{Capabilities, MediaCapability};
pub use client_request_token::ClientRequestToken;
pub use constraint::{Constraint, Constraints};
pub use external_id::{ExternalMeetingId, ExternalUserId, MeetingHostId};
pub use features::{ContentResolution, ExcludedMedia, FeatureStatus, Features, VideoResolution};
pub use guid::{AttendeeId, MeetingId};
pub use join_token::JoinToken;
pub use media_placement::{InvalidMediaPlacement, MediaPlacement, MediaPlacementMembers};
pub use media_region::MediaRegion;
pub use meeting::{MAX_REPLICAS, Meeting, NetworkType, NewMeeting, Tags};
pub use page_token::PageToken;
pub use tag::{MAX_TAGS, TagKey, TagValue};
pub use tenant_id::TenantId;
pub use transcription::{Engine, SettingRule, Transcribe, TranscribeMedical};
