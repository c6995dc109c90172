//! A test program of its own, because a panic hook is global to a process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests report failures by panicking, and this one tests panics"
)]

use rollcall::panics;

#[tokio::test]
async fn a_caught_panic_has_its_place_and_not_its_message() {
    panics::install_hook();
    let panic = panics::catch(async { panic!("alice@example.com") }).await.unwrap_err();
    let shown = format!("{panic:?}");
    assert!(shown.contains("tests/panics.rs:"), "{shown}");
    assert!(!shown.contains("alice"), "{shown}");
    assert!(panics::catch(async { 1 }).await.is_ok(), "later futures work");
}
