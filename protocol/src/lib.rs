//! The protocol of the attendee service as a model that a search explores exhaustively.
//!
//! - [`attendees`] is one meeting: CreateAttendee, DeleteAttendee and DeleteMeeting. Read it first.
//! - [`replicas`] is a primary with its replicas: CreateMeeting and DeleteMeeting.
//! - [`capabilities`] is one attendee: UpdateAttendeeCapabilities.
//! - [`callers`] has what may happen to a request of any of them.
//! - [`bugs`] has defects to plant in them.
//! - [`explorer`] visits every state, breadth first, so the first history that it finds is a
//!   shortest one.
//!
//! One step is one request to DynamoDB. Between any two steps callers crash, responses are lost and
//! the SDK retries, writes are applied late, time passes, and the clocks of two instances differ.
//!
//! The search is written by hand, because it must find shortest histories while states that differ
//! only in names count once. The breadth-first search of the crate `stateright` (0.31) ignores such
//! a symmetry, as `findings/stateright-bfs-ignores-symmetry.sh` shows. With symmetry it searches
//! depth first, and its histories are not the shortest.
//!
//! `tests/protocol` of `rollcall` explores the models, and runs the real service through histories
//! of them.

#![allow(clippy::indexing_slicing, reason = "the model is part of tests; a wrong index fails them")]

pub mod attendees;
pub mod bugs;
pub mod callers;
pub mod capabilities;
pub mod explorer;
pub mod replicas;
