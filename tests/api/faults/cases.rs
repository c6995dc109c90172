//! Runs many cases concurrently, each with an app of its own.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::fault::{Expected, Fault};

/// The timeout of a request whose fault is permanent.
pub const SHORT_TIMEOUT: Duration = Duration::from_millis(2_300);
/// The timeout of a request whose fault is temporary.
pub const TIMEOUT: Duration = rollcall_testing::gateway::TIMEOUT;
/// How much later a response may come on a busy machine.
const TOLERANCE: Duration = Duration::from_secs(12);
/// Few enough that each case can make its first attempt in time on a small machine.
const MAX_CONCURRENT: usize = 24;

/// Runs all cases, then panics with the names of those that panicked.
pub async fn run<C>(cases: impl Iterator<Item = (String, C)>)
where
    C: Future<Output = ()> + Send + 'static,
{
    let permits = Arc::new(Semaphore::new(MAX_CONCURRENT));
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

/// Waits for a response, which must come within the function's timeout.
pub async fn in_time<T>(time: Duration, response: impl Future<Output = T>) -> T {
    tokio::time::timeout(time + TOLERANCE, response).await.expect("a response in time")
}

/// The timeout of a request with a permanent fault.
pub fn timeout_for(fault: Fault, expected: Expected) -> Duration {
    // A failure must get a response at once, so it gets the long timeout, which the test does not wait for.
    if expected == Expected::Failure && !fault.causes_timeout() { TIMEOUT } else { SHORT_TIMEOUT }
}
