//! The gateway's side: its events, and the answers it understands.
//!
//! One reader serves the proxy events of API Gateway REST and HTTP APIs, of load balancers and of
//! function URLs. `lambda_http` would be the library for this, but version 1.3 unwraps what it
//! builds: a `Host` that is no host, a query with a space in it, a body that is not the base64 it
//! says it is, each panics before any handler runs, and the caller sees a 502. It also reads each
//! event up to three times, and normalizes paths. Here an event is read once, and whatever it
//! holds there is an answer.

mod answer;
mod content_type;
mod event;
mod path;

pub use answer::{Answer, Response};
pub use event::{Form, Request};
