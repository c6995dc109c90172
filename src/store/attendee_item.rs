//! Maps an attendee to its item, and back.

use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{self, Item};
use super::schema::TIME_TO_LIVE;
use super::schema::attendee::{
    ATTENDEE_ID, AUDIO, CAPABILITIES, CONTENT, CREATED_WITH, DELETED_AT, EXTERNAL_USER_ID,
    JOIN_TOKEN, MEETING_ID, REVISION, VIDEO,
};
use crate::domain::{
    Attendee, AttendeeId, Capabilities, ExternalUserId, JoinToken, MediaCapability, MeetingId,
};
use crate::error::Error;

/// An item of the attendees table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredAttendee {
    /// An attendee.
    Present(Attendee),
    /// The tombstone of the attendee with this id.
    Deleted(AttendeeId),
}

impl StoredAttendee {
    pub(super) fn from_item(item: &Item) -> Result<Self, Error> {
        if item.contains_key(DELETED_AT) {
            item::read(item, ATTENDEE_ID, AttendeeId::parse).map(Self::Deleted)
        } else {
            from_item(item).map(Self::Present)
        }
    }
}

/// The item of a new attendee. DynamoDB may remove it at `expires_at` or
/// later, in seconds since 1970.
pub(super) fn to_item(meeting_id: MeetingId, attendee: &Attendee, expires_at: u64) -> Item {
    Item::from(
        [
            (MEETING_ID, item::string(meeting_id.to_string())),
            (EXTERNAL_USER_ID, item::string(attendee.external_user_id.expose())),
            (ATTENDEE_ID, item::string(attendee.attendee_id.to_string())),
            (JOIN_TOKEN, item::string(attendee.join_token.expose())),
            (CAPABILITIES, write_capabilities(attendee.capabilities)),
            (TIME_TO_LIVE, item::number(expires_at)),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    )
}

fn from_item(item: &Item) -> Result<Attendee, Error> {
    Ok(Attendee {
        attendee_id: item::read(item, ATTENDEE_ID, AttendeeId::parse)?,
        external_user_id: item::read(item, EXTERNAL_USER_ID, |text| {
            ExternalUserId::parse(text.to_owned())
        })?,
        join_token: JoinToken::stored(item::read_string(item, JOIN_TOKEN)?.to_owned()),
        capabilities: capabilities(item, CAPABILITIES)?,
        revision: item::read_number(item, REVISION)?.unwrap_or(0),
    })
}

/// The capabilities at creation. Only an item whose capabilities were changed has them; otherwise they are
/// the `current` ones.
pub(super) fn created_with(item: &Item, current: Capabilities) -> Result<Capabilities, Error> {
    if item.contains_key(CREATED_WITH) { capabilities(item, CREATED_WITH) } else { Ok(current) }
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

fn capabilities(item: &Item, name: &'static str) -> Result<Capabilities, Error> {
    let Some(AttributeValue::M(media)) = item.get(name) else {
        return Err(item::unreadable(name));
    };
    let medium = |name| item::read(media, name, MediaCapability::parse);
    Capabilities::new(medium(AUDIO)?, medium(VIDEO)?, medium(CONTENT)?)
        .map_err(|_| item::unreadable(name))
}
