//! One attendee whose capabilities several callers change: the protocol of
//! UpdateAttendeeCapabilities.
//!
//! The attendee's item has its capabilities and a revision. A caller reads the attendee, and then
//! replaces its capabilities if the revision is still the same. `src/store/capabilities.rs` of
//! `rollcall` sends the update.

use self::Request::*;
use crate::callers::{self, Callers, Finding, Model, Protocol, Report, breaks};
use crate::explorer;

/// The protocol, within these bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// How many requests begin.
    pub updates: u8,
}

/// The number of different capabilities; an attendee is created with the first.
pub const VALUES: u8 = 3;

/// Capabilities.
pub type Value = u8;

/// The attendee's item, the callers, and the promise of a late write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct State {
    /// The attendee's capabilities.
    pub value: Value,
    /// How often they were replaced.
    pub revision: u8,
    /// The callers.
    pub callers: Callers<Request>,
    /// The caller that sent the late write, until its request to the service ends.
    pub waits_for_late: Option<usize>,
    /// Whether the response to that request was 200.
    pub acknowledged: bool,
    /// How many more requests may begin.
    pub updates: u8,
}

/// A request to DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the fields are described at the request")]
pub enum Request {
    /// Reads the attendee, to give it the capabilities `to`.
    Find { to: Value },
    /// The write: the capabilities `to`, if the attendee still has the revision at which the
    /// capabilities `from` were read.
    Update { from: Value, revision: u8, to: Value },
}

/// What a request to DynamoDB results in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The attendee has these capabilities, at this revision.
    Found(Value, u8),
    /// The update is applied.
    Applied,
    /// It is refused, because the capabilities were replaced.
    Replaced,
    /// It is refused, because the capabilities were replaced, although they are the same again.
    Restored,
}

/// The service's response to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
    /// 200 with the capabilities that the caller asked for.
    Updated,
}

type Action = callers::Action<Capabilities>;
type Next = callers::Next<Capabilities>;
type Pending = callers::Pending<Request>;

const UNDONE: &str = "an acknowledged update is not undone by a late attempt of an earlier one";
const SUCCESS: &str =
    "the response to an update is 200 after it was applied, or after another one was";

impl Protocol for Capabilities {
    type State = State;
    type Request = Request;
    type Outcome = Outcome;
    type Response = Response;

    const PARTIES: &'static [&'static str] = &["alice"];
    const DONE: Outcome = Outcome::Applied;

    fn initial(&self) -> State {
        State { updates: self.updates, ..State::default() }
    }

    fn begins(&self, state: &State, _: usize) -> Vec<(Request, State)> {
        let Some(updates) = state.updates.checked_sub(1) else { return Vec::new() };
        let next = State { updates, ..*state };
        (0..VALUES).map(|to| (Find { to }, next)).collect()
    }

    fn apply(&self, state: &mut State, _: usize, pending: Pending) -> Outcome {
        match pending.request {
            Find { .. } => Outcome::Found(state.value, state.revision),
            Update { revision, to, .. } if state.revision == revision => {
                state.value = to;
                state.revision += 1;
                Outcome::Applied
            }
            Update { from, .. } if state.value == from => Outcome::Restored,
            Update { .. } => Outcome::Replaced,
        }
    }

    fn next(&self, _: &State, _: usize, request: Request, outcome: Outcome) -> Next {
        match (request, outcome) {
            (Find { to }, Outcome::Found(from, revision)) if from != to => {
                Next::Send(Update { from, revision, to })
            }
            // An update that replaced what this one had read counts as the later one.
            _ => Next::Respond(Response::Updated),
        }
    }

    fn check(&self, before: &State, after: &mut State, action: Action) -> Option<Finding> {
        match action {
            Action::Delayed(who, _) => after.waits_for_late = Some(who.caller),
            Action::Crash(who) if after.waits_for_late == Some(who.caller) => {
                after.waits_for_late = None;
            }
            Action::Received(who, pending, outcome, Next::Respond(_)) => {
                if after.waits_for_late == Some(who.caller) {
                    after.waits_for_late = None;
                    after.acknowledged = true;
                }
                let is_as_read = matches!(
                    pending.request, Update { revision, .. } if revision == before.revision
                );
                return breaks(SUCCESS, is_as_read && outcome != Outcome::Applied);
            }
            Action::Late(..) => {
                after.waits_for_late = None;
                after.acknowledged = false;
                let is_undone = before.acknowledged && after.value != before.value;
                return breaks(UNDONE, is_undone);
            }
            _ => {}
        }
        None
    }

    fn callers(state: &mut State, _: usize) -> &mut Callers<Request> {
        &mut state.callers
    }

    fn is_write(request: Request) -> bool {
        matches!(request, Update { .. })
    }

    fn explore(model: &Model<Self>) -> Report<Self> {
        explorer::explore(model)
    }
}
