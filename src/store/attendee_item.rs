//! Maps an attendee to its item, and back.

use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{self, Item, Unreadable, as_written};
use super::schema::EXPIRES_AT;
use super::schema::attendee::{
    ATTENDEE_ID, AUDIO, CAPABILITIES, CONTENT, CREATED_WITH, DELETED_AT, EXTERNAL_USER_ID,
    JOIN_TOKEN, MEETING_ID, REVISION, VIDEO,
};
use crate::clock::Timestamp;
use crate::domain::{
    Attendee, AttendeeId, Capabilities, ExternalUserId, JoinToken, MediaCapability, MeetingId,
};
use crate::error::Error;

/// An item of the attendees table, which need not be readable.
pub struct AttendeeItem(pub(super) Item);

impl AttendeeItem {
    /// Whether it is a tombstone.
    pub fn is_deleted(&self) -> bool {
        self.0.contains_key(DELETED_AT)
    }

    /// The attendee, or the error for a tombstone.
    pub fn attendee(&self) -> Result<Attendee, Error> {
        match StoredAttendee::from_item(&self.0)? {
            StoredAttendee::Present(attendee) => Ok(attendee),
            StoredAttendee::Deleted(_) => Err(Error::NoSuchAttendee),
        }
    }
}

/// What an item of the attendees table contains.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StoredAttendee {
    /// An attendee.
    Present(Attendee),
    /// The tombstone of the attendee with this id.
    Deleted(AttendeeId),
}

impl StoredAttendee {
    /// Reads an item. The error is [`Error::UnreadableAttendee`].
    pub(super) fn from_item(item: &Item) -> Result<Self, Error> {
        let stored = if item.contains_key(DELETED_AT) {
            attendee_id(item).map(Self::Deleted)
        } else {
            from_item(item).map(Self::Present)
        };
        stored.map_err(|unreadable| {
            Error::UnreadableAttendee(attendee_id(item).ok(), unreadable.cause())
        })
    }
}

/// The item of a new attendee. DynamoDB may remove it at `expires_at` or later.
pub(super) fn to_item(meeting_id: MeetingId, attendee: &Attendee, expires_at: Timestamp) -> Item {
    Item::from(
        [
            (MEETING_ID, item::string(meeting_id.to_string())),
            (EXTERNAL_USER_ID, item::string(attendee.external_user_id.expose())),
            (ATTENDEE_ID, item::string(attendee.attendee_id.to_string())),
            (JOIN_TOKEN, item::string(attendee.join_token.expose())),
            (CAPABILITIES, write_capabilities(attendee.capabilities)),
            (EXPIRES_AT, item::number(expires_at)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

fn from_item(item: &Item) -> Result<Attendee, Unreadable> {
    let capabilities = read_capabilities(item, CAPABILITIES)?;
    Ok(Attendee {
        attendee_id: attendee_id(item)?,
        external_user_id: item::read(item, EXTERNAL_USER_ID, ExternalUserId::parse)?,
        join_token: JoinToken::stored(item::read_string(item, JOIN_TOKEN)?.to_owned()),
        capabilities,
        // Only an item whose capabilities were changed has those of its creation.
        created_with: if item.contains_key(CREATED_WITH) {
            read_capabilities(item, CREATED_WITH)?
        } else {
            capabilities
        },
        revision: revision(item)?,
    })
}

fn attendee_id(item: &Item) -> Result<AttendeeId, Unreadable> {
    item::read(item, ATTENDEE_ID, as_written(AttendeeId::parse))
}

/// The number of changes; the attribute is absent, and never zero, while there are none.
fn revision(item: &Item) -> Result<u64, Unreadable> {
    match item::read_number(item, REVISION)? {
        // The greatest number has no next one.
        Some(0 | u64::MAX) => Err(Unreadable(REVISION)),
        number => Ok(number.unwrap_or(0)),
    }
}

/// Capabilities as an attribute.
pub(super) fn write_capabilities(capabilities: Capabilities) -> AttributeValue {
    let media = [
        (AUDIO, capabilities.audio()),
        (VIDEO, capabilities.video()),
        (CONTENT, capabilities.content()),
    ];
    let media = media.map(|(name, medium)| (name.to_owned(), item::string(medium.as_str())));
    AttributeValue::M(Item::from(media))
}

fn read_capabilities(item: &Item, name: &'static str) -> Result<Capabilities, Unreadable> {
    let Some(AttributeValue::M(media)) = item.get(name) else {
        return Err(Unreadable(name));
    };
    let medium =
        |member| item::read(media, member, MediaCapability::parse).map_err(|_| Unreadable(name));
    Capabilities::new(medium(AUDIO)?, medium(VIDEO)?, medium(CONTENT)?)
        .map_err(|_| Unreadable(name))
}
