//! The attendee service of a meeting platform: the [Amazon Chime SDK Meetings API][api] as one AWS
//! Lambda function on DynamoDB.
//!
//! # The path of a request
//!
//! `main.rs` builds the [`Service`] once and runs its [function](Service::function). Each request then
//! takes these steps:
//!
//! 1. `lambda_http` converts the gateway's event to an HTTP request; [`gateway`] guards that conversion.
//! 2. [`Service::respond`] gets the API's path from [`gateway`] and the operation from [`operations`].
//! 3. The operation's `Input::read` gets the members from the path, the query and the body ([`rest_json`]),
//!    parses them into the types of [`domain`], and collects all [`violations`].
//! 4. The operation's `run` calls the [`store`] and matches the outcome of its reads and writes.
//! 5. [`rest_json`] renders the `Output` or the [`error`].
//! 6. The [`Service`] writes one line to the [`log`].
//! 7. `lambda_http` converts the response to the format of the gateway.
//!
//! # Invariants
//!
//! - Every event gets a response, whatever its form and size. An error is one that the service
//!   model lists for the operation, or `UnknownOperationException`.
//! - A success stays valid: until the attendee is deleted, every repetition of its CreateAttendee, by any
//!   caller, returns the same attendee, because both writes can be retried.
//! - No external id, token or body is logged or repeated in a message.
//!
//! [api]: https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_Operations_Amazon_Chime_SDK_Meetings.html

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a failing test panics"
    )
)]

mod clock;
pub mod domain;
pub mod error;
pub mod gateway;
mod json;
pub mod log;
pub mod operations;
pub mod panics;
pub mod rest_json;
pub mod service;
pub mod settings;
pub mod store;
pub mod violations;

pub use clock::Clock;
pub use log::Log;
pub use service::Service;
pub use settings::Settings;
pub use store::Store;
