//! The only place that knows DynamoDB.
//!
//! CreateAttendee is two writes, each to one item: [`Store::reserve_seat`], then
//! [`Store::take_place`]. Both can be repeated by anyone, any number of times, after any crash or
//! lost answer, so no transaction is needed: DynamoDB cancels transactions that meet on one item,
//! and every join of a meeting would meet on the meeting's.
//!
//! Who leaves a meeting, and who comes back after that, does take a transaction ([`Store::leave`],
//! [`Store::come_back`]), because seat and attendee must change together there.
//!
//! What a conditional write can say is an outcome ([`SeatReservation`], [`Place`], [`MeetingCreation`], [`FoundMeeting`], [`Return`], …); an `Err` is
//! a surprise. There is no trait around this: the tests run this code against an embedded DynamoDB.

mod cache;
mod capabilities;
mod client;
mod conditional_write;
mod item;
mod leaving;
mod meeting_item;
mod meetings;
mod places;
mod removal;
mod roster;
pub mod schema;
mod seats;
mod tags;
mod transaction;
mod transcription;

use aws_sdk_dynamodb::Client;

pub use capabilities::Change;
pub use client::{ATTEMPT_TIMEOUT, Attempts, connect, http_client, with_limits};
pub use leaving::{Departure, Return};
pub use meetings::{FoundMeeting, MeetingCreation};
pub use places::{Place, Stored};
pub use seats::{
    BatchReservation, MeetingAssumption, RequestedMedia, Seat, SeatReservation, Seating,
};
pub use transcription::TranscriptionUpdate;

use crate::settings::Settings;
use cache::ExcludedMediaCache;

/// The two tables.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    meetings_table: String,
    attendees_table: String,
    excluded_media: ExcludedMediaCache,
}

impl Store {
    /// The tables that the settings name, through this client.
    pub fn new(client: Client, settings: &Settings) -> Self {
        Self {
            client,
            meetings_table: settings.meetings_table.clone(),
            attendees_table: settings.attendees_table.clone(),
            excluded_media: ExcludedMediaCache::default(),
        }
    }

    /// The AWS region of the tables, if the environment names one.
    pub fn region(&self) -> Option<&str> {
        self.client.config().region().map(AsRef::as_ref)
    }
}
