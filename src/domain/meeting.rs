//! What attendees belong to.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::enumeration::enumeration;
use super::{
    ExternalMeetingId, Features, MediaRegion, MeetingHostId, MeetingId, TagKey, TagValue,
    TargetArn, TenantId,
};

enumeration! {
    /// The addresses that media would be sent to.
    NetworkType {
        /// IPv4 alone.
        Ipv4Only = "Ipv4Only",
        /// IPv4 and IPv6.
        DualStack = "DualStack",
    }
}

/// Tags by their keys.
pub type Tags = BTreeMap<TagKey, TagValue>;

/// A meeting as it was created. Two requests with one token make one meeting if these are equal.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// Derived from the request's token.
    pub meeting_id: MeetingId,
    /// The meeting, as the builder's application names it.
    pub external_meeting_id: ExternalMeetingId,
    /// Where its media would be.
    pub media_region: MediaRegion,
    /// Reserved by the API; kept and returned.
    pub meeting_host_id: Option<MeetingHostId>,
    /// What it offers.
    pub features: Features,
    /// The meeting whose media would be replicated; was active at creation.
    pub primary_meeting_id: Option<MeetingId>,
    /// None, or 1 to 5.
    pub tenant_ids: Vec<TenantId>,
    /// Who would be notified; kept, and told to nobody.
    pub notifications: Notifications,
    /// Which addresses media would be sent to; kept.
    pub network_type: Option<NetworkType>,
    /// The tags given at creation, whatever became of them.
    pub tags: Tags,
    /// Stands for the attendees that were asked for together with the meeting, if any.
    pub attendees: Option<Uuid>,
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
