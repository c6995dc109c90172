//! Putting attendees, the second write of CreateAttendee; finding, listing and removing them.
//!
//! Every read is strongly consistent. Attendees are found and listed through the index, which sorts
//! the attendees of a meeting by their ids. Ids are random and never change, so an attendee that is
//! created or deleted between two pages does not move any other attendee to another page.

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{DeleteRequest, WriteRequest};

use super::Store;
use super::attendee_item::{AttendeeItem, StoredAttendee, to_item};
use super::client::failure;
use super::item::{self, Item};
use super::schema::BY_ATTENDEE_ID;
use super::schema::attendee::{ATTENDEE_ID, DELETED_AT, EXTERNAL_USER_ID, MEETING_ID};
use crate::clock::Timestamp;
use crate::domain::{Attendee, AttendeeId, MeetingId};
use crate::error::Error;

/// How many writes of one request run concurrently: enough that a hundred writes take little longer
/// than a few, and few enough for the connections that they need.
pub const CONCURRENT_WRITES: usize = 16;

/// How many items one query of [`Store::list_attendees`] reads: a page of the API and one more.
/// Each item has less than a kilobyte.
const QUERY_PAGE_SIZE: i32 = 101;

/// How many items one BatchWriteItem can write.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>
const BATCH_WRITE_LIMIT: usize = 25;

/// The outcome of putting an attendee. Only `Created` changed anything.
#[derive(Debug, PartialEq, Eq)]
pub enum AttendeePut {
    /// The attendee was stored, by this or an earlier attempt.
    Created,
    /// The user already has this attendee, in its current state.
    AlreadyExists(Box<Attendee>),
    /// The user's earlier attendee, with this id, was deleted.
    Deleted(AttendeeId),
    /// The user already has an attendee or a tombstone that can't be read.
    Unreadable(Error),
}

impl AttendeePut {
    /// The outcome for an `attendee` that was not put because of this item.
    pub(super) fn from_existing(item: &Item, attendee: &Attendee) -> Self {
        match StoredAttendee::from_item(item) {
            Ok(StoredAttendee::Deleted(attendee_id)) => Self::Deleted(attendee_id),
            // The SDK retries a write whose response was lost, and then finds what it wrote.
            Ok(StoredAttendee::Present(existing)) if existing == *attendee => Self::Created,
            Ok(StoredAttendee::Present(existing)) => Self::AlreadyExists(Box::new(existing)),
            Err(unreadable) => Self::Unreadable(unreadable),
        }
    }
}

impl Store {
    /// Stores an attendee, if its user has neither an attendee nor a tombstone in the meeting.
    /// DynamoDB may remove the attendee at `expires_at` or later. That must not be before the
    /// meeting's end.
    pub async fn put_attendee(
        &self,
        meeting_id: MeetingId,
        attendee: &Attendee,
        expires_at: Timestamp,
    ) -> Result<AttendeePut, Error> {
        let item = to_item(meeting_id, attendee, expires_at);
        let existing = |item: &Item| Ok(AttendeePut::from_existing(item, attendee));
        self.put_new(&self.attendees_table, item, AttendeePut::Created, existing).await
    }

    /// Finds an attendee or its tombstone. It does not check that the meeting is active.
    pub async fn find_attendee(
        &self,
        meeting_id: MeetingId,
        attendee_id: AttendeeId,
    ) -> Result<Option<AttendeeItem>, Error> {
        let query = self
            .query(meeting_id, &format!(" AND {ATTENDEE_ID} = :id"))
            .index_name(BY_ATTENDEE_ID)
            .expression_attribute_values(":id", item::string(attendee_id.to_string()));
        let response = query.send().await.map_err(|error| failure::from_sdk(&error))?;
        Ok(response.items.unwrap_or_default().into_iter().next().map(AttendeeItem))
    }

    /// Lists the meeting's attendees in the order of their ids: at most `max`, and only those after
    /// the id `after`, if there is one. An attendee that can't be read is left out, so that it does
    /// not hide the others; the second list has the errors.
    pub async fn list_attendees(
        &self,
        meeting_id: MeetingId,
        after: Option<AttendeeId>,
        max: usize,
    ) -> Result<(Vec<Attendee>, Vec<Error>), Error> {
        let query = match after {
            None => self.query(meeting_id, ""),
            Some(after) => self
                .query(meeting_id, &format!(" AND {ATTENDEE_ID} > :id"))
                .expression_attribute_values(":id", item::string(after.to_string())),
        };
        let query = query
            .index_name(BY_ATTENDEE_ID)
            .filter_expression(format!("attribute_not_exists({DELETED_AT})"));
        let (mut attendees, mut unreadable, mut start) = (Vec::new(), Vec::new(), None);
        // A query counts the items before the filter, so one may return too few.
        loop {
            let page = query.clone().limit(QUERY_PAGE_SIZE).set_exclusive_start_key(start);
            let page = page.send().await.map_err(|error| failure::from_sdk(&error))?;
            for item in page.items() {
                match StoredAttendee::from_item(item) {
                    Ok(StoredAttendee::Present(attendee)) => attendees.push(attendee),
                    Ok(StoredAttendee::Deleted(_)) => {}
                    Err(error) => unreadable.push(error),
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() || attendees.len() >= max {
                attendees.truncate(max);
                return Ok((attendees, unreadable));
            }
        }
    }

    /// Whether the table has any attendee or tombstone of this meeting.
    pub async fn has_attendees(&self, meeting_id: MeetingId) -> Result<bool, Error> {
        Ok(!self.query_keys(meeting_id, Some(1)).await?.is_empty())
    }

    /// Removes the items of all attendees of a meeting that has ended. After an error some items
    /// are left, until DynamoDB's time to live removes them; nobody sees the attendees of an ended
    /// meeting.
    pub async fn remove_attendees(&self, meeting_id: MeetingId) -> Result<(), Error> {
        // One page: a megabyte of items, which are some thousand attendees and tombstones. The time to
        // live removes the items beyond it.
        let keys = self.query_keys(meeting_id, None).await?;
        for batch in keys.chunks(BATCH_WRITE_LIMIT) {
            let requests = batch.iter().map(|key| {
                let request = DeleteRequest::builder().set_key(Some(key.clone())).build()?;
                Ok(WriteRequest::builder().delete_request(request).build())
            });
            let requests = requests
                .collect::<Result<Vec<_>, BuildError>>()
                .map_err(|_| Error::Failure("a delete request without a key".into()))?;
            let response = self
                .client
                .batch_write_item()
                .request_items(&self.attendees_table, requests)
                .send()
                .await
                .map_err(|error| failure::from_sdk(&error))?;
            if response.unprocessed_items().is_some_and(|items| !items.is_empty()) {
                return Err(Error::Throttled("DynamoDB left items of a batch".into()));
            }
        }
        Ok(())
    }

    /// A query of the meeting's items. `condition` continues its key condition: it is empty, or begins
    /// with ` AND `.
    fn query(&self, meeting_id: MeetingId, condition: &str) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.attendees_table)
            .consistent_read(true)
            .key_condition_expression(format!("{MEETING_ID} = :meeting{condition}"))
            .expression_attribute_values(":meeting", item::string(meeting_id.to_string()))
    }

    /// The keys of a meeting's items in the attendees table.
    async fn query_keys(
        &self,
        meeting_id: MeetingId,
        limit: Option<i32>,
    ) -> Result<Vec<Item>, Error> {
        let query = self
            .query(meeting_id, "")
            .projection_expression(format!("{MEETING_ID}, {EXTERNAL_USER_ID}"))
            .set_limit(limit);
        let response = query.send().await.map_err(|error| failure::from_sdk(&error))?;
        Ok(response.items.unwrap_or_default())
    }
}
