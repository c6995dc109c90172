//! Panics that the guard of the function answers.

use std::panic::{set_hook, take_hook};
use std::sync::Once;

/// What `lambda_http` converts events with. The guard catches what panics there.
const CONVERSION: [&str; 3] = ["/lambda_http-", "/aws_lambda_events-", "/query_map-"];

/// libFuzzer's hook ends the process at every panic, also at one that is caught. This one takes its
/// place; a check that fails still ends the process, because nobody catches its panic.
pub fn let_pass() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        drop(take_hook());
        let tell = take_hook();
        set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", |location| location.file());
            if !CONVERSION.iter().any(|name| file.contains(name)) {
                tell(panic);
            }
        }));
    });
}
