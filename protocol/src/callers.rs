//! Callers and faults, the same in all protocols.
//!
//! A caller sends a request to the service, and an instance serves it with one request to DynamoDB
//! after the other. `Model::steps` finds all that can happen next: an instance goes on or
//! crashes, a response is lost, a request is late, or time passes.
//!
//! A planted [`Bug`] overrides steps of the protocol. A search of all states gives a [`Report`].

use std::fmt::{Debug, Display, Formatter};
use std::hash::Hash;
use std::mem::discriminant;

/// The number of callers of each party.
pub const CALLERS: usize = 2;

const FINISH: &str = "every request can finish";

/// More requests than a caller sends when it is alone.
const MAX_REQUESTS: usize = 12;

/// A protocol: its state, its requests, their conditions, and its promises.
pub trait Protocol: Copy + Debug + Eq + 'static {
    /// The items of the tables, the callers, and what callers were promised.
    type State: Copy + Debug + Eq + Hash;
    /// A request to DynamoDB.
    type Request: Copy + Debug + Ord + Hash;
    /// What a request to DynamoDB results in.
    type Outcome: Copy + Debug + Eq;
    /// The service's response to a caller.
    type Response: Copy + Debug + Eq;

    /// The names of the parties. Each party has callers of its own.
    const PARTIES: &'static [&'static str];
    /// The outcome of a request that was applied.
    const DONE: Self::Outcome;

    /// The state before the first step.
    fn initial(&self) -> Self::State;

    /// The requests to DynamoDB with which the operations begin, each with the state that counts
    /// it. A caller may begin with the first one as often as it likes.
    fn begins(&self, state: &Self::State, party: usize) -> Vec<(Self::Request, Self::State)>;

    /// DynamoDB applies a request of a party's caller if the request's condition holds.
    fn apply(
        &self,
        state: &mut Self::State,
        party: usize,
        pending: Pending<Self::Request>,
    ) -> Self::Outcome;

    /// What an instance does when its request had this outcome.
    fn next(
        &self,
        state: &Self::State,
        party: usize,
        request: Self::Request,
        outcome: Self::Outcome,
    ) -> Next<Self>;

    /// Notes what a response promises, and returns what it breaks or shows. In the state, DynamoDB
    /// has applied the caller's last request, the pending one.
    fn check_response(
        &self,
        _state: &mut Self::State,
        _party: usize,
        _pending: Pending<Self::Request>,
        _: Self::Response,
    ) -> Option<Finding> {
        None
    }

    /// The same for any step. In `after`, DynamoDB has applied the request.
    fn check(
        &self,
        before: &Self::State,
        after: &mut Self::State,
        action: Action<Self>,
    ) -> Option<Finding>;

    /// The promise that a state breaks, whatever step led to it.
    fn broken(&self, _: &Self::State) -> Option<&'static str> {
        None
    }

    /// The callers of a party.
    fn callers(state: &mut Self::State, party: usize) -> &mut Callers<Self::Request>;

    /// The time of day, if something ends by itself.
    fn time(_: &mut Self::State) -> Option<&mut Time> {
        None
    }

    /// Whether a request that begins now begins after the end, on every clock.
    fn has_ended(_: &Self::State) -> bool {
        false
    }

    /// Whether the request changes a table.
    fn is_write(request: Self::Request) -> bool;

    /// Whether the request is a transaction.
    fn is_transaction(_: Self::Request) -> bool {
        false
    }

    /// Whether the instance compares the lifetime with its clock when it makes the request.
    fn reads_clock(_: Self::Request) -> bool {
        false
    }

    /// The representative of all states that differ only in names: of ids, parties or callers.
    fn canonical(state: Self::State) -> Self::State {
        state
    }

    /// Visits every state, or those until the first broken promise. Each protocol calls the generic
    /// function, so that it is compiled with the optimization of this package.
    fn explore(model: &Model<Self>) -> Report<Self>;
}

/// A protocol, and what can go wrong.
#[derive(Clone, Copy)]
pub struct Model<P: Protocol> {
    /// The protocol with its bounds.
    pub protocol: P,
    /// Whether callers crash and responses are lost.
    pub faults: bool,
    /// How many writes can be late at the same time.
    pub late: usize,
    /// Whether the lifetime ends.
    pub lifetime: bool,
    /// A planted bug.
    pub bug: Option<&'static Bug<P>>,
}

type State<P> = <P as Protocol>::State;
type Request<P> = <P as Protocol>::Request;
type Outcome<P> = <P as Protocol>::Outcome;
type Begin<P> = fn(&State<P>, usize, Request<P>) -> Option<Request<P>>;
type Apply<P> = fn(&P, &mut State<P>, usize, Pending<Request<P>>) -> Option<Outcome<P>>;
type Then<P> = fn(&State<P>, usize, Request<P>, Outcome<P>) -> Option<Next<P>>;

/// A defect to plant in a protocol: what takes the place of its steps, `None` where they stay as
/// they are.
pub struct Bug<P: Protocol> {
    /// What is wrong.
    pub description: &'static str,
    /// In place of a request to DynamoDB with which an operation begins.
    begin: Begin<P>,
    /// In place of [`Protocol::apply`].
    apply: Apply<P>,
    /// In place of [`Protocol::next`].
    next: Then<P>,
}

impl<P: Protocol> Bug<P> {
    pub(crate) const fn new(description: &'static str) -> Self {
        let (begin, apply): (Begin<P>, Apply<P>) = (|_, _, _| None, |_, _, _, _| None);
        Self { description, begin, apply, next: |_, _, _, _| None }
    }

    pub(crate) const fn begin(self, begin: Begin<P>) -> Self {
        Self { begin, ..self }
    }

    pub(crate) const fn apply(self, apply: Apply<P>) -> Self {
        Self { apply, ..self }
    }

    pub(crate) const fn next(self, next: Then<P>) -> Self {
        Self { next, ..self }
    }
}

/// The steps from the initial state to a state.
pub type History<P> = Vec<Step<P>>;

/// What a search found.
#[derive(Debug)]
pub struct Report<P: Protocol> {
    /// The number of states, of which those that differ only in names count once.
    pub states: usize,
    /// The first broken promise, with a shortest history that breaks it. It ends the search.
    pub broken: Option<(&'static str, History<P>)>,
    /// Each imprecision, with a shortest history that shows it.
    pub imprecisions: Vec<(&'static str, History<P>)>,
    /// A shortest history to each kind of step; none with a planted bug.
    pub kinds: Vec<History<P>>,
}

/// A party's callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Callers<R> {
    /// What the instance of each caller waits for. A caller without a request to the service has
    /// none.
    pub each: [Option<Pending<R>>; CALLERS],
    /// Writes that DynamoDB will apply later. Nobody waits for their responses.
    pub late: [Option<Pending<R>>; 2],
}

/// A request to DynamoDB without a response. The SDK retries it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pending<R> {
    /// The request.
    pub request: R,
    /// Whether the lifetime was over on the instance's clock when it made the request. A retry does
    /// not read the clock again.
    pub expired: bool,
    /// Whether DynamoDB has applied this transaction. The SDK gives each transaction a token, so
    /// DynamoDB responds to a retry with success.
    pub applied: bool,
    /// Whether the caller's request to the service began after the end; false for a late write.
    pub begins_late: bool,
}

/// The time of day on the clocks of two instances, which differ by a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Time {
    /// The lifetime is not over on any clock.
    Before,
    /// It is over on the clock that is ahead.
    Between,
    /// It is over on both clocks.
    After,
}

/// What an instance does after the outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next<P: Protocol> {
    /// It sends another request.
    Send(P::Request),
    /// It responds to the caller.
    Respond(P::Response),
    /// It responds to the caller with success, whatever becomes of this request.
    RespondAfter(P::Request),
}

/// A step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<P: Protocol> {
    /// A caller sends a request to the service, which makes this request to DynamoDB.
    Begin(Who, Pending<P::Request>),
    /// DynamoDB applies or refuses the request. The instance receives the response and goes on.
    Received(Who, Pending<P::Request>, P::Outcome, Next<P>),
    /// DynamoDB applies or refuses the request, and its response is lost. The SDK retries.
    Lost(Who, Pending<P::Request>, P::Outcome),
    /// The request does not arrive yet. The SDK retries it.
    Delayed(Who, Pending<P::Request>),
    /// A delayed request arrives.
    Late(Who, Pending<P::Request>, P::Outcome),
    /// The caller's instance crashes, or gives up and responds with 503.
    Crash(Who),
    /// Another second begins.
    Tick(Time),
}

/// A caller, or a late write, of a party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Who {
    /// The index of the party.
    pub party: usize,
    /// The index of the caller or the late write.
    pub caller: usize,
}

/// What a step breaks or shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The step breaks this promise.
    Breaks(&'static str),
    /// The step shows this imprecision.
    Shows(&'static str),
}

/// One step from a state to the next.
#[derive(Clone, Copy, Debug)]
pub struct Step<P: Protocol> {
    /// What happens.
    pub action: Action<P>,
    /// The state afterwards.
    pub next: P::State,
    /// What it breaks or shows.
    pub finding: Option<Finding>,
}

/// Collects every step that is possible in a state.
struct Steps<'a, P: Protocol> {
    model: &'a Model<P>,
    state: P::State,
    found: Vec<Step<P>>,
}

impl<P: Protocol> Steps<'_, P> {
    fn find(&mut self) {
        for party in 0..P::PARTIES.len() {
            let callers = *P::callers(&mut self.state, party);
            for (caller, pending) in callers.each.into_iter().enumerate() {
                let who = Who { party, caller };
                let Some(pending) = pending else {
                    self.begin(who);
                    continue;
                };
                self.received(who, pending);
                if self.model.faults {
                    self.crash(who);
                    if P::is_write(pending.request) {
                        self.lost(who, pending);
                        self.delayed(who, pending);
                    }
                }
            }
            for (caller, pending) in callers.late.into_iter().enumerate() {
                if let Some(pending) = pending {
                    self.late(Who { party, caller }, pending);
                }
            }
        }
        if self.model.lifetime {
            self.tick();
        }
    }

    fn begin(&mut self, who: Who) {
        let begins_late = P::has_ended(&self.state);
        for (request, mut next) in self.model.begins(&self.state, who.party) {
            for pending in on_each_clock::<P>(self.state, request, begins_late) {
                *who.caller::<P>(&mut next) = Some(pending);
                self.add(Action::Begin(who, pending), next);
            }
        }
    }

    fn received(&mut self, who: Who, pending: Pending<P::Request>) {
        let mut next = self.state;
        let outcome = self.model.apply(&mut next, who.party, pending);
        let then = self.model.next(&next, who.party, pending.request, outcome);
        let action = Action::Received(who, pending, outcome, then);
        let (Next::Send(request) | Next::RespondAfter(request)) = then else {
            *who.caller::<P>(&mut next) = None;
            return self.add(action, next);
        };
        for following in on_each_clock::<P>(self.state, request, pending.begins_late) {
            *who.caller::<P>(&mut next) = Some(following);
            self.add(action, next);
        }
    }

    fn crash(&mut self, who: Who) {
        let mut next = self.state;
        *who.caller::<P>(&mut next) = None;
        self.add(Action::Crash(who), next);
    }

    fn lost(&mut self, who: Who, pending: Pending<P::Request>) {
        let mut next = self.state;
        let outcome = self.model.apply(&mut next, who.party, pending);
        if next != self.state
            && let Some(retry) = who.caller::<P>(&mut next)
        {
            retry.applied |= P::is_transaction(pending.request);
        }
        self.add(Action::Lost(who, pending, outcome), next);
    }

    fn delayed(&mut self, who: Who, pending: Pending<P::Request>) {
        let mut next = self.state;
        let mut late = 0;
        for party in 0..P::PARTIES.len() {
            late += P::callers(&mut next, party).late.iter().flatten().count();
        }
        let place = P::callers(&mut next, who.party).late.iter_mut().find(|late| late.is_none());
        if let (true, Some(place)) = (late < self.model.late, place) {
            *place = Some(Pending { begins_late: false, ..pending });
            self.add(Action::Delayed(who, pending), next);
        }
    }

    fn late(&mut self, who: Who, pending: Pending<P::Request>) {
        let mut before = self.state;
        P::callers(&mut before, who.party).late[who.caller] = None;
        let mut next = before;
        let outcome = self.model.apply(&mut next, who.party, pending);
        if next != before && P::is_transaction(pending.request) {
            // The caller whose instance retries it.
            for retry in P::callers(&mut next, who.party).each.iter_mut().flatten() {
                retry.applied |= pending == Pending { begins_late: false, ..*retry };
            }
        }
        self.add(Action::Late(who, pending, outcome), next);
    }

    fn tick(&mut self) {
        let mut next = self.state;
        let Some(time) = P::time(&mut next) else { return };
        let later = if *time == Time::Before { Time::Between } else { Time::After };
        if std::mem::replace(time, later) != later {
            self.add(Action::Tick(later), next);
        }
    }

    fn add(&mut self, action: Action<P>, mut next: P::State) {
        let protocol = self.model.protocol;
        let mut finding = protocol.check(&self.state, &mut next, action);
        if let Action::Received(who, pending, _, Next::Respond(response)) = action {
            let checked = protocol.check_response(&mut next, who.party, pending, response);
            finding = finding.or(checked);
        }
        self.found.push(Step { action, next, finding });
    }
}

impl<P: Protocol> Model<P> {
    /// Every step that is possible in a state.
    pub(crate) fn steps(&self, state: P::State) -> Vec<Step<P>> {
        let mut steps = Steps { model: self, state, found: Vec::new() };
        steps.find();
        steps.found
    }

    /// The promise that a state breaks.
    pub(crate) fn broken(&self, state: &P::State) -> Option<&'static str> {
        self.protocol.broken(state).or_else(|| {
            let all_finish = (0..P::PARTIES.len()).all(|party| self.all_finish(*state, party));
            (!all_finish).then_some(FINISH)
        })
    }

    /// Whether each caller of a party gets a response if no more faults happen and nobody else
    /// sends requests, and so does a caller that begins. The search checks the responses, because
    /// these steps are among those from the state.
    fn all_finish(&self, mut state: P::State, party: usize) -> bool {
        let make = move |request| on_each_clock::<P>(state, request, false).next();
        let waiting = P::callers(&mut state, party).each.into_iter().flatten();
        let first = self.begins(&state, party).first().and_then(|(request, _)| make(*request));
        waiting.chain(first).all(|pending| {
            let (mut state, mut waiting) = (state, Some(pending));
            for _ in 0..MAX_REQUESTS {
                let Some(pending) = waiting else { break };
                let outcome = self.apply(&mut state, party, pending);
                waiting = match self.next(&state, party, pending.request, outcome) {
                    Next::Respond(_) => None,
                    Next::Send(request) | Next::RespondAfter(request) => make(request),
                };
            }
            waiting.is_none()
        })
    }

    // The protocol, in which a planted bug overrides steps.

    fn begins(&self, state: &P::State, party: usize) -> Vec<(P::Request, P::State)> {
        let mut begins = self.protocol.begins(state, party);
        if let Some(bug) = self.bug {
            for (request, next) in &mut begins {
                *request = (bug.begin)(next, party, *request).unwrap_or(*request);
            }
        }
        begins
    }

    fn apply(
        &self,
        state: &mut P::State,
        party: usize,
        pending: Pending<P::Request>,
    ) -> P::Outcome {
        if pending.applied {
            return P::DONE;
        }
        let planted = self.bug.and_then(|bug| (bug.apply)(&self.protocol, state, party, pending));
        planted.unwrap_or_else(|| self.protocol.apply(state, party, pending))
    }

    fn next(
        &self,
        state: &P::State,
        party: usize,
        request: P::Request,
        outcome: P::Outcome,
    ) -> Next<P> {
        let planted = self.bug.and_then(|bug| (bug.next)(state, party, request, outcome));
        planted.unwrap_or_else(|| self.protocol.next(state, party, request, outcome))
    }
}

/// The step breaks the promise, if it `is_broken`.
pub(crate) fn breaks(promise: &'static str, is_broken: bool) -> Option<Finding> {
    is_broken.then_some(Finding::Breaks(promise))
}

/// The step shows the imprecision, if it `is_imprecise`.
pub(crate) fn shows(imprecision: &'static str, is_imprecise: bool) -> Option<Finding> {
    is_imprecise.then_some(Finding::Shows(imprecision))
}

/// The items or callers of a party and those of the other one.
pub(crate) fn own_and_other<T>([first, second]: &mut [T; 2], party: usize) -> [&mut T; 2] {
    if party == 0 { [first, second] } else { [second, first] }
}

/// A request as instances make it, once for each clock that shows something else.
fn on_each_clock<P: Protocol>(
    mut state: P::State,
    request: P::Request,
    begins_late: bool,
) -> impl Iterator<Item = Pending<P::Request>> {
    let expired: &[bool] = match P::time(&mut state).filter(|_| P::reads_clock(request)) {
        None | Some(Time::Before) => &[false],
        Some(Time::Between) => &[false, true],
        Some(Time::After) => &[true],
    };
    expired.iter().map(move |&expired| Pending { request, expired, applied: false, begins_late })
}

impl Who {
    /// What the caller's instance waits for.
    fn caller<P: Protocol>(self, state: &mut P::State) -> &mut Option<Pending<P::Request>> {
        &mut P::callers(state, self.party).each[self.caller]
    }
}

impl<R> Default for Callers<R> {
    fn default() -> Self {
        Self { each: [const { None }; CALLERS], late: [const { None }; 2] }
    }
}

impl<R: Copy> Callers<R> {
    /// Whether a caller waits for such a request.
    pub(crate) fn wait_for(&self, is_such: impl Fn(R) -> bool) -> bool {
        self.each.iter().flatten().any(|pending| is_such(pending.request))
    }

    /// The requests that callers wait for, and the late ones.
    pub(crate) fn pending(&mut self) -> impl Iterator<Item = &mut Pending<R>> {
        self.each.iter_mut().chain(&mut self.late).flatten()
    }
}

impl<P: Protocol> Action<P> {
    /// What distinguishes steps, apart from names and the rest of the state: the action, its
    /// request and whether the lifetime was over on its clock, the outcome, and the response or the
    /// request that follows.
    pub fn kind(&self) -> impl Eq + Hash + use<P> {
        let (pending, outcome, then) = match *self {
            Self::Begin(_, pending) | Self::Delayed(_, pending) => (Some(pending), None, None),
            Self::Received(_, pending, outcome, then) => (Some(pending), Some(outcome), Some(then)),
            Self::Lost(_, pending, outcome) | Self::Late(_, pending, outcome) => {
                (Some(pending), Some(outcome), None)
            }
            Self::Crash(_) | Self::Tick(_) => (None, None, None),
        };
        let following = then.map(|then| match then {
            Next::Respond(response) => Ok(discriminant(&response)),
            Next::Send(request) | Next::RespondAfter(request) => Err(discriminant(&request)),
        });
        let request = pending.map(|pending| (discriminant(&pending.request), pending.expired));
        (discriminant(self), request, outcome.as_ref().map(discriminant), following)
    }
}

/// Writes a step as a line of a history.
impl<P: Protocol> Display for Action<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let name = |who: &Who| format!("{}, caller {}", P::PARTIES[who.party], who.caller);
        match self {
            Self::Begin(who, pending) => write!(f, "{}, begins with {pending}", name(who)),
            Self::Received(who, pending, outcome, then) => {
                write!(f, "{}: {pending} → {outcome:?}; {then:?}", name(who))
            }
            Self::Lost(who, pending, outcome) => {
                write!(f, "{}: {pending} → {outcome:?}, but the response is lost", name(who))
            }
            Self::Delayed(who, pending) => write!(f, "{}: {pending} is delayed", name(who)),
            Self::Late(who, pending, outcome) => {
                write!(f, "{}, late: {pending} → {outcome:?}", P::PARTIES[who.party])
            }
            Self::Crash(who) => write!(f, "{}, crashes", name(who)),
            Self::Tick(time) => write!(f, "the time is {time:?} the end of the lifetime"),
        }
    }
}

impl<R: Debug> Display for Pending<R> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let expired = if self.expired { " (expired)" } else { "" };
        let applied = if self.applied { " (applied)" } else { "" };
        write!(f, "{:?}{expired}{applied}", self.request)
    }
}
