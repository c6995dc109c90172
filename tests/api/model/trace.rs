//! The trace of a history, which explains a broken rule.

use std::sync::{Arc, Mutex};

use tokio::time::Instant;

/// Lines, each with the time since the history's begin. Clones share them.
#[derive(Clone, Debug)]
pub struct Trace {
    begin: Instant,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Trace {
    pub fn begin() -> Self {
        Self { begin: Instant::now(), lines: Arc::default() }
    }

    pub fn add(&self, who: &str, what: &str) {
        let seconds = self.begin.elapsed().as_secs_f64();
        self.lines.lock().unwrap().push(format!("{seconds:7.3} {who:<4} {what}"));
    }

    /// The current step, which is the number of lines.
    pub fn step(&self) -> usize {
        self.lines.lock().unwrap().len()
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}
