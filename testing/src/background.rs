//! Writing that nobody waits for: a terminal that is paused, or a pipe that nobody reads, must not stop
//! who writes a log.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many lines wait for a reader. Further ones are dropped.
const MAX_LINES: usize = 1_000;

/// Hands lines to a thread that writes them. Each write is one line. Clones share the thread.
#[derive(Clone)]
pub struct Background(Arc<Queue>);

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: VecDeque<Vec<u8>>,
    /// The lines that were dropped since the queue was full. While it is not zero, no line is queued,
    /// so that the dropped ones are one gap.
    dropped: usize,
    is_writing: bool,
}

impl Background {
    /// Starts the thread, which writes to `sink`.
    pub fn new(mut sink: impl Write + Send + 'static) -> Self {
        let queue = Arc::new(Queue::default());
        let lines = queue.clone();
        std::thread::spawn(move || {
            loop {
                let line = lines.next();
                // A reader who has gone does not miss it.
                let _ = sink.write_all(&line).and_then(|()| sink.flush());
            }
        });
        Self(queue)
    }

    /// Waits until every line is written, but not longer than this.
    pub fn finish(&self, timeout: Duration) {
        let is_busy = |state: &mut State| state.is_writing || !state.is_empty();
        let _ = self.0.changed.wait_timeout_while(self.0.lock(), timeout, is_busy);
    }
}

impl Write for Background {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut state = self.0.lock();
        if state.dropped > 0 || state.lines.len() >= MAX_LINES {
            state.dropped += 1;
        } else {
            state.lines.push_back(bytes.to_vec());
        }
        self.0.changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next line to write, when there is one; after the last one before a gap, the size of the gap.
    fn next(&self) -> Vec<u8> {
        let mut state = self.lock();
        state.is_writing = false;
        self.changed.notify_all();
        let waiting = self.changed.wait_while(state, |state| state.is_empty());
        let mut state = waiting.unwrap_or_else(PoisonError::into_inner);
        state.is_writing = true;
        state.lines.pop_front().unwrap_or_else(|| {
            let dropped = std::mem::take(&mut state.dropped);
            format!("… {dropped} lines are missing, because nobody read them in time\n")
                .into_bytes()
        })
    }
}

impl State {
    fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.dropped == 0
    }
}
