//! The kinds of histories.

use std::time::Duration;

use super::request::{
    Known, LIFETIME, MAX_ATTENDEES, MEETINGS, NewMeeting, PRIMARY, Request, UPDATES, USERS,
};

/// What a history is about.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    topic: Topic,
    /// Whether the other meetings are replicas of the first.
    pub has_replicas: bool,
    /// Whether the clocks of two instances differ by a second. That matters when the lifetime ends, so the
    /// callers begin shortly before.
    pub clocks_differ: bool,
}

/// What a history mostly does. Conflicts between several callers are rare in histories of random
/// requests, so some histories concentrate on them.
#[derive(Clone, Copy, Debug)]
enum Topic {
    /// Any requests.
    Any,
    /// A full meeting's attendee is deleted and recreated, while others try to get its seat.
    Seat,
    /// The capabilities of one attendee change.
    Capabilities,
    /// A token, with and without a primary, whose meeting does not exist when the history begins.
    Token,
    /// A primary, some of whose replicas exist when the history begins, is deleted while others are
    /// created.
    Replicas { created: usize },
}

impl Scenario {
    /// Half of the histories have replicas.
    pub fn draw(random: &mut fastrand::Rng) -> Self {
        let topic = match random.u8(..5) {
            0 => Topic::Seat,
            1 => Topic::Capabilities,
            2 => Topic::Replicas { created: random.usize(..=3) },
            3 => Topic::Token,
            _ => Topic::Any,
        };
        let has_replicas = matches!(topic, Topic::Replicas { .. }) || random.u8(..3) == 0;
        Self { topic, has_replicas, clocks_differ: random.u8(..4) == 0 }
    }

    /// The time between the first requests and those of the callers.
    pub fn wait(self) -> Duration {
        let seconds = if self.clocks_differ { LIFETIME - 3 } else { 0 };
        Duration::from_secs(seconds)
    }

    /// The maximum of the long pauses between two requests of a caller, in milliseconds.
    pub fn longest_pause(self) -> u64 {
        if self.clocks_differ { 2_000 } else { 30_000 }
    }

    /// The first requests, without faults.
    pub fn prelude(self) -> Vec<Request> {
        let (users, replicas) = match self.topic {
            Topic::Any | Topic::Token => (0, 0),
            Topic::Seat => (MAX_ATTENDEES, 0),
            Topic::Capabilities => (1, 0),
            Topic::Replicas { created } => (0, created),
        };
        let new = |primary| NewMeeting { primary, parameters: 0 };
        let first = Request::CreateMeeting { meeting: PRIMARY, new: new(None) };
        let create = |user| Request::CreateAttendee { meeting: 0, spec: (user, 0) };
        let replica = |meeting| Request::CreateMeeting { meeting, new: new(Some(PRIMARY)) };
        let others = (0..users).map(create).chain((1..=replicas).map(replica));
        std::iter::once(first).chain(others).collect()
    }

    /// The next request, given the known attendees of each meeting.
    pub fn request(self, random: &mut fastrand::Rng, known: &[Vec<Known>; MEETINGS]) -> Request {
        // A deletion while the lifetime ends must end the meeting on every clock.
        if self.clocks_differ && random.u8(..8) == 0 {
            return Request::DeleteMeeting { meeting: PRIMARY };
        }
        let own = match self.topic {
            Topic::Any => None,
            Topic::Seat => seat(random, &known[0]),
            Topic::Capabilities => capabilities(random, &known[0]),
            Topic::Token => token(random, self.has_replicas),
            Topic::Replicas { .. } => replicas(random),
        };
        own.unwrap_or_else(|| Request::draw(random, known, self.has_replicas))
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

/// A request with the token of the second meeting, or one that ends that meeting or the primary.
fn token(random: &mut fastrand::Rng, has_replicas: bool) -> Option<Request> {
    let (meeting, new) = (1, NewMeeting::draw(random, if has_replicas { 3 } else { 0 }));
    let specs = (0..random.usize(1..=2)).map(|_| (random.usize(..USERS), 0)).collect();
    match random.u8(..100) {
        0..35 => Some(Request::CreateMeeting { meeting, new }),
        35..75 => Some(Request::CreateMeetingWithAttendees { meeting, new, specs }),
        75..80 => Some(Request::DeleteMeeting { meeting }),
        80..85 if has_replicas => Some(Request::DeleteMeeting { meeting: PRIMARY }),
        _ => None,
    }
}

/// About the replicas of a meeting: who creates them, and who ends them or their primary.
fn replicas(random: &mut fastrand::Rng) -> Option<Request> {
    let (meeting, new) = (random.usize(1..MEETINGS), NewMeeting::draw(random, 5));
    let spec = (random.usize(..USERS), 0);
    match random.u8(..100) {
        0..45 => Some(Request::CreateMeeting { meeting, new }),
        45..50 => Some(Request::CreateMeetingWithAttendees { meeting, new, specs: vec![spec] }),
        50..60 => Some(Request::DeleteMeeting { meeting: PRIMARY }),
        60..70 => Some(Request::DeleteMeeting { meeting }),
        70..80 => Some(Request::GetMeeting { meeting }),
        80..90 => Some(Request::CreateAttendee { meeting, spec }),
        _ => None,
    }
}
