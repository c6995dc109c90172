//! The service as its callers use it: through the AWS SDK, over HTTP and with gateway events, on an
//! embedded DynamoDB. Every test starts a service and a DynamoDB of its own; with `ROLLCALL_DYNAMODB=http://…` it
//! creates its tables in that DynamoDB instead. Only the tests of [`suite`] also run against a deployed API.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests report failures by panicking, and read JSON by member names"
)]

mod app;
mod attendee_items;
mod certificates;
mod corpus;
mod damaged_items;
mod dynamodb_requests;
mod environment;
mod events;
mod excluded_media;
mod failures;
mod faults;
mod gateways;
mod items;
mod lambda_process;
mod lambda_tests;
mod lifecycle;
mod limits;
mod local;
mod logs;
mod media_placement;
mod meeting_items;
mod meeting_requests;
mod model;
mod operations;
mod properties;
mod secrets;
mod signing;
mod start;
mod suite;
mod template;
mod transcription_settings;
mod wire;
