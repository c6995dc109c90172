//! Many cases side by side, each with a app of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::fault::{Expected, Fault};

/// For a request whose failure stays.
pub const LITTLE_TIME: Duration = Duration::from_millis(2_300);
/// For a request whose failure passes: as long as a gateway waits.
pub const TIME: Duration = rollcall_testing::gateway::TIMEOUT;
/// What a busy machine may add. Without its limits the service would not answer at all.
const PATIENCE: Duration = Duration::from_secs(12);
/// As many as leave each enough of a small machine to make its first attempt.
const AT_ONCE: usize = 24;

/// Runs all cases, then names those that panicked.
pub async fn run<C>(cases: impl Iterator<Item = (String, C)>)
where
    C: Future<Output = ()> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (name, case) in cases {
        let permits = permits.clone();
        running.spawn(async move {
            let _permit = permits.acquire().await;
            (name, tokio::spawn(case).await.is_ok())
        });
    }
    let outcomes = running.join_all().await;
    let failed: Vec<_> =
        outcomes.iter().filter(|(_, is_ok)| !is_ok).map(|(name, _)| name).collect();
    assert!(failed.is_empty() && !outcomes.is_empty(), "failed: {failed:#?}");
}

/// An answer, which must come within the time that the function had.
pub async fn in_time<T>(time: Duration, answer: impl Future<Output = T>) -> T {
    tokio::time::timeout(time + PATIENCE, answer).await.expect("answered too late")
}

/// What a request has and comes to while a failure stays.
pub fn time_while_it_stays(fault: Fault, kept: Expected) -> Duration {
    // What is refused at once must not be waited for, so it is given all the time to do so.
    if kept == Expected::Failure && !fault.is_waited_for() { TIME } else { LITTLE_TIME }
}
