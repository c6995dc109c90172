//! The capabilities of an attendee are those of its creation or of an update, and of the last one where
//! it is known which one that is.

use super::history::Record;
use super::meeting::{Meeting, Sighting};
use super::record::{is_over, status};
use super::request::granted;

pub fn check(meeting: &Meeting<'_>, found: &mut Vec<String>) {
    for sighting in &meeting.sightings {
        let capabilities = ["Audio", "Video", "Content"]
            .map(|medium| sighting.attendee["Capabilities"][medium].as_str().unwrap_or_default());
        if !meeting.may_have(sighting, capabilities) {
            found.push(format!("{capabilities:?} are not what was asked for: {:?}", sighting.by));
        }
    }
    meeting.creations_are_of_one_kind(found);
}

/// Something that gave an attendee capabilities.
struct Grant {
    capabilities: [&'static str; 3],
    begin: usize,
    /// When it was over, if it is known.
    end: Option<usize>,
    /// Whether it certainly happened.
    is_done: bool,
}

impl Grant {
    fn of(record: &Record, capabilities: [&'static str; 3], is_done: bool) -> Self {
        let end = is_over(record).then_some(record.responded);
        Self { capabilities, begin: record.invoked, end, is_done }
    }
}

impl Meeting<'_> {
    fn may_have(&self, sighting: &Sighting<'_>, capabilities: [&str; 3]) -> bool {
        let grants = self.grants(sighting);
        let may_be_last = |grant: &&Grant| {
            grant.begin < sighting.by.responded
                && !grants.iter().any(|later| {
                    later.is_done
                        && later.capabilities != capabilities
                        && grant.end.is_some_and(|end| end <= later.begin)
                        && later.end.is_some_and(|end| end <= sighting.by.invoked)
                })
        };
        grants
            .iter()
            .filter(|grant| grant.capabilities == capabilities)
            .any(|grant| may_be_last(&grant))
    }

    /// The creation of an attendee, with each of the capabilities that it may have had, and its updates.
    fn grants(&self, sighting: &Sighting<'_>) -> Vec<Grant> {
        let told = self.sightings.iter().filter(|it| it.id == sighting.id);
        let seen = told.map(|it| it.by.responded).min().unwrap_or(sighting.by.responded);
        let creations = self.wishes_for(sighting.user).map(|(record, wish)| Grant {
            end: Some(seen),
            ..Grant::of(record, granted(wish), false)
        });
        let updates = self.all().filter_map(|record| {
            let capabilities = record.request.gives(sighting.id)?;
            // Who joins meanwhile may be passed over.
            let is_met = record.request.target().is_some() || seen <= record.invoked;
            Some(Grant::of(record, capabilities, status(record) == 200 && is_met))
        });
        creations.chain(updates).collect()
    }

    /// Creations of the same attendee succeed only with the capabilities of the first.
    fn creations_are_of_one_kind(&self, found: &mut Vec<String>) {
        for (index, one) in self.sightings.iter().enumerate() {
            let same = self.sightings.iter().skip(index + 1).filter(|other| other.id == one.id);
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
pub fn made_with(sighting: &Sighting<'_>) -> Option<[&'static str; 3]> {
    let mut wishes = sighting.by.request.wishes().iter().filter(|wish| wish.0 == sighting.user);
    let first = granted(*wishes.next()?);
    wishes.all(|wish| granted(*wish) == first).then_some(first)
}
