//! The kinds of histories.

use super::request::{Known, MAX_ATTENDEES, MEETINGS, Request, UPDATES, USERS};

/// What a history mostly does. Conflicts between several callers are rare in histories of random
/// requests, so some histories concentrate on them.
#[derive(Clone, Copy, Debug)]
pub enum Scenario {
    /// Any requests.
    Any,
    /// A full meeting's attendee is deleted and recreated, while others try to get its seat.
    Seat,
    /// The capabilities of one attendee change.
    Capabilities,
}

impl Scenario {
    pub fn draw(random: &mut fastrand::Rng) -> Self {
        match random.u8(..4) {
            0 => Self::Seat,
            1 => Self::Capabilities,
            _ => Self::Any,
        }
    }

    /// The first requests, without faults.
    pub fn prelude(self) -> Vec<Request> {
        let users = match self {
            Self::Any => 0,
            Self::Seat => MAX_ATTENDEES,
            Self::Capabilities => 1,
        };
        let create = |user| Request::CreateAttendee { meeting: 0, spec: (user, 0) };
        std::iter::once(Request::CreateMeeting { meeting: 0 })
            .chain((0..users).map(create))
            .collect()
    }

    /// The next request, given the known attendees of each meeting.
    pub fn request(self, random: &mut fastrand::Rng, known: &[Vec<Known>; MEETINGS]) -> Request {
        let own = match self {
            Self::Any => None,
            Self::Seat => seat(random, &known[0]),
            Self::Capabilities => capabilities(random, &known[0]),
        };
        own.unwrap_or_else(|| Request::draw(random, known))
    }
}

/// A request for the seat of user 0, or for user 0.
fn seat(random: &mut fastrand::Rng, known: &[Known]) -> Option<Request> {
    let meeting = 0;
    let last = || known.iter().rfind(|known| known.user == 0).cloned();
    match random.u8(..100) {
        0..35 => Some(Request::CreateAttendee { meeting, spec: (0, 0) }),
        35..65 => Some(Request::DeleteAttendee { meeting, attendee: last()? }),
        65..90 => {
            let user = random.usize(MAX_ATTENDEES..USERS);
            Some(Request::CreateAttendee { meeting, spec: (user, 0) })
        }
        90..95 => {
            let specs = (0..USERS).map(|user| (user, 0)).collect();
            Some(Request::BatchCreateAttendee { meeting, specs })
        }
        _ => None,
    }
}

/// A request that changes or reads the capabilities of user 0.
fn capabilities(random: &mut fastrand::Rng, known: &[Known]) -> Option<Request> {
    let (meeting, to) = (0, UPDATES[random.usize(..UPDATES.len())]);
    let attendee = known.iter().rfind(|known| known.user == 0).cloned()?;
    match random.u8(..100) {
        0..60 => Some(Request::UpdateAttendeeCapabilities { meeting, attendee, to }),
        60..85 => Some(Request::GetAttendee { meeting, attendee }),
        85..95 => Some(Request::CreateAttendee { meeting, spec: (0, 0) }),
        _ => None,
    }
}
