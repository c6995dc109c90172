//! A panic is a defect, and still answered: it becomes a 500, and the next request works.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo};

use futures_util::FutureExt as _;

#[cfg(panic = "abort")]
compile_error!(
    "a panic has to be answered: set `panic = \"unwind\"` in the profile, which `cargo lambda build` \
     takes for \"abort\" where nothing is said"
);

thread_local! {
    /// Where the last panic of this thread was, until somebody takes it.
    static PLACE: Cell<Option<String>> = const { Cell::new(None) };
}

/// A panic that was caught, as far as it may be told: the place in the code, if
/// [`remember_places`] was called. Its message may hold what a request held.
#[derive(Debug)]
pub struct Panic {
    /// `src/file.rs:1:2`
    pub place: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic at {}", self.place.as_deref().unwrap_or("a place that is not known"))
    }
}

/// From now on a panic writes nothing by itself; its place is kept for [`catch`].
pub fn remember_places() {
    std::panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        PLACE.set(info.location().map(ToString::to_string));
    }));
}

/// Runs a future to its end, or to its panic.
pub async fn catch<T>(future: impl Future<Output = T>) -> Result<T, Panic> {
    // What a panic leaves half-done is the request's own and dropped with the future; what requests
    // share (the client, the log, the clock) is guarded by its own locks.
    let caught = AssertUnwindSafe(future).catch_unwind().await;
    caught.map_err(|_| Panic { place: PLACE.take() })
}
