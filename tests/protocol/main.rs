//! The protocol, explored exhaustively: every state within the bounds keeps every promise of
//! `docs/reliability.md`, planted bugs are found, and the service does what the model says.
//!
//! `ROLLCALL_PROTOCOL=long` explores larger bounds. `ROLLCALL_PROTOCOL=write` writes the shortest
//! histories to `protocol/histories.md` and the numbers of states to `protocol/states.md`, and
//! `write-long` also those within the larger bounds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests report failures by panicking"
)]

mod follow;
mod histories;
mod search;
mod service_attendees;
mod service_capabilities;
mod service_replicas;
mod stage;
