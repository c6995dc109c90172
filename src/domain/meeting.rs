//! Meetings.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::enumeration::enumeration;
use super::{
    ExternalMeetingId, Features, MediaRegion, MeetingHostId, MeetingId, TagKey, TagValue,
    TargetArn, TenantId,
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

/// A meeting as it was created. A CreateMeeting request whose token was used before is a replay if its
/// meeting equals the stored one.
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
    /// The targets of notifications. The service stores them, but sends no notifications and never returns
    /// the targets.
    pub notifications: Notifications,
    /// The kind of IP addresses for the media. The service only stores it.
    pub network_type: Option<NetworkType>,
    /// A digest of the tags of the request; `None` if it had none. Later changes of the meeting's tags
    /// don't change it.
    pub tags_digest: Option<Uuid>,
    /// A digest of the attendees that CreateMeetingWithAttendees creates; `None` for CreateMeeting.
    pub attendees_digest: Option<Uuid>,
}

/// A meeting to create, and its first tags.
#[derive(Debug)]
pub struct NewMeeting {
    /// The meeting, with the digest of the tags.
    pub meeting: Meeting,
    /// The tags.
    pub tags: Tags,
}

impl MeetingId {
    /// A digest of tags of this meeting, whatever their order is; `None` if there are none.
    pub fn digest_of_tags(self, tags: &Tags) -> Option<Uuid> {
        // Neither keys nor values contain NUL.
        let text =
            |(key, value): (&TagKey, &TagValue)| format!("{}\0{}\0", key.as_str(), value.as_str());
        (!tags.is_empty()).then(|| self.digest_of(&tags.iter().map(text).collect::<String>()))
    }
}

/// `NotificationsConfiguration`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notifications {
    /// `LambdaFunctionArn`
    pub lambda_function: Option<TargetArn>,
    /// `SnsTopicArn`
    pub sns_topic: Option<TargetArn>,
    /// `SqsQueueArn`
    pub sqs_queue: Option<TargetArn>,
}
