//! The service as its callers meet it: through the AWS SDK, over HTTP and as gateway events,
//! against an embedded DynamoDB. Every test has a world of its own, on ports of its own.

// Tests say what they expect by panicking, and look into JSON by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../../examples/local/emulator.rs"]
mod emulator;
#[path = "../../examples/local/front.rs"]
mod front;

mod binary;
mod create_attendee;
mod create_meeting;
mod events;
mod failures;
mod features;
mod gateways;
mod local;
mod logs;
mod meeting_with_attendees;
mod meetings;
mod properties;
mod races;
mod recorder;
mod requests;
mod tags;
mod template;
mod wire;
mod world;
