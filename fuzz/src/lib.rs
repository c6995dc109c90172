//! What must hold of any answer, whatever came: one function for each way in, which panics where it
//! does not hold. The fuzz targets call them with what libFuzzer makes up, and `cargo test` with
//! every file of the corpus.

mod answer;
pub mod body;
mod dynamodb;
pub mod event;
pub mod path;
mod trial;
