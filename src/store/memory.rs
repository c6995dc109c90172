//! What this instance happens to know of meetings, so that it assumes right the next time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ExcludedMedia, MeetingId};

/// When there are as many, all are forgotten: knowing saves a request, and nothing depends on it.
const MOST: usize = 1_000;

/// The media that meetings do without. It never changes, so what is known is never wrong; every
/// claim holds it as a condition all the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(Arc<Mutex<HashMap<MeetingId, ExcludedMedia>>>);

impl Memory {
    /// Most meetings do without nothing, which is what is assumed of the others.
    pub(super) fn recall(&self, meeting: MeetingId) -> ExcludedMedia {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&meeting).copied().unwrap_or_default()
    }

    pub(super) fn remember(&self, meeting: MeetingId, excluded: ExcludedMedia) {
        if excluded == ExcludedMedia::default() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(meeting, excluded);
    }
}
