//! What must hold of any answer, whatever came: one function for each way in, which panics where it
//! does not hold. The fuzz targets call them with what libFuzzer makes up, and `cargo test` with
//! every file of the corpus.
//!
//! A file there is named for what it shows. Those called `found-…` are what libFuzzer made of the
//! others: the few of many that take the service where no other does. An input that made a check
//! fail stays there under a name of its own.

mod answer;
pub mod body;
mod dynamodb;
pub mod event;
pub mod function;
pub mod path;
pub mod trial;
