//! What happened in a history, for whoever has to understand why it is wrong.

use std::sync::{Arc, Mutex};

use tokio::time::Instant;

/// Lines with the time since the beginning; cheap to clone.
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

    /// Which event comes before which: how many lines there are.
    pub fn step(&self) -> usize {
        self.lines.lock().unwrap().len()
    }

    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}
