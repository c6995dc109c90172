//! Meetings.

use std::collections::BTreeMap;

use super::enumeration::enumeration;
use super::{
    ExternalMeetingId, Features, MediaRegion, MeetingHostId, MeetingId, TagKey, TagValue, TenantId,
};

enumeration! {
    /// The kind of IP addresses for a meeting's media.
    NetworkType {
        /// Only IPv4.
        Ipv4Only = "Ipv4Only",
        /// IPv4 and IPv6.
        DualStack = "DualStack",
    }
}

/// The maximum number of replicas of a meeting.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/dg/media-replication.html>
pub const MAX_REPLICAS: usize = 4;

/// Tags by key.
pub type Tags = BTreeMap<TagKey, TagValue>;

/// A meeting as it was created. As long as it is active, its request's token names it.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The id, derived from the request's token.
    pub meeting_id: MeetingId,
    /// The meeting's id in the builder's application.
    pub external_meeting_id: ExternalMeetingId,
    /// The region of the media.
    pub media_region: MediaRegion,
    /// The id of the host. The API reserves it; the service stores and returns it.
    pub meeting_host_id: Option<MeetingHostId>,
    /// The features.
    pub features: Features,
    /// The primary meeting, if this one is its replica. It was active when this one was created.
    pub primary_meeting_id: Option<MeetingId>,
    /// Up to 5 tenants; empty if the request named none.
    pub tenant_ids: Vec<TenantId>,
}

/// A meeting to create, and its first tags.
#[derive(Debug)]
pub struct NewMeeting {
    /// The meeting.
    pub meeting: Meeting,
    /// The tags.
    pub tags: Tags,
}
