//! The capabilities of an attendee are those of its creation or of an update, and of the last one where
//! it is known which one that is.

use super::history::Record;
use super::meeting::{Meeting, Mention};
use super::record::{is_over, status};
use super::request::granted;

pub fn check(meeting: &Meeting<'_>, found: &mut Vec<String>) {
    for mention in &meeting.mentions {
        let capabilities = ["Audio", "Video", "Content"]
            .map(|medium| mention.attendee["Capabilities"][medium].as_str().unwrap_or_default());
        if !meeting.may_have(mention, capabilities) {
            found.push(format!("{capabilities:?} are not what was asked for: {:?}", mention.by));
        }
    }
    meeting.creations_are_of_one_kind(found);
}

/// Something that gave an attendee capabilities.
struct Gift {
    capabilities: [&'static str; 3],
    begin: usize,
    /// When it was over, if it is known.
    end: Option<usize>,
    /// Whether it certainly happened.
    is_done: bool,
}

impl Gift {
    fn of(record: &Record, capabilities: [&'static str; 3], is_done: bool) -> Self {
        let end = is_over(record).then_some(record.responded);
        Self { capabilities, begin: record.invoked, end, is_done }
    }
}

impl Meeting<'_> {
    fn may_have(&self, mention: &Mention<'_>, capabilities: [&str; 3]) -> bool {
        let gifts = self.gifts(mention);
        let may_be_last = |gift: &&Gift| {
            gift.begin < mention.by.responded
                && !gifts.iter().any(|later| {
                    later.is_done
                        && later.capabilities != capabilities
                        && gift.end.is_some_and(|end| end <= later.begin)
                        && later.end.is_some_and(|end| end <= mention.by.invoked)
                })
        };
        gifts.iter().filter(|gift| gift.capabilities == capabilities).any(|gift| may_be_last(&gift))
    }

    /// The creation of an attendee, with each of the capabilities that it may have had, and its updates.
    fn gifts(&self, mention: &Mention<'_>) -> Vec<Gift> {
        let told = self.mentions.iter().filter(|it| it.id == mention.id);
        let seen = told.map(|it| it.by.responded).min().unwrap_or(mention.by.responded);
        let creations = self.wishes_for(mention.user).map(|(record, wish)| Gift {
            end: Some(seen),
            ..Gift::of(record, granted(wish), false)
        });
        let updates = self.all().filter_map(|record| {
            let capabilities = record.request.gives(mention.id)?;
            // Who joins meanwhile may be passed over.
            let is_met = record.request.target().is_some() || seen <= record.invoked;
            Some(Gift::of(record, capabilities, status(record) == 200 && is_met))
        });
        creations.chain(updates).collect()
    }

    /// Creations of the same attendee succeed only with the capabilities of the first.
    fn creations_are_of_one_kind(&self, found: &mut Vec<String>) {
        for (index, one) in self.mentions.iter().enumerate() {
            let same = self.mentions.iter().skip(index + 1).filter(|other| other.id == one.id);
            for other in same {
                let (Some(first), Some(second)) = (made_with(one), made_with(other)) else {
                    continue;
                };
                if first != second {
                    found.push(format!("{} was made with {first:?}, {second:?}", one.id));
                }
            }
        }
    }
}

/// What an answer tells that the attendee was made with.
pub fn made_with(mention: &Mention<'_>) -> Option<[&'static str; 3]> {
    let mut wishes = mention.by.request.wishes().iter().filter(|wish| wish.0 == mention.user);
    let first = granted(*wishes.next()?);
    wishes.all(|wish| granted(*wish) == first).then_some(first)
}
