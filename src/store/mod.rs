//! Stores meetings and attendees in two DynamoDB tables. No other module uses DynamoDB.
//!
//! The methods of [`Store`] are in these files:
//!
//! - `meetings.rs`: `create_meeting`, `find_meeting`
//! - `replicas.rs`: `create_replica`
//! - `ending.rs`: `end_meeting`
//! - `seats.rs`: `likely_excluded_media`, `reserve_seat`, `reserve_seats`
//! - `attendees.rs`: `put_attendee`, `find_attendee`, `list_attendees`, `has_attendees`,
//!   `remove_attendees`
//! - `deletion.rs`: `delete_attendee`, `recreate_attendee`
//! - `capabilities.rs`: `update_capabilities`
//! - `tags.rs`: `set_tags`, `remove_tags`
//!
//! `client/` connects to DynamoDB, limits and retries requests, and maps their failures to errors.
//! `schema.rs` defines the tables.
//!
//! CreateAttendee is two writes, each to one item: [`Store::reserve_seat`], then
//! [`Store::put_attendee`]. Anyone can retry both, any number of times, after any crash or lost
//! response, so they need no transaction. A transaction would be worse: DynamoDB cancels concurrent
//! transactions on the same item, and all users who join a meeting would write to the meeting's
//! item.
//!
//! Deleting an attendee, and creating a new one for the same user afterwards, does need a
//! transaction ([`Store::delete_attendee`], [`Store::recreate_attendee`]), because the seat and the
//! attendee must change together. So do creating and ending a replica, and ending a meeting that has
//! replicas, because a primary lists exactly its active replicas.
//!
//! Each conditional write returns its outcome as an enum ([`SeatReservation`], [`AttendeePut`], …).
//! An `Err` is an unexpected failure. The store is not behind a trait: the tests run this code on
//! an embedded DynamoDB.

mod attendee_item;
mod attendees;
mod cache;
mod capabilities;
mod client;
mod conditional_write;
mod deletion;
mod ending;
mod item;
mod meeting_item;
mod meetings;
mod replicas;
pub mod schema;
mod seats;
mod tags;
mod transaction;

use aws_sdk_dynamodb::Client;

pub use attendee_item::AttendeeItem;
pub use attendees::{AttendeePut, CONCURRENT_WRITES};
pub use capabilities::CapabilityUpdate;
pub use client::{ATTEMPT_TIMEOUT, Connections, LastFailure, connect, with_limits};
pub use deletion::{AttendeeDeletion, Recreation};
pub use meetings::{ActiveMeeting, FoundMeeting};
pub use replicas::ReplicaCreation;
pub use seats::{
    BatchAssumption, BatchReservation, MeetingAssumption, RequestedMedia, Seat, SeatReservation,
};

use crate::settings::Settings;
use cache::ExcludedMediaCache;

/// The two tables, through one client. Clones share the client and the cache.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    meetings_table: String,
    attendees_table: String,
    excluded_media: ExcludedMediaCache,
}

impl Store {
    /// Uses the tables that the settings name.
    pub fn new(client: Client, settings: &Settings) -> Self {
        Self {
            client,
            meetings_table: settings.meetings_table.clone(),
            attendees_table: settings.attendees_table.clone(),
            excluded_media: ExcludedMediaCache::default(),
        }
    }

    /// The AWS region of the tables, if the environment sets one.
    pub fn region(&self) -> Option<&str> {
        self.client.config().region().map(AsRef::as_ref)
    }
}
