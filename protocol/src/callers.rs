//! Callers and faults, the same in all protocols.
//!
//! A caller sends a request to the service, and an instance serves it with one request to DynamoDB
//! after the other. [`Steps`] has all that can happen next: an instance goes on or crashes, an
//! response is lost, a request is late, or time passes.

use std::fmt::{Debug, Display, Formatter};
use std::hash::Hash;
use std::mem::discriminant;

use crate::bugs::Bug;
use crate::explorer::Report;

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
    fn apply(&self, state: &mut Self::State, party: usize, request: Self::Request)
    -> Self::Outcome;

    /// What an instance does when its request had this outcome.
    fn next(
        &self,
        state: &Self::State,
        party: usize,
        request: Self::Request,
        outcome: Self::Outcome,
    ) -> Next<Self>;

    /// Notes what a response promises, and returns what it breaks or shows. In the state, DynamoDB has
    /// applied the last request, this one. `begins_late` says whether the caller's request to the
    /// service began after the end.
    fn check_response(
        &self,
        _state: &mut Self::State,
        _party: usize,
        _begins_late: bool,
        _: Self::Request,
        _: Self::Response,
    ) -> Verdict {
        Verdict::default()
    }

    /// The same for any step. In `after`, DynamoDB has applied the request.
    fn check(&self, before: &Self::State, after: &mut Self::State, action: Action<Self>)
    -> Verdict;

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

    /// Whether the lifetime was over on the instance's clock when it made the request.
    fn expired(_: &mut Self::Request) -> Option<&mut bool> {
        None
    }

    /// Whether DynamoDB has applied the transaction before. The SDK gives each transaction a token,
    /// so DynamoDB responds to retries with success.
    fn applied(_: &mut Self::Request) -> Option<&mut bool> {
        None
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

/// A party's callers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Callers<R> {
    /// Each caller.
    pub each: [Caller<R>; CALLERS],
    /// Writes that DynamoDB will apply later. Nobody waits for their responses.
    pub late: [Option<R>; 2],
}

/// A caller of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller<R> {
    /// It has no request.
    Idle,
    /// Its instance waits for the response to this request to DynamoDB. The last field says whether
    /// the caller's request to the service began after the end.
    Waiting(R, bool),
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
    Begin(Who, P::Request),
    /// DynamoDB applies or refuses the request. The instance receives the response and goes on.
    Received(Who, P::Request, P::Outcome, Next<P>),
    /// DynamoDB applies or refuses the request, and its response is lost. The SDK retries.
    Lost(Who, P::Request, P::Outcome),
    /// The request does not arrive yet. The SDK retries it.
    Delayed(Who, P::Request),
    /// A delayed request arrives.
    Late(Who, P::Request, P::Outcome),
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
#[derive(Clone, Copy, Debug, Default)]
pub struct Verdict {
    /// The promise that the step breaks.
    pub broken: Option<&'static str>,
    /// The imprecision that the step shows.
    pub imprecision: Option<&'static str>,
}

/// One step from a state to the next.
#[derive(Clone, Copy, Debug)]
pub struct Step<P: Protocol> {
    /// What happens.
    pub action: Action<P>,
    /// The state afterwards.
    pub next: P::State,
    /// What the step breaks or shows.
    pub verdict: Verdict,
}

/// Collects every step that is possible in a state.
pub(crate) struct Steps<'a, P: Protocol> {
    pub model: &'a Model<P>,
    pub state: P::State,
    pub found: &'a mut Vec<Step<P>>,
}

impl<P: Protocol> Steps<'_, P> {
    pub fn find(&mut self) {
        for party in 0..P::PARTIES.len() {
            let callers = *P::callers(&mut self.state, party);
            for (caller, state) in callers.each.into_iter().enumerate() {
                let who = Who { party, caller };
                match state {
                    Caller::Idle => self.begin(who),
                    Caller::Waiting(request, _) if self.model.faults => {
                        self.received(who, request);
                        self.crash(who);
                        if P::is_write(request) {
                            self.lost(who, request);
                            self.delayed(who, request);
                        }
                    }
                    Caller::Waiting(request, _) => self.received(who, request),
                }
            }
            for (caller, request) in callers.late.into_iter().enumerate() {
                if let Some(request) = request {
                    self.late(Who { party, caller }, request);
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
            for is_over in clocks::<P>(self.state, request) {
                let request = with_clock::<P>(request, *is_over);
                *who.caller::<P>(&mut next) = Caller::Waiting(request, begins_late);
                self.add(Action::Begin(who, request), next);
            }
        }
    }

    fn received(&mut self, who: Who, request: P::Request) {
        let mut applied = self.state;
        let outcome = self.model.apply(&mut applied, who.party, request);
        let then = self.model.next(&applied, who.party, request, outcome);
        let following = match then {
            Next::Respond(_) => {
                *who.caller::<P>(&mut applied) = Caller::Idle;
                return self.add(Action::Received(who, request, outcome, then), applied);
            }
            Next::Send(following) | Next::RespondAfter(following) => following,
        };
        for is_over in clocks::<P>(self.state, following) {
            let (following, mut next) = (with_clock::<P>(following, *is_over), applied);
            if let Caller::Waiting(request, _) = who.caller::<P>(&mut next) {
                *request = following;
            }
            let then = match then {
                Next::RespondAfter(_) => Next::RespondAfter(following),
                _ => Next::Send(following),
            };
            self.add(Action::Received(who, request, outcome, then), next);
        }
    }

    fn crash(&mut self, who: Who) {
        let mut next = self.state;
        *who.caller::<P>(&mut next) = Caller::Idle;
        self.add(Action::Crash(who), next);
    }

    fn lost(&mut self, who: Who, request: P::Request) {
        let mut next = self.state;
        let outcome = self.model.apply(&mut next, who.party, request);
        if next != self.state {
            set_applied::<P>(who.caller::<P>(&mut next), request);
        }
        self.add(Action::Lost(who, request, outcome), next);
    }

    fn delayed(&mut self, who: Who, request: P::Request) {
        let mut next = self.state;
        let mut late = 0;
        for party in 0..P::PARTIES.len() {
            late += P::callers(&mut next, party).late.iter().flatten().count();
        }
        let place = P::callers(&mut next, who.party).late.iter_mut().find(|late| late.is_none());
        if let (true, Some(place)) = (late < self.model.late, place) {
            *place = Some(request);
            self.add(Action::Delayed(who, request), next);
        }
    }

    fn late(&mut self, who: Who, request: P::Request) {
        let mut before = self.state;
        P::callers(&mut before, who.party).late[who.caller] = None;
        let mut next = before;
        let outcome = self.model.apply(&mut next, who.party, request);
        if next != before {
            for caller in &mut P::callers(&mut next, who.party).each {
                set_applied::<P>(caller, request);
            }
        }
        self.add(Action::Late(who, request, outcome), next);
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
        let (protocol, mut before) = (self.model.protocol, self.state);
        let mut verdict = protocol.check(&before, &mut next, action);
        if let Action::Received(who, request, _, Next::Respond(response)) = action {
            let begins_late = matches!(who.caller::<P>(&mut before), Caller::Waiting(_, true));
            let checked =
                protocol.check_response(&mut next, who.party, begins_late, request, response);
            verdict = verdict.or(checked);
        }
        self.found.push(Step { action, next, verdict });
    }
}

impl<P: Protocol> Model<P> {
    /// Visits every state, or those until the first broken promise.
    pub fn explore(&self) -> Report<P> {
        P::explore(self)
    }

    /// The promise that a state breaks.
    pub(crate) fn broken(&self, state: &P::State) -> Option<&'static str> {
        self.protocol.broken(state).or_else(|| {
            let all_finish = (0..P::PARTIES.len()).all(|party| self.all_finish(*state, party));
            (!all_finish).then_some(FINISH)
        })
    }

    /// Whether each caller of a party gets a response if no more faults happen and nobody else sends
    /// requests, and so does a caller that begins. The search checks the responses, because these
    /// steps are among those from the state.
    fn all_finish(&self, mut state: P::State, party: usize) -> bool {
        let waiting = P::callers(&mut state, party).each.into_iter();
        let waiting = waiting.filter_map(|caller| match caller {
            Caller::Idle => None,
            Caller::Waiting(request, _) => Some(request),
        });
        let is_over = time::<P>(state) == Time::After;
        let first = self.begins(&state, party).into_iter().next();
        let first = first.map(|(request, _)| with_clock::<P>(request, is_over));
        waiting.chain(first).all(|mut request| {
            let mut state = state;
            (0..MAX_REQUESTS).any(|_| {
                let outcome = self.apply(&mut state, party, request);
                match self.next(&state, party, request, outcome) {
                    Next::Respond(_) => return true,
                    Next::Send(next) | Next::RespondAfter(next) => request = next,
                }
                request = with_clock::<P>(request, is_over);
                false
            })
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

    fn apply(&self, state: &mut P::State, party: usize, mut request: P::Request) -> P::Outcome {
        if P::applied(&mut request) == Some(&mut true) {
            return P::DONE;
        }
        let planted = self.bug.and_then(|bug| (bug.apply)(&self.protocol, state, party, request));
        planted.unwrap_or_else(|| self.protocol.apply(state, party, request))
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

/// The items or callers of a party and those of the other one.
pub(crate) fn own_and_other<T>([first, second]: &mut [T; 2], party: usize) -> [&mut T; 2] {
    if party == 0 { [first, second] } else { [second, first] }
}

fn time<P: Protocol>(mut state: P::State) -> Time {
    P::time(&mut state).map_or(Time::Before, |time| *time)
}

/// What the clocks of instances that make this request can show.
fn clocks<P: Protocol>(state: P::State, mut request: P::Request) -> &'static [bool] {
    match (time::<P>(state), P::expired(&mut request)) {
        (Time::Before, _) | (_, None) => &[false],
        (Time::Between, Some(_)) => &[false, true],
        (Time::After, Some(_)) => &[true],
    }
}

/// The same request, made when the clock showed whether the lifetime `is_over`.
fn with_clock<P: Protocol>(mut request: P::Request, is_over: bool) -> P::Request {
    if let Some(expired) = P::expired(&mut request) {
        *expired = is_over;
    }
    request
}

/// DynamoDB applied the transaction, which the caller waits for.
fn set_applied<P: Protocol>(caller: &mut Caller<P::Request>, transaction: P::Request) {
    if let Caller::Waiting(request, _) = caller
        && *request == transaction
        && let Some(applied) = P::applied(request)
    {
        *applied = true;
    }
}

impl Who {
    fn caller<P: Protocol>(self, state: &mut P::State) -> &mut Caller<P::Request> {
        &mut P::callers(state, self.party).each[self.caller]
    }
}

impl Verdict {
    /// The step breaks the promise, if it `is_broken`.
    pub(crate) fn breaks(promise: &'static str, is_broken: bool) -> Self {
        Self { broken: is_broken.then_some(promise), imprecision: None }
    }

    /// The step shows the imprecision, if it `is_imprecise`.
    pub(crate) fn shows(imprecision: &'static str, is_imprecise: bool) -> Self {
        Self { broken: None, imprecision: is_imprecise.then_some(imprecision) }
    }

    /// This verdict, if it breaks a promise, else the other.
    pub(crate) fn or(self, other: Self) -> Self {
        if self.broken.is_some() { self } else { other }
    }
}

impl<R> Default for Callers<R> {
    fn default() -> Self {
        Self { each: [const { Caller::Idle }; CALLERS], late: [const { None }; 2] }
    }
}

impl<R: Copy> Callers<R> {
    /// Whether a caller waits for such a request.
    pub(crate) fn wait_for(&self, is_such: impl Fn(R) -> bool) -> bool {
        let waits = |caller: &_| matches!(caller, Caller::Waiting(request, _) if is_such(*request));
        self.each.iter().any(waits)
    }

    /// The requests that callers wait for, and the late ones.
    pub(crate) fn requests(&mut self) -> impl Iterator<Item = &mut R> {
        let waiting = self.each.iter_mut().filter_map(|caller| match caller {
            Caller::Idle => None,
            Caller::Waiting(request, _) => Some(request),
        });
        waiting.chain(self.late.iter_mut().flatten())
    }
}

impl<P: Protocol> Action<P> {
    /// What distinguishes steps, apart from names and the rest of the state: the action, its request
    /// and whether the lifetime was over on its clock, the outcome, the response, and the request that
    /// follows.
    pub fn kind(&self) -> impl Eq + Hash + use<P> {
        let (request, outcome, then) = match *self {
            Self::Begin(_, request) | Self::Delayed(_, request) => (Some(request), None, None),
            Self::Received(_, request, outcome, then) => (Some(request), Some(outcome), Some(then)),
            Self::Lost(_, request, outcome) | Self::Late(_, request, outcome) => {
                (Some(request), Some(outcome), None)
            }
            Self::Crash(_) | Self::Tick(_) => (None, None, None),
        };
        let (response, following) = match then {
            Some(Next::Respond(response)) => (Some(response), None),
            Some(Next::Send(request) | Next::RespondAfter(request)) => (None, Some(request)),
            None => (None, None),
        };
        (
            discriminant(self),
            request.as_ref().map(discriminant),
            request.is_some_and(|request| request != with_clock::<P>(request, false)),
            outcome.as_ref().map(discriminant),
            response.as_ref().map(discriminant),
            following.as_ref().map(discriminant),
        )
    }
}

/// Writes a step as a line of a history.
impl<P: Protocol> Display for Action<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let name = |who: &Who| format!("{}, caller {}", P::PARTIES[who.party], who.caller);
        match self {
            Self::Begin(who, request) => write!(f, "{}, begins with {request:?}", name(who)),
            Self::Received(who, request, outcome, then) => {
                write!(f, "{}: {request:?} → {outcome:?}; {then:?}", name(who))
            }
            Self::Lost(who, request, outcome) => {
                write!(f, "{}: {request:?} → {outcome:?}, but the response is lost", name(who))
            }
            Self::Delayed(who, request) => write!(f, "{}: {request:?} is delayed", name(who)),
            Self::Late(who, request, outcome) => {
                write!(f, "{}, late: {request:?} → {outcome:?}", P::PARTIES[who.party])
            }
            Self::Crash(who) => write!(f, "{}, crashes", name(who)),
            Self::Tick(time) => write!(f, "the time is {time:?} the end of the lifetime"),
        }
    }
}
