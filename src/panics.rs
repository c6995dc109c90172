//! Catching panics. A panic is a defect, but the request still gets a response, a 500, and the
//! instance serves the next request.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo};
use std::path::Path;

use futures_util::FutureExt as _;

#[cfg(panic = "abort")]
compile_error!(
    "panics must unwind to get a response: set `panic = \"unwind\"` in the profile, because \
     `cargo lambda build` sets \"abort\" where the profile sets nothing"
);

thread_local! {
    /// The location of this thread's last panic, until [`catch`] takes it.
    static LOCATION: Cell<Option<String>> = const { Cell::new(None) };
}

/// A panic that was caught. It has the panic's location in the code, if [`install_hook`] was called,
/// but not the message, which may contain values of a request.
#[derive(Debug)]
pub struct Panic {
    /// `src/file.rs:1:2`, or `package-1.2.3/src/file.rs:1:2`
    location: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic at {}", self.location.as_deref().unwrap_or("an unknown location"))
    }
}

/// Replaces the panic hook of the process. From then on a panic prints nothing, and its location is
/// kept for [`catch`].
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        LOCATION.set(info.location().map(|location| {
            format!("{}:{}:{}", within_package(location.file()), location.line(), location.column())
        }));
    }));
}

/// The path of a source file from its package on, such as `tokio-1.46.0/src/task/mod.rs`. What is
/// before it belongs to the machine that compiled the file.
fn within_package(file: &str) -> String {
    let path = Path::new(file);
    if path.is_relative() {
        return file.to_owned();
    }
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    let src = names.iter().rposition(|name| name == "src").unwrap_or(names.len());
    names.get(src.saturating_sub(1)..).unwrap_or_default().join("/")
}

/// Runs a future to its end. An error means that it panicked.
pub async fn catch<T>(future: impl Future<Output = T>) -> Result<T, Panic> {
    // The unfinished state of a panicked request belongs to that request and is dropped with the
    // future. Locks guard the state that requests share: the client, the log and the clock.
    let caught = AssertUnwindSafe(future).catch_unwind().await;
    caught.map_err(|_| Panic { location: LOCATION.take() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_without_the_folders_of_the_machine_that_compiled_it() {
        for (file, expected) in [
            ("src/store/seats.rs", "src/store/seats.rs"),
            ("/home/me/registry/src/index-1/tokio-1.46.0/src/a/b.rs", "tokio-1.46.0/src/a/b.rs"),
            ("/rustc/0a1b/library/core/src/option.rs", "core/src/option.rs"),
            ("/home/me/generated.rs", "generated.rs"),
        ] {
            assert_eq!(within_package(file), expected);
        }
    }
}
