//! The only definition of the tables' keys, index and attributes. The local emulator uses it, and
//! tests compare template.yaml with it.

/// The attribute for DynamoDB's time to live in both tables, in seconds since 1970. DynamoDB
/// removes some items days late, so every condition compares the time itself.
pub const EXPIRES_AT: &str = "ExpiresAt";

/// The keys of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// The partition key, a string.
    pub partition_key: &'static str,
    /// The sort key, a string, if the table has one.
    pub sort_key: Option<&'static str>,
    /// The local secondary index, if the table has one. It can't be added to an existing table.
    pub local_index: Option<LocalIndex>,
}

/// A local secondary index that projects every attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalIndex {
    /// The name of the index.
    pub name: &'static str,
    /// The sort key, a string. The partition key is that of the table.
    pub sort_key: &'static str,
}

/// The partition key of both tables.
pub(super) const PARTITION_KEY: &str = "MeetingId";

/// The meetings table. It has one item per meeting, with the meeting's reserved seats.
pub const MEETINGS: Table =
    Table { partition_key: meeting::MEETING_ID, sort_key: None, local_index: None };

/// The index that finds attendees by their ids.
pub(super) const BY_ATTENDEE_ID: &str = "ByAttendeeId";

/// The attendees table. It has one item per user of a meeting: the user's attendee, or its
/// tombstone.
pub const ATTENDEES: Table = Table {
    partition_key: attendee::MEETING_ID,
    sort_key: Some(attendee::EXTERNAL_USER_ID),
    local_index: Some(LocalIndex { name: BY_ATTENDEE_ID, sort_key: attendee::ATTENDEE_ID }),
};

/// The attributes of a meeting. Members that the request did not have are absent.
pub(super) mod meeting {
    pub(in crate::store) const MEETING_ID: &str = super::PARTITION_KEY;
    pub(in crate::store) const EXTERNAL_MEETING_ID: &str = "ExternalMeetingId";
    pub(in crate::store) const MEDIA_REGION: &str = "MediaRegion";
    pub(in crate::store) const MEETING_HOST_ID: &str = "MeetingHostId";
    pub(in crate::store) const PRIMARY_MEETING_ID: &str = "PrimaryMeetingId";
    /// A list of strings.
    pub(in crate::store) const TENANT_IDS: &str = "TenantIds";
    pub(in crate::store) const ECHO_REDUCTION: &str = "EchoReduction";
    pub(in crate::store) const VIDEO_RESOLUTION: &str = "VideoMaxResolution";
    pub(in crate::store) const CONTENT_RESOLUTION: &str = "ContentMaxResolution";
    /// A number, as requested.
    pub(in crate::store) const MAX_COUNT: &str = "MaxCount";
    /// A map of strings: the current tags.
    pub(in crate::store) const TAGS: &str = "MeetingTags";
    /// An empty map. Version 0.1 can't read a meeting without it, and runs beside this one during a
    /// deployment.
    pub(in crate::store) const TAGS_AT_CREATION: &str = "TagsAtCreation";
    /// A set of `Video` and `Content`, derived from the resolutions.
    pub(in crate::store) const EXCLUDED_MEDIA: &str = "ExcludedMedia";
    /// A number: how many seats the meeting has.
    pub(in crate::store) const MAX_ATTENDEES: &str = "MaxAttendees";
    /// A string set: the ids of the meeting's active replicas. Absent while there are none.
    pub(in crate::store) const REPLICAS: &str = "Replicas";
    /// When the meeting was deleted, in seconds since 1970. Absent before that.
    pub(in crate::store) const ENDED_AT: &str = "EndedAt";
    /// A set of binaries, 16 bytes per user: the reserved seats. Absent while there are none,
    /// because DynamoDB has no empty sets.
    pub(in crate::store) const SEATS: &str = "Seats";
}

/// The attributes of an attendee.
pub(super) mod attendee {
    pub(in crate::store) const MEETING_ID: &str = super::PARTITION_KEY;
    pub(in crate::store) const EXTERNAL_USER_ID: &str = "ExternalUserId";
    pub(in crate::store) const ATTENDEE_ID: &str = "AttendeeId";
    pub(in crate::store) const JOIN_TOKEN: &str = "JoinToken";
    /// When the attendee was deleted, in seconds since 1970. An item with this attribute is a
    /// tombstone, which has no join token and no capabilities.
    pub(in crate::store) const DELETED_AT: &str = "DeletedAt";
    /// A map of `Audio`, `Video` and `Content`.
    pub(in crate::store) const CAPABILITIES: &str = "Capabilities";
    /// The same map, as it was at creation. Absent until the capabilities are changed.
    pub(in crate::store) const CREATED_WITH: &str = "CreatedWithCapabilities";
    /// A number: how often the capabilities were changed. Absent until they are.
    pub(in crate::store) const REVISION: &str = "Revision";
    pub(in crate::store) const AUDIO: &str = "Audio";
    pub(in crate::store) const VIDEO: &str = "Video";
    pub(in crate::store) const CONTENT: &str = "Content";
}
