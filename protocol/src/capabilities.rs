//! One attendee whose capabilities several callers change: the protocol of
//! UpdateAttendeeCapabilities.
//!
//! The attendee's item has its capabilities and a revision. A caller reads the attendee, and then
//! replaces its capabilities if the revision is still the same. `src/store/capabilities.rs` of
//! `rollcall` sends the update.

use crate::callers::{self, Callers, Model, Protocol, Verdict};
use crate::explorer::{self, Report};

/// The bounds of the model.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
pub enum Request {
    /// Reads the attendee, to give it these capabilities.
    #[allow(missing_docs, reason = "described above")]
    Find { to: Value },
    /// The write: these capabilities, if the attendee is as it was when it was read.
    Update {
        /// The capabilities that were read.
        from: Value,
        /// The revision that was read.
        revision: u8,
        /// The new capabilities.
        to: Value,
    },
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
        State {
            value: 0,
            revision: 0,
            callers: Callers::default(),
            waits_for_late: None,
            acknowledged: false,
            updates: self.updates,
        }
    }

    fn begins(&self, state: &State, _: usize) -> Vec<(Request, State)> {
        if state.updates == 0 {
            return Vec::new();
        }
        let next = State { updates: state.updates - 1, ..*state };
        (0..VALUES).map(|to| (Request::Find { to }, next)).collect()
    }

    fn apply(&self, state: &mut State, _: usize, request: Request) -> Outcome {
        match request {
            Request::Find { .. } => Outcome::Found(state.value, state.revision),
            Request::Update { revision, to, .. } if state.revision == revision => {
                state.value = to;
                state.revision += 1;
                Outcome::Applied
            }
            Request::Update { from, .. } if state.value == from => Outcome::Restored,
            Request::Update { .. } => Outcome::Replaced,
        }
    }

    fn next(&self, _: &State, _: usize, request: Request, outcome: Outcome) -> Next {
        match (request, outcome) {
            (Request::Find { to }, Outcome::Found(from, revision)) if from != to => {
                Next::Send(Request::Update { from, revision, to })
            }
            // An update that replaced what this one had read counts as the later one.
            _ => Next::Respond(Response::Updated),
        }
    }

    fn check(&self, before: &State, after: &mut State, action: Action) -> Verdict {
        match action {
            Action::Delayed(who, _) => after.waits_for_late = Some(who.caller),
            Action::Crash(who) if after.waits_for_late == Some(who.caller) => {
                after.waits_for_late = None;
            }
            Action::Received(who, request, outcome, Next::Respond(_)) => {
                if after.waits_for_late == Some(who.caller) {
                    after.waits_for_late = None;
                    after.acknowledged = true;
                }
                let is_as_read = matches!(
                    request, Request::Update { revision, .. } if revision == before.revision
                );
                return Verdict::breaks(SUCCESS, is_as_read && outcome != Outcome::Applied);
            }
            Action::Late(..) => {
                after.waits_for_late = None;
                after.acknowledged = false;
                let is_undone = before.acknowledged && after.value != before.value;
                return Verdict::breaks(UNDONE, is_undone);
            }
            _ => {}
        }
        Verdict::default()
    }

    fn callers(state: &mut State, _: usize) -> &mut Callers<Request> {
        &mut state.callers
    }

    fn is_write(request: Request) -> bool {
        matches!(request, Request::Update { .. })
    }

    fn explore(model: &Model<Self>) -> Report<Self> {
        explorer::explore(model)
    }
}
