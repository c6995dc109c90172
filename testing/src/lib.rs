//! What the tests, `cargo local` and the fuzz targets share: an embedded DynamoDB, an HTTP gateway, a
//! readable log and one in memory, builders of requests and events, and the checks of every response. A
//! dev-dependency of `rollcall`, so none of it is part of the Lambda function.

#[cfg(feature = "local")]
pub mod attributes;
#[cfg(feature = "local")]
pub mod background;
pub mod calls;
pub mod checks;
#[cfg(feature = "local")]
pub mod console;
#[cfg(feature = "local")]
pub mod data_file;
pub mod direct;
#[cfg(feature = "local")]
pub mod disk;
#[cfg(feature = "local")]
pub mod emulator;
pub mod events;
pub mod function;
#[cfg(feature = "local")]
pub mod gateway;
#[cfg(feature = "local")]
pub mod lifecycle;
pub mod memory_log;
#[cfg(feature = "local")]
pub mod outbox;
pub mod request;
