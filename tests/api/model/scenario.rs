//! What histories are about.

use super::request::{Known, MAX_ATTENDEES, MEETINGS, PRIMARY, Request, UPDATES, USERS};

/// What a history is about.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    topic: Topic,
    /// Whether the other meetings are replicas of the first.
    pub has_replicas: bool,
}

/// What a history is mostly about. Whatever takes several callers to meet is rare where everything
/// may happen.
#[derive(Clone, Copy, Debug)]
enum Topic {
    /// Everything.
    Everything,
    /// Who leaves a full meeting and comes back, while others wait for the seat.
    Leaving,
    /// What one attendee may do.
    Capabilities,
    /// A primary, some of whose replicas exist when the history begins, is deleted while others are
    /// created.
    Replicas { created: usize },
}

impl Scenario {
    /// Half of the histories have replicas.
    pub fn draw(random: &mut fastrand::Rng) -> Self {
        let topic = match random.u8(..4) {
            0 => Topic::Leaving,
            1 => Topic::Capabilities,
            2 => Topic::Replicas { created: random.usize(..=3) },
            _ => Topic::Everything,
        };
        let has_replicas = matches!(topic, Topic::Replicas { .. }) || random.u8(..3) == 0;
        Self { topic, has_replicas }
    }

    /// What is asked before anything can fail.
    pub fn prelude(self) -> Vec<Request> {
        let (users, replicas) = match self.topic {
            Topic::Everything => (0, 0),
            Topic::Leaving => (MAX_ATTENDEES, 0),
            Topic::Capabilities => (1, 0),
            Topic::Replicas { created } => (0, created),
        };
        let first = Request::CreateMeeting { meeting: PRIMARY, primary: None };
        let join = |user| Request::CreateAttendee { meeting: 0, wish: (user, 0) };
        let replica = |meeting| Request::CreateMeeting { meeting, primary: Some(PRIMARY) };
        let others = (0..users).map(join).chain((1..=replicas).map(replica));
        std::iter::once(first).chain(others).collect()
    }

    /// Any request that fits, where these attendees are known of each meeting.
    pub fn request(self, random: &mut fastrand::Rng, known: &[Vec<Known>; MEETINGS]) -> Request {
        let own = match self.topic {
            Topic::Everything => None,
            Topic::Leaving => leaving(random, &known[0]),
            Topic::Capabilities => capabilities(random, &known[0]),
            Topic::Replicas { .. } => replicas(random),
        };
        own.unwrap_or_else(|| Request::draw(random, known, self.has_replicas))
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

/// About the replicas of a meeting: who creates them, and who ends them or their primary.
fn replicas(random: &mut fastrand::Rng) -> Option<Request> {
    let (meeting, primary) = (random.usize(1..MEETINGS), Some(PRIMARY));
    let wish = (random.usize(..USERS), 0);
    match random.u8(..100) {
        0..45 => Some(Request::CreateMeeting { meeting, primary }),
        45..50 => {
            Some(Request::CreateMeetingWithAttendees { meeting, primary, wishes: vec![wish] })
        }
        50..60 => Some(Request::DeleteMeeting { meeting: PRIMARY }),
        60..70 => Some(Request::DeleteMeeting { meeting }),
        70..80 => Some(Request::GetMeeting { meeting }),
        80..90 => Some(Request::CreateAttendee { meeting, wish }),
        _ => None,
    }
}
