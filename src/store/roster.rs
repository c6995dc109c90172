//! Reading attendees by their ids, through the index.
//!
//! Every read is consistent. The index sorts a meeting's attendees by ids, which are random and never
//! change: whoever comes or goes between two pages moves nobody from one to the other.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::item;
use super::places::from_item;
use super::schema::BY_ATTENDEE_ID;
use super::schema::attendee::{ATTENDEE_ID, MEETING_ID};
use super::{Store, failure};
use crate::domain::{Attendee, AttendeeId, MeetingId};
use crate::error::Error;

impl Store {
    /// The attendee of this id, if the meeting has one. Whether the meeting is active is another
    /// question.
    pub async fn find_attendee(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Result<Option<Attendee>, Error> {
        let query = self
            .attendees_of(meeting, format!("{MEETING_ID} = :meeting AND {ATTENDEE_ID} = :id"))
            .expression_attribute_values(":id", item::string(attendee.to_string()));
        let answer = query.send().await.map_err(|error| failure::error(&error))?;
        answer.items().first().map(from_item).transpose()
    }

    /// Attendees of the meeting in the order of their ids: those after the one given, at most so
    /// many.
    pub async fn attendees_after(
        &self,
        meeting: MeetingId,
        after: Option<AttendeeId>,
        most: usize,
    ) -> Result<Vec<Attendee>, Error> {
        let query = match after {
            None => self.attendees_of(meeting, format!("{MEETING_ID} = :meeting")),
            Some(after) => self
                .attendees_of(meeting, format!("{MEETING_ID} = :meeting AND {ATTENDEE_ID} > :id"))
                .expression_attribute_values(":id", item::string(after.to_string())),
        };
        // A query returns a megabyte, which is far more than an API's page.
        let limit = i32::try_from(most).unwrap_or(i32::MAX);
        let answer = query.limit(limit).send().await.map_err(|error| failure::error(&error))?;
        answer.items().iter().map(from_item).collect()
    }

    fn attendees_of(&self, meeting: MeetingId, condition: String) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.attendees_table)
            .index_name(BY_ATTENDEE_ID)
            .consistent_read(true)
            .key_condition_expression(condition)
            .expression_attribute_values(":meeting", item::string(meeting.to_string()))
    }
}
