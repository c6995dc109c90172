//! One attendee whose capabilities several callers change: the protocol of UpdateAttendeeCapabilities.
//!
//! The attendee's item has its capabilities and a revision. A caller reads the attendee, and then replaces its
//! capabilities if the revision is still the same. `src/store/capabilities.rs` of `rollcall` sends the update.

use std::mem::{Discriminant, discriminant};

use crate::explorer::{self, Model, Report, Step};

/// The bounds of the model.
#[derive(Clone, Copy, Debug)]
pub struct Capabilities {
    /// How many requests begin.
    pub updates: u8,
    /// A planted bug.
    pub bug: Option<Bug>,
}

/// The number of callers.
pub const CALLERS: usize = 2;
/// The number of different capabilities; an attendee is created with the first.
pub const VALUES: u8 = 3;

/// Capabilities.
pub type Value = u8;

/// The attendee's item, the callers, and a late write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The attendee's capabilities.
    pub value: Value,
    /// How often they were replaced.
    pub revision: u8,
    /// The callers.
    pub callers: [Caller; CALLERS],
    /// An update that DynamoDB will apply later.
    pub late: Option<Late>,
    /// How many more requests may begin.
    pub updates: u8,
}

/// A caller of the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Caller {
    /// It has no request.
    #[default]
    Idle,
    /// Its instance reads the attendee, to give it these capabilities.
    Finds(Value),
    /// Its instance sends this update.
    Updates(Update),
}

/// The write: these capabilities, if the attendee is as it was when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Update {
    /// The capabilities that were read.
    pub from: Value,
    /// The revision that was read.
    pub revision: u8,
    /// The new capabilities.
    pub to: Value,
}

/// What becomes of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It is applied.
    Applied,
    /// It is refused, because the capabilities were replaced.
    Replaced,
    /// It is refused, because the capabilities were replaced, although they are the same again.
    Restored,
}

/// A late write of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Late {
    /// The write.
    pub update: Update,
    /// The caller that still waits for its request to the service.
    pub caller: Option<usize>,
    /// Whether that request was answered with 200.
    pub acknowledged: bool,
}

/// A step. The number is that of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A caller asks for these capabilities.
    Begin(usize, Value),
    /// The attendee is read for these capabilities. The instance sends this update, or answers the caller
    /// because the attendee has the capabilities already.
    Found(usize, Value, Option<Update>),
    /// The update is applied or refused, and the caller answered with 200 in both cases: an update that replaced
    /// what this one had read counts as the later one.
    Answered(usize, Update, Outcome),
    /// The update is applied or refused, and its answer is lost. The SDK repeats it.
    Lost(usize, Update, Outcome),
    /// The update does not arrive yet. The SDK repeats it.
    Delayed(usize, Update),
    /// A delayed update arrives.
    Late(Update, Outcome),
    /// The caller's instance dies.
    Crash(usize),
}

/// What distinguishes steps apart from the caller and the capabilities: the outcome of an update, and whether
/// an attendee that is read has the capabilities already.
pub type Kind = (Discriminant<Action>, Option<Outcome>, bool);

impl Action {
    fn kind(&self) -> Kind {
        let outcome = match *self {
            Self::Answered(_, _, outcome) | Self::Lost(_, _, outcome) | Self::Late(_, outcome) => {
                Some(outcome)
            }
            Self::Begin(..) | Self::Found(..) | Self::Delayed(..) | Self::Crash(_) => None,
        };
        (discriminant(self), outcome, matches!(self, Self::Found(_, _, None)))
    }
}

/// A defect to plant in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// The update has no condition.
    UpdateWithoutCondition,
    /// The condition compares the capabilities instead of the revision.
    CompareCapabilities,
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 2] = [Self::UpdateWithoutCondition, Self::CompareCapabilities];

    /// What is wrong.
    pub fn description(self) -> &'static str {
        match self {
            Self::UpdateWithoutCondition => "an update of capabilities without its condition",
            Self::CompareCapabilities => {
                "an update of capabilities compares the capabilities instead of the revision"
            }
        }
    }
}

const UNDONE: &str = "an acknowledged update is not undone by a late attempt of an earlier one";
const SUCCESS: &str =
    "an update is answered with 200 after it was applied, or after another one was";

impl Capabilities {
    /// Visits every state, or those until the first broken promise.
    pub fn explore(&self) -> Report<Self> {
        explorer::explore(self)
    }

    /// DynamoDB applies the update if its condition holds.
    fn apply(&self, state: &mut State, update: Update) -> Outcome {
        let is_as_read = state.value == update.from;
        let holds = match self.bug {
            None => state.revision == update.revision,
            Some(Bug::UpdateWithoutCondition) => true,
            Some(Bug::CompareCapabilities) => is_as_read,
        };
        if holds {
            state.value = update.to;
            state.revision += 1;
            return Outcome::Applied;
        }
        if is_as_read { Outcome::Restored } else { Outcome::Replaced }
    }

    /// The instance reads the attendee.
    fn find(&self, state: &State, caller: usize, to: Value) -> Step<Self> {
        let update = Update { from: state.value, revision: state.revision, to };
        let update = (state.value != to).then_some(update);
        let mut next = *state;
        next.callers[caller] = update.map_or(Caller::Idle, Caller::Updates);
        step(Action::Found(caller, to, update), next)
    }

    /// The update is applied or refused, and answered.
    fn proceed(&self, state: &State, caller: usize, update: Update) -> Step<Self> {
        let mut next = *state;
        let outcome = self.apply(&mut next, update);
        next.callers[caller] = Caller::Idle;
        if let Some(late) = &mut next.late
            && late.caller == Some(caller)
        {
            late.acknowledged = true;
            late.caller = None;
        }
        let is_false = outcome != Outcome::Applied && state.revision == update.revision;
        let broken = is_false.then_some(SUCCESS);
        Step { broken, ..step(Action::Answered(caller, update, outcome), next) }
    }

    /// The instance dies, or the answer or the update is lost on its way.
    fn fail(&self, state: &State, caller: usize, update: Update, steps: &mut Vec<Step<Self>>) {
        let mut next = *state;
        next.callers[caller] = Caller::Idle;
        if let Some(late) = &mut next.late
            && late.caller == Some(caller)
        {
            late.caller = None;
        }
        steps.push(step(Action::Crash(caller), next));
        let mut next = *state;
        let outcome = self.apply(&mut next, update);
        steps.push(step(Action::Lost(caller, update, outcome), next));
        if state.late.is_none() {
            let late = Some(Late { update, caller: Some(caller), acknowledged: false });
            steps.push(step(Action::Delayed(caller, update), State { late, ..*state }));
        }
    }
}

impl Model for Capabilities {
    type State = State;
    type Action = Action;
    type Kind = Kind;

    fn initial(&self) -> State {
        State {
            value: 0,
            revision: 0,
            callers: Default::default(),
            late: None,
            updates: self.updates,
        }
    }

    fn canonical(&self, state: &State) -> State {
        *state
    }

    fn broken_promise(&self, _: &State) -> Option<&'static str> {
        None
    }

    fn steps(&self, state: &State, steps: &mut Vec<Step<Self>>) {
        for caller in 0..CALLERS {
            match state.callers[caller] {
                Caller::Idle if state.updates > 0 => {
                    for to in 0..VALUES {
                        let mut next = State { updates: state.updates - 1, ..*state };
                        next.callers[caller] = Caller::Finds(to);
                        steps.push(step(Action::Begin(caller, to), next));
                    }
                }
                Caller::Idle => {}
                Caller::Finds(to) => steps.push(self.find(state, caller, to)),
                Caller::Updates(update) => {
                    steps.push(self.proceed(state, caller, update));
                    self.fail(state, caller, update, steps);
                }
            }
        }
        if let Some(late) = state.late {
            let mut next = State { late: None, ..*state };
            let outcome = self.apply(&mut next, late.update);
            let is_undone = late.acknowledged && next.value != state.value;
            let broken = is_undone.then_some(UNDONE);
            steps.push(Step { broken, ..step(Action::Late(late.update, outcome), next) });
        }
    }
}

fn step(action: Action, next: State) -> Step<Capabilities> {
    Step { action, kind: action.kind(), next, broken: None, imprecision: None }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let outcome = |outcome: &Outcome| match outcome {
            Outcome::Applied => "applied",
            Outcome::Replaced | Outcome::Restored => "refused",
        };
        match self {
            Self::Begin(caller, to) => write!(f, "caller {caller} asks for the capabilities {to}"),
            Self::Found(caller, _, Some(_)) => write!(f, "caller {caller}: the attendee is read"),
            Self::Found(caller, _, None) => write!(f, "caller {caller}: the attendee is read; 200"),
            Self::Answered(caller, update, result) => {
                write!(f, "caller {caller}: {update:?} is {}; 200", outcome(result))
            }
            Self::Lost(caller, update, result) => {
                write!(
                    f,
                    "caller {caller}: {update:?} is {}, but the answer is lost",
                    outcome(result)
                )
            }
            Self::Delayed(caller, update) => write!(f, "caller {caller}: {update:?} is delayed"),
            Self::Late(update, result) => write!(f, "late: {update:?} is {}", outcome(result)),
            Self::Crash(caller) => write!(f, "caller {caller} dies"),
        }
    }
}
