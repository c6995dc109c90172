//! Checks every file of the fuzz targets' corpora, without a fuzzer.

use std::panic::catch_unwind;
use std::path::Path;

use rollcall_testing::checks;

fn check_files(folder: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.is_file() {
            let bytes = std::fs::read(&file).unwrap();
            catch_unwind(|| check(&bytes)).unwrap_or_else(|_| panic!("by {}", file.display()));
            count += 1;
        }
    }
    assert!(count >= 20, "{count} files");
}

#[test]
fn every_body_of_the_corpus_passes_its_check() {
    check_files("fuzz/corpus/body", checks::body::check);
}

#[test]
fn every_path_of_the_corpus_passes_its_check() {
    check_files("fuzz/corpus/path", checks::path::check);
}

#[test]
fn every_event_of_the_corpus_passes_its_check() {
    check_files("fuzz/corpus/event", checks::event::check);
    check_files("events", checks::event::check);
}
