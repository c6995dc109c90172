//! The tables: the one definition of their keys, index and attributes. The emulator, the tests and
//! whoever deploys the tables take them from here.

/// The attribute by which DynamoDB's time to live removes items of both tables, days late at
/// times: every condition compares the time itself. In seconds since 1970.
pub const TIME_TO_LIVE: &str = "ExpiresAt";

/// A table's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Partition key, a string.
    pub partition_key: &'static str,
    /// Sort key, a string, where there is one.
    pub sort_key: Option<&'static str>,
    /// A local secondary index, where there is one; it can't be added to a table later.
    pub local_index: Option<LocalIndex>,
}

/// A local secondary index that projects every attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalIndex {
    /// The index's name.
    pub name: &'static str,
    /// Its sort key, a string; the partition key is its table's.
    pub sort_key: &'static str,
}

/// One item a meeting, which also holds the seats that are taken.
pub const MEETINGS: Table =
    Table { partition_key: meeting::MEETING_ID, sort_key: None, local_index: None };

/// Finds attendees by their ids.
pub(super) const BY_ATTENDEE_ID: &str = "ByAttendeeId";

/// One item an attendee, under the name of its user.
pub const ATTENDEES: Table = Table {
    partition_key: attendee::MEETING_ID,
    sort_key: Some(attendee::EXTERNAL_USER_ID),
    local_index: Some(LocalIndex { name: BY_ATTENDEE_ID, sort_key: attendee::ATTENDEE_ID }),
};

/// Attributes of a meeting. What a request did not name is absent.
pub(super) mod meeting {
    pub(in crate::store) const MEETING_ID: &str = "MeetingId";
    pub(in crate::store) const EXTERNAL_MEETING_ID: &str = "ExternalMeetingId";
    pub(in crate::store) const MEDIA_REGION: &str = "MediaRegion";
    pub(in crate::store) const MEETING_HOST_ID: &str = "MeetingHostId";
    pub(in crate::store) const PRIMARY_MEETING_ID: &str = "PrimaryMeetingId";
    pub(in crate::store) const NETWORK_TYPE: &str = "MediaPlacementNetworkType";
    /// A list of strings.
    pub(in crate::store) const TENANT_IDS: &str = "TenantIds";
    pub(in crate::store) const ECHO_REDUCTION: &str = "EchoReduction";
    pub(in crate::store) const VIDEO_RESOLUTION: &str = "VideoMaxResolution";
    pub(in crate::store) const CONTENT_RESOLUTION: &str = "ContentMaxResolution";
    /// A number, as it was asked for.
    pub(in crate::store) const MAX_COUNT: &str = "MaxCount";
    pub(in crate::store) const LAMBDA_FUNCTION_ARN: &str = "LambdaFunctionArn";
    pub(in crate::store) const SNS_TOPIC_ARN: &str = "SnsTopicArn";
    pub(in crate::store) const SQS_QUEUE_ARN: &str = "SqsQueueArn";
    /// A map of strings: the tags as they are now.
    pub(in crate::store) const TAGS: &str = "MeetingTags";
    /// A map of strings: the tags as they were given at creation.
    pub(in crate::store) const TAGS_AT_CREATION: &str = "TagsAtCreation";
    /// A map of one map, the settings of an engine, as they were given; absent while there are none.
    pub(in crate::store) const TRANSCRIPTION: &str = "TranscriptionConfiguration";
    /// Stands for the attendees that were asked for together with the meeting.
    pub(in crate::store) const ATTENDEES: &str = "AttendeesAtCreation";
    /// A set of `Video` and `Content`: what follows from the resolutions.
    pub(in crate::store) const EXCLUDED_MEDIA: &str = "ExcludedMedia";
    /// A number: how many seats there are.
    pub(in crate::store) const MAX_ATTENDEES: &str = "MaxAttendees";
    /// Seconds since 1970; there once the meeting was deleted.
    pub(in crate::store) const ENDED_AT: &str = "EndedAt";
    /// A set of binaries, 16 bytes a user; absent while nobody has a seat, for there are no empty
    /// sets.
    pub(in crate::store) const SEATS: &str = "Seats";
}

/// Attributes of an attendee.
pub(super) mod attendee {
    pub(in crate::store) const MEETING_ID: &str = "MeetingId";
    pub(in crate::store) const EXTERNAL_USER_ID: &str = "ExternalUserId";
    pub(in crate::store) const ATTENDEE_ID: &str = "AttendeeId";
    pub(in crate::store) const JOIN_TOKEN: &str = "JoinToken";
    /// Seconds since 1970; makes a tombstone of the item, which has no token and no capabilities.
    pub(in crate::store) const DELETED_AT: &str = "DeletedAt";
    /// A map of `Audio`, `Video` and `Content`.
    pub(in crate::store) const CAPABILITIES: &str = "Capabilities";
    /// The same, as they were at creation; absent while nobody has changed them.
    pub(in crate::store) const CREATED_WITH: &str = "CreatedWithCapabilities";
    /// A number: how often the capabilities were changed; absent while nobody has.
    pub(in crate::store) const REVISION: &str = "Revision";
    pub(in crate::store) const AUDIO: &str = "Audio";
    pub(in crate::store) const VIDEO: &str = "Video";
    pub(in crate::store) const CONTENT: &str = "Content";
}
