//! Reading attendees by their ids, through the index.
//!
//! Every read is consistent. The index sorts a meeting's attendees by ids, which are random and never
//! change: whoever comes or goes between two pages moves nobody from one to the other.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

use super::Store;
use super::client::failure;
use super::item;
use super::places::Stored;
use super::schema::BY_ATTENDEE_ID;
use super::schema::attendee::{ATTENDEE_ID, DELETED_AT, MEETING_ID};
use crate::domain::{Attendee, AttendeeId, MeetingId};
use crate::error::Error;

/// How many items are read with one query: a page of the API and one more, of less than a kilobyte each.
const READ_AT_ONCE: i32 = 101;

impl Store {
    /// The attendee of this id, if the meeting has or had one. Whether the meeting is active is another
    /// question.
    pub async fn find_attendee(
        &self,
        meeting: MeetingId,
        attendee: AttendeeId,
    ) -> Result<Option<Stored>, Error> {
        let query = self
            .attendees_of(meeting, format!("{MEETING_ID} = :meeting AND {ATTENDEE_ID} = :id"))
            .expression_attribute_values(":id", item::string(attendee.to_string()));
        let answer = query.send().await.map_err(|error| failure::from_sdk(&error))?;
        answer.items().first().map(Stored::read).transpose()
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
        let query = query.filter_expression(format!("attribute_not_exists({DELETED_AT})"));
        let (mut attendees, mut start) = (Vec::new(), None);
        // What was read counts, and not what the filter leaves of it.
        loop {
            let page = query.clone().limit(READ_AT_ONCE).set_exclusive_start_key(start);
            let page = page.send().await.map_err(|error| failure::from_sdk(&error))?;
            for item in page.items() {
                if let Stored::Attendee(attendee) = Stored::read(item)? {
                    attendees.push(attendee);
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() || attendees.len() >= most {
                attendees.truncate(most);
                return Ok(attendees);
            }
        }
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
