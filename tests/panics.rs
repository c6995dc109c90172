//! In a process of its own, because a panic hook is the whole process's.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what it expects by panicking, and this one is about panics"
)]

use rollcall::panics;

#[tokio::test]
async fn a_caught_panic_tells_its_place_and_not_its_message() {
    panics::install_hook();
    let panic = panics::catch(async { panic!("alice@example.com") }).await.unwrap_err();
    let told = format!("{panic:?}");
    assert!(told.contains("tests/panics.rs:"), "{told}");
    assert!(!told.contains("alice"), "{told}");
    assert!(panics::catch(async { 1 }).await.is_ok(), "the next one works");
}
