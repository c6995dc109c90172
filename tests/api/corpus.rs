//! Every file of the fuzz targets' corpora through the same checks, without a fuzzer.

use std::panic::catch_unwind;
use std::path::Path;

use rollcall_testing::checks;

fn each_in(folder: &str, check: fn(&[u8])) {
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
fn every_body_of_the_corpus_is_answered_as_it_must_be() {
    each_in("fuzz/corpus/body", checks::body::check);
}

#[test]
fn every_path_of_the_corpus_is_answered_as_it_must_be() {
    each_in("fuzz/corpus/path", checks::path::check);
}

#[test]
fn every_event_of_the_corpus_is_answered_as_it_must_be() {
    each_in("fuzz/corpus/event", checks::event::check);
    each_in("events", checks::event::check);
}
