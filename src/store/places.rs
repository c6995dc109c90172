//! The second write of CreateAttendee: taking the place.

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::Store;
use super::client::failure;
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

/// Whose place it is.
#[derive(Debug, PartialEq, Eq)]
pub enum Place {
    /// The attendee's that was given: the item is there now.
    Taken,
    /// This one's, who came first; nothing changed.
    Held {
        /// As it is now.
        attendee: Box<Attendee>,
        /// What it was created with.
        created_with: Capabilities,
    },
    /// Nobody's any more: this attendee of the user has left it.
    Left(AttendeeId),
}

/// What an item stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// An attendee.
    Attendee(Attendee),
    /// One who has left.
    Left(AttendeeId),
}

impl Stored {
    pub(super) fn read(item: &Item) -> Result<Self, Error> {
        if item.contains_key(DELETED_AT) {
            item::read(item, ATTENDEE_ID, AttendeeId::parse).map(Self::Left)
        } else {
            from_item(item).map(Self::Attendee)
        }
    }
}

impl Place {
    /// Whose place it is, from the item that kept `attendee` from taking it.
    pub(super) fn held(item: &Item, attendee: &Attendee) -> Result<Self, Error> {
        Ok(match Stored::read(item)? {
            Stored::Left(attendee_id) => Self::Left(attendee_id),
            // The SDK repeats a write whose answer was lost, and then meets what it wrote.
            Stored::Attendee(held) if held == *attendee => Self::Taken,
            Stored::Attendee(held) => {
                let created_with = match item.contains_key(CREATED_WITH) {
                    true => read_capabilities(item, CREATED_WITH)?,
                    false => held.capabilities,
                };
                Self::Held { attendee: Box::new(held), created_with }
            }
        })
    }
}

impl Store {
    /// Stores the attendee on the condition that its user has no attendee in the meeting yet.
    /// `expires_at`, in seconds since 1970, is when DynamoDB may forget the attendee and must not
    /// be before the meeting's end.
    pub async fn take_place(
        &self,
        meeting: MeetingId,
        attendee: &Attendee,
        expires_at: u64,
    ) -> Result<Place, Error> {
        let put = self
            .client
            .put_item()
            .table_name(&self.attendees_table)
            .set_item(Some(to_item(meeting, attendee, expires_at)))
            .condition_expression(format!("attribute_not_exists({MEETING_ID})"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(Place::Taken) };
        let Some(PutItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error()
        else {
            return Err(failure::from_sdk(&error));
        };
        let item = refusal.item().ok_or_else(|| item::unreadable(MEETING_ID))?;
        Place::held(item, attendee)
    }
}

pub(super) fn to_item(meeting: MeetingId, attendee: &Attendee, expires_at: u64) -> Item {
    Item::from(
        [
            (MEETING_ID, item::string(meeting.to_string())),
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
        capabilities: read_capabilities(item, CAPABILITIES)?,
        revision: item::read_number(item, REVISION)?.unwrap_or(0),
    })
}

pub(super) fn write_capabilities(capabilities: Capabilities) -> AttributeValue {
    let media = [
        (AUDIO, capabilities.audio()),
        (VIDEO, capabilities.video()),
        (CONTENT, capabilities.content()),
    ];
    let media = media.map(|(name, medium)| (name.to_owned(), item::string(medium.as_str())));
    AttributeValue::M(Item::from(media))
}

fn read_capabilities(item: &Item, name: &'static str) -> Result<Capabilities, Error> {
    let Some(AttributeValue::M(media)) = item.get(name) else {
        return Err(item::unreadable(name));
    };
    let medium = |name| item::read(media, name, MediaCapability::parse);
    Capabilities::new(medium(AUDIO)?, medium(VIDEO)?, medium(CONTENT)?)
        .map_err(|_| item::unreadable(name))
}
