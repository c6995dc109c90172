//! What every response must satisfy, for any input: one function for each kind of input, which panics
//! if a rule is broken. The fuzz targets call them with libFuzzer's inputs, and `cargo test` calls them
//! with every file of `fuzz/corpus`.
//!
//! A file's name says what the file shows. libFuzzer derived the files `found-…` from the others: each
//! of them reaches code that no other file reaches. An input that made a check fail stays in the corpus
//! under a name of its own.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a check reports a broken rule by panicking, and reads JSON by member names"
)]

pub mod body;
mod dynamodb;
pub mod event;
pub mod path;
mod response;
mod send;
