//! The protocol of the attendee service as a model that a search explores exhaustively.
//!
//! - [`attendees`] is one meeting: CreateAttendee, DeleteAttendee and DeleteMeeting. Read it first: its
//!   `apply` has the conditions of every write, and its `next` has what each operation does with the outcome.
//! - [`replicas`] is a primary with its replicas: CreateMeeting and DeleteMeeting.
//! - [`capabilities`] is one attendee: UpdateAttendeeCapabilities.
//! - [`explorer`] visits every state, breadth first, so the first history that it finds is a shortest one.
//!
//! One step is one request to DynamoDB. Between any two steps callers crash, answers are lost and the SDK
//! repeats the request, writes are applied late, time passes, and the clocks of two instances differ.
//!
//! The search is written by hand, because it is a page of code without dependencies and always finds shortest
//! histories; the crate `stateright` finds them only with one thread, and brings a web server and an actor
//! framework that this model does not need.
//!
//! A planted bug ([`attendees::Bug`], [`replicas::Bug`], [`capabilities::Bug`]) changes the model in one place.
//! The tests expect that the search finds each of them. They also run the real service through histories of
//! the model (`tests/protocol` of `rollcall`).

#![allow(clippy::indexing_slicing, reason = "the model is part of tests; a wrong index fails them")]

pub mod attendees;
pub mod capabilities;
pub mod explorer;
pub mod replicas;
