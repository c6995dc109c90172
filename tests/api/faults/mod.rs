//! A hostile DynamoDB: what can go wrong with a request to it, when it does, and the proxy that lets
//! it happen. Every failure in these tests is made here.

mod cases;
mod create_attendee;
pub mod fault;
mod late;
mod other_operations;
mod outcome;
pub mod plan;
pub mod proxy;
