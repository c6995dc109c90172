//! What this instance remembers of meetings, so that its next assumption about them is right.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::{ExcludedMedia, MeetingId};

/// When the cache has this many meetings, it is cleared. An entry only saves a request; nothing
/// depends on it.
const MAX_KNOWN_MEETINGS: usize = 1_000;

/// The excluded media of meetings. They never change, so an entry is never wrong; each reservation
/// checks them in its condition all the same.
#[derive(Clone, Debug, Default)]
pub(super) struct ExcludedMediaCache(Arc<Mutex<HashMap<MeetingId, ExcludedMedia>>>);

impl ExcludedMediaCache {
    /// The excluded media of a meeting. For a meeting that is not known: none, as in most meetings.
    pub(super) fn get(&self, meeting_id: MeetingId) -> ExcludedMedia {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&meeting_id).copied().unwrap_or_default()
    }

    /// Remembers a meeting, unless it excludes nothing, which `get` assumes anyway.
    pub(super) fn insert(&self, meeting_id: MeetingId, excluded_media: ExcludedMedia) {
        if excluded_media == ExcludedMedia::default() {
            return;
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN_MEETINGS {
            known.clear();
        }
        known.insert(meeting_id, excluded_media);
    }
}
