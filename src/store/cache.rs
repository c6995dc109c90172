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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClientRequestToken;

    #[test]
    fn a_thousand_meetings_are_remembered_and_the_next_one_clears_them() {
        let cache = ExcludedMediaCache::default();
        let video = ExcludedMedia { video: true, content: false };
        let meetings: Vec<_> = (0..=1_000)
            .map(|number| {
                let token = ClientRequestToken::parse(format!("token-{number}")).unwrap();
                MeetingId::for_token(&token)
            })
            .collect();
        let (last, others) = meetings.split_last().unwrap();
        others.iter().for_each(|meeting| cache.insert(*meeting, video));
        assert!(others.iter().all(|meeting| cache.get(*meeting) == video));
        cache.insert(*last, video);
        assert_eq!(cache.get(*last), video);
        assert!(others.iter().all(|meeting| cache.get(*meeting) == ExcludedMedia::default()));
    }
}
