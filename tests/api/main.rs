//! The service as its callers meet it: through the AWS SDK, over HTTP and as gateway events,
//! against an embedded DynamoDB. Every test has a world of its own, on ports of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking, and look into JSON by name"
)]

#[path = "../../examples/local/emulator.rs"]
mod emulator;
#[path = "../../examples/local/front.rs"]
mod front;
#[path = "../../fuzz/src/lib.rs"]
mod hostile;
#[path = "../../examples/local/request.rs"]
mod request;

/// Runs tests of the suite, each in a world of its own.
macro_rules! everywhere {
    ($($test:ident),* $(,)?) => {
        mod here {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test(&crate::world::World::new().await.api).await;
                }
            )*
        }
    };
}

#[path = "../suite/mod.rs"]
mod suite;

mod binary;
mod corpus;
mod create_attendee;
mod create_meeting;
mod events;
mod failures;
mod faults;
mod features;
mod gateways;
mod lambda;
mod local;
mod logs;
mod media_placement;
mod meeting_with_attendees;
mod meetings;
mod model;
mod properties;
mod requests;
mod secrets;
mod signing;
mod start;
mod template;
mod transcription;
mod wire;
mod world;
