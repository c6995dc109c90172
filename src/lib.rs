//! The attendee service of a meeting platform: the [Amazon Chime SDK Meetings API][api] as one AWS
//! Lambda function on DynamoDB.
//!
//! # The way of a request
//!
//! `main.rs` builds the [`Service`] once and runs its [function](Service::function). `lambda_http`
//! converts the event of a gateway to an HTTP request, and [`gateway`] guards that conversion.
//! [`Service::answer`] asks [`gateway`] for the path of the API and [`operations`] for the operation;
//! [`rest_json`] reads the body into the operation's `Input`; the operation parses it
//! into the types of [`domain`], collecting all [`violations`], asks the [`store`] for its writes
//! and matches their outcome; [`rest_json`] renders the `Output`, or the [`error`]; [`Service`]
//! writes one line to the [`log`], and `lambda_http` answers in the form of the gateway.
//!
//! # What must hold
//!
//! - Every event is answered, with nothing but what the service model lists.
//! - What was answered with 200 stays so: both writes of CreateAttendee can be repeated by anyone.
//! - No external id, token or body is logged, or repeated in a message.
//!
//! [api]: https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_Operations_Amazon_Chime_SDK_Meetings.html

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests say what they expect by panicking"
    )
)]

pub mod clock;
pub mod domain;
pub mod error;
pub mod gateway;
pub mod json;
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
