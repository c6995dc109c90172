//! The transcription configuration of a meeting is that of the last start, or none after a stop.

use super::history::Record;
use super::meeting::Meeting;
use super::record::{is_clean, is_success, status};
use super::request::{Request, vocabulary};

pub fn check(meeting: &Meeting<'_>, found: &mut Vec<String>) {
    for stored in [meeting.settled, meeting.stored] {
        if !meeting.may_be_last(stored.vocabulary.as_deref()) {
            let (number, vocabulary) = (meeting.number, &stored.vocabulary);
            found.push(format!("the transcription of meeting {number} is {vocabulary:?}"));
        }
    }
}

/// A start, a stop, or the creation of the meeting.
struct Write {
    vocabulary: Option<String>,
    begin: usize,
    /// When it was over, if it is known.
    end: Option<usize>,
    /// Whether it certainly happened.
    is_done: bool,
}

impl Write {
    fn of(record: &Record) -> Option<Self> {
        let vocabulary = match record.request {
            Request::StartMeetingTranscription { number, .. } => Some(vocabulary(number)),
            Request::StopMeetingTranscription { .. } => None,
            _ => return None,
        };
        let end = is_clean(record).then_some(record.responded);
        Some(Self { vocabulary, begin: record.invoked, end, is_done: is_success(record) })
    }
}

impl Meeting<'_> {
    /// Whether the last write may be one of this vocabulary: one that no other certainly replaced.
    fn may_be_last(&self, vocabulary: Option<&str>) -> bool {
        let creation = Write { vocabulary: None, begin: 0, end: Some(0), is_done: true };
        // What was refused, and not repeated, did not happen.
        let happened = |record: &&Record| !is_clean(record) || status(record) < 400;
        let writes = self.all().filter(happened).filter_map(Write::of);
        let writes: Vec<_> = std::iter::once(creation).chain(writes).collect();
        let is_replaced = |write: &Write| {
            let follows = |later: &Write| write.end.is_some_and(|end| end <= later.begin);
            writes.iter().any(|later| {
                later.is_done && later.vocabulary != write.vocabulary && follows(later)
            })
        };
        let mut candidates = writes.iter().filter(|it| it.vocabulary.as_deref() == vocabulary);
        candidates.any(|write| !is_replaced(write))
    }
}
