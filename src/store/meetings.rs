//! Creating and finding meetings, and what all updates of a meeting share.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use super::Store;
use super::client::failure;
use super::item::{self, Item};
use super::meeting_item;
use super::schema::EXPIRES_AT;
use super::schema::meeting::{ENDED_AT, MEETING_ID};
use crate::clock::Timestamp;
use crate::domain::{ExcludedMedia, Meeting, MeetingId, NewMeeting, Tags};
use crate::error::Error;

/// The outcome of looking for a meeting.
pub enum FoundMeeting {
    /// The meeting is active.
    Active(ActiveMeeting),
    /// The meeting was deleted, or its lifetime is over.
    Ended,
    /// The table has no such meeting.
    NoSuchMeeting,
}

/// An active meeting. Each method reads only the attributes that it returns, so an attribute that
/// can't be read fails only the operations that need it.
pub struct ActiveMeeting(Item);

impl ActiveMeeting {
    /// The meeting as it was created.
    pub fn meeting(&self) -> Result<Meeting, Error> {
        Ok(meeting_item::from_item(&self.0)?)
    }

    /// Its current tags.
    pub fn tags(&self) -> Result<Tags, Error> {
        Ok(meeting_item::tags(&self.0)?)
    }

    /// The media that it excludes.
    pub fn excluded_media(&self) -> Result<ExcludedMedia, Error> {
        Ok(meeting_item::excluded_media(&self.0)?)
    }

    /// When it ends unless it is deleted.
    pub fn end(&self) -> Result<Timestamp, Error> {
        Ok(meeting_item::end(&self.0)?)
    }
}

impl FoundMeeting {
    pub(super) fn from_item(item: Item, now: Timestamp) -> Result<Self, Error> {
        let has_ended = meeting_item::has_ended(&item, now)?;
        Ok(if has_ended { Self::Ended } else { Self::Active(ActiveMeeting(item)) })
    }
}

impl Store {
    /// Stores a meeting with `max_attendees` seats that is active until its `end`. Returns whether
    /// it did: a meeting with the same id, ended or not, is not changed.
    pub async fn create_meeting(
        &self,
        new: &NewMeeting,
        max_attendees: u64,
        end: Timestamp,
    ) -> Result<bool, Error> {
        let item = meeting_item::to_item(new, max_attendees, end);
        let is_created = self.put_new(&self.meetings_table, item, true, |_| Ok(false)).await?;
        if is_created {
            let meeting = &new.meeting;
            self.excluded_media.insert(meeting.meeting_id, meeting.features.excluded_media());
        }
        Ok(is_created)
    }

    /// Finds a meeting in its state at `now`.
    pub async fn find_meeting(
        &self,
        meeting_id: MeetingId,
        now: Timestamp,
    ) -> Result<FoundMeeting, Error> {
        let response = self
            .client
            .get_item()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting_id.to_string()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| failure::from_sdk(&error))?;
        match response.item {
            None => Ok(FoundMeeting::NoSuchMeeting),
            Some(item) => FoundMeeting::from_item(item, now),
        }
    }

    /// Starts an update of the meeting's item. In its expressions `:now` is the given time.
    pub(super) fn update_meeting(
        &self,
        meeting_id: MeetingId,
        now: Timestamp,
    ) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting_id.to_string()))
            .expression_attribute_values(":now", item::number(now))
    }
}

/// The condition that the meeting exists and is active at `:now`. It compares the time itself,
/// because DynamoDB's time to live removes items days late. A number that operations can't read,
/// such as one with a fraction, can be compared all the same.
pub(super) fn active_condition() -> String {
    format!(
        "attribute_exists({MEETING_ID}) AND attribute_not_exists({ENDED_AT}) \
         AND {EXPIRES_AT} > :now"
    )
}
