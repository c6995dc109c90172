//! Faults of DynamoDB: which faults exist, which requests get them, and the proxy that injects them.

mod cases;
mod clocks;
mod connections;
mod create_attendee;
pub mod fault;
mod late;
mod other_operations;
mod outcome;
pub mod plan;
pub mod proxy;
