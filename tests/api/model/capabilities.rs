//! An attendee has the capabilities of its creation or of an update. If it is known which of them was the
//! last, it has those.

use super::history::Record;
use super::meeting::{Meeting, Sighting};
use super::record::{is_over, status};
use super::request::granted;

pub fn check(meeting: &Meeting<'_>, found: &mut Vec<String>) {
    for sighting in &meeting.sightings {
        let capabilities = ["Audio", "Video", "Content"]
            .map(|medium| sighting.attendee["Capabilities"][medium].as_str().unwrap_or_default());
        if !meeting.may_have(sighting, capabilities) {
            found.push(format!("{capabilities:?} were not requested: {:?}", sighting.by));
        }
    }
    meeting.creations_have_equal_capabilities(found);
}

/// A request that gave an attendee capabilities.
struct Grant {
    capabilities: [&'static str; 3],
    begin: usize,
    /// Its end, if known.
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

    /// Every creation that may be the attendee's, and its updates.
    fn grants(&self, sighting: &Sighting<'_>) -> Vec<Grant> {
        let same = self.sightings.iter().filter(|other| other.id == sighting.id);
        let seen = same.map(|other| other.by.responded).min().unwrap_or(sighting.by.responded);
        let creations = self.specs_for(sighting.user).map(|(record, spec)| Grant {
            end: Some(seen),
            ..Grant::of(record, granted(spec), false)
        });
        let updates = self.all().filter_map(|record| {
            let capabilities = record.request.gives(sighting.id)?;
            // An update of all attendees may miss one that is created at the same time.
            let includes_it = record.request.target().is_some() || seen <= record.invoked;
            Some(Grant::of(record, capabilities, status(record) == 200 && includes_it))
        });
        creations.chain(updates).collect()
    }

    /// Replays succeed only with the capabilities of the first creation.
    fn creations_have_equal_capabilities(&self, found: &mut Vec<String>) {
        for (index, one) in self.sightings.iter().enumerate() {
            let same = self.sightings.iter().skip(index + 1).filter(|other| other.id == one.id);
            for other in same {
                let (Some(first), Some(second)) = (created_with(one), created_with(other)) else {
                    continue;
                };
                if first != second {
                    found.push(format!("{} was created with {first:?}, {second:?}", one.id));
                }
            }
        }
    }
}

/// The capabilities that the attendee was created with, if the response's request determines them.
pub fn created_with(sighting: &Sighting<'_>) -> Option<[&'static str; 3]> {
    let mut specs = sighting.by.request.specs().iter().filter(|spec| spec.0 == sighting.user);
    let first = granted(*specs.next()?);
    specs.all(|spec| granted(*spec) == first).then_some(first)
}
