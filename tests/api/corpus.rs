//! Checks every file of the fuzz targets' corpora, without a fuzzer.

use std::collections::BTreeSet;
use std::panic::catch_unwind;
use std::path::Path;

use rollcall::operations::OPERATIONS;
use rollcall_testing::checks;

/// What the check returns for each file.
fn check_files<T>(folder: &str, check: fn(&[u8]) -> T) -> Vec<T> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let checked = paths.filter(|path| path.is_file()).map(|file| {
        let bytes = std::fs::read(&file).unwrap();
        catch_unwind(|| check(&bytes)).unwrap_or_else(|_| panic!("by {}", file.display()))
    });
    let checked: Vec<_> = checked.collect();
    assert!(checked.len() >= 20, "{} files", checked.len());
    checked
}

#[test]
fn every_body_of_the_corpus_passes_its_check() {
    check_files("fuzz/corpus/body", checks::body::check);
}

#[test]
fn every_path_of_the_corpus_passes_its_check_and_each_operation_has_one() {
    let operations = check_files("fuzz/corpus/path", checks::path::check);
    let operations: BTreeSet<_> = operations.into_iter().flatten().collect();
    assert_eq!(operations, OPERATIONS.iter().map(|operation| operation.name).collect());
}

#[test]
fn every_event_of_the_corpus_passes_its_check() {
    check_files("fuzz/corpus/event", checks::event::check);
    check_files("events", checks::event::check);
}
