//! What histories are about.

use super::request::{Known, MAX_ATTENDEES, MEETINGS, Request, UPDATES, USERS};

/// What a history is mostly about. Whatever takes several callers to meet is rare where everything
/// may happen.
#[derive(Clone, Copy, Debug)]
pub enum Scenario {
    /// Everything.
    Everything,
    /// Who leaves a full meeting and comes back, while others wait for the seat.
    Leaving,
    /// What one attendee may do.
    Capabilities,
}

impl Scenario {
    pub fn draw(random: &mut fastrand::Rng) -> Self {
        match random.u8(..4) {
            0 => Self::Leaving,
            1 => Self::Capabilities,
            _ => Self::Everything,
        }
    }

    /// What is asked before anything can fail.
    pub fn prelude(self) -> Vec<Request> {
        let users = match self {
            Self::Everything => 0,
            Self::Leaving => MAX_ATTENDEES,
            Self::Capabilities => 1,
        };
        let join = |user| Request::CreateAttendee { meeting: 0, wish: (user, 0) };
        std::iter::once(Request::CreateMeeting { meeting: 0 }).chain((0..users).map(join)).collect()
    }

    /// Any request that fits, where these attendees are known of each meeting.
    pub fn request(self, random: &mut fastrand::Rng, known: &[Vec<Known>; MEETINGS]) -> Request {
        let own = match self {
            Self::Everything => None,
            Self::Leaving => leaving(random, &known[0]),
            Self::Capabilities => capabilities(random, &known[0]),
        };
        own.unwrap_or_else(|| Request::draw(random, known))
    }
}

/// About one seat: whose user leaves and comes back, and which others want.
fn leaving(random: &mut fastrand::Rng, known: &[Known]) -> Option<Request> {
    let meeting = 0;
    let last = || known.iter().rfind(|known| known.user == 0).cloned();
    match random.u8(..100) {
        0..35 => Some(Request::CreateAttendee { meeting, wish: (0, 0) }),
        35..65 => Some(Request::DeleteAttendee { meeting, attendee: last()? }),
        65..90 => {
            let user = random.usize(MAX_ATTENDEES..USERS);
            Some(Request::CreateAttendee { meeting, wish: (user, 0) })
        }
        90..95 => {
            let wishes = (0..USERS).map(|user| (user, 0)).collect();
            Some(Request::BatchCreateAttendee { meeting, wishes })
        }
        _ => None,
    }
}

/// About one attendee: what it may do, and who looks.
fn capabilities(random: &mut fastrand::Rng, known: &[Known]) -> Option<Request> {
    let (meeting, to) = (0, UPDATES[random.usize(..UPDATES.len())]);
    let attendee = known.iter().rfind(|known| known.user == 0).cloned()?;
    match random.u8(..100) {
        0..60 => Some(Request::UpdateAttendeeCapabilities { meeting, attendee, to }),
        60..85 => Some(Request::GetAttendee { meeting, attendee }),
        85..95 => Some(Request::CreateAttendee { meeting, wish: (0, 0) }),
        _ => None,
    }
}
