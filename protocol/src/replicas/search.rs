//! The steps of the model: what callers do, what faults happen, and which states differ only in names.

use std::mem::{Discriminant, discriminant};

use super::{
    Answer, CALLERS, Caller, Item, Next, Outcome, Replicas, Request, State, TOKENS, Token,
};
use crate::attendees::Time;
use crate::explorer::{self, Model, Report, Step};

/// A step. The numbers are those of the token, and of the token's caller or late write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A caller sends a request to the service, which makes this request to DynamoDB.
    Begin(usize, usize, Request),
    /// DynamoDB applies or refuses the request, and the instance goes on.
    Answered(usize, usize, Request, Outcome, Next),
    /// DynamoDB applies or refuses the request, and its answer is lost. The SDK repeats the request.
    Lost(usize, usize, Request, Outcome),
    /// The request does not arrive yet. The SDK repeats it.
    Delayed(usize, usize, Request),
    /// A delayed request arrives.
    Late(usize, usize, Request, Outcome),
    /// The caller's instance dies, or gives up and answers 503.
    Crash(usize, usize),
    /// Another second begins.
    Tick(Time),
}

/// What distinguishes steps apart from names and the rest of the state.
pub type Kind = (
    Discriminant<Action>,
    Option<Discriminant<Request>>,
    Option<Discriminant<Outcome>>,
    Option<Discriminant<Answer>>,
    Option<Discriminant<Request>>,
    bool,
);

impl Action {
    fn kind(&self) -> Kind {
        let (request, outcome, next) = match *self {
            Self::Begin(_, _, request) | Self::Delayed(_, _, request) => {
                (Some(request), None, None)
            }
            Self::Answered(_, _, request, outcome, next) => {
                (Some(request), Some(outcome), Some(next))
            }
            Self::Lost(_, _, request, outcome) | Self::Late(_, _, request, outcome) => {
                (Some(request), Some(outcome), None)
            }
            Self::Crash(..) | Self::Tick(_) => (None, None, None),
        };
        let (answer, following) = match next {
            Some(Next::Answer(answer)) => (Some(answer), None),
            Some(Next::Send(request)) => (None, Some(request)),
            None => (None, None),
        };
        (
            discriminant(self),
            request.as_ref().map(discriminant),
            outcome.as_ref().map(discriminant),
            answer.as_ref().map(discriminant),
            following.as_ref().map(discriminant),
            request.is_some_and(Request::is_expired),
        )
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |token: &usize| ["token a", "token b"][*token];
        match self {
            Self::Begin(token, caller, request) => {
                write!(f, "{}, caller {caller}, begins with {request:?}", name(token))
            }
            Self::Answered(token, caller, request, outcome, next) => {
                write!(f, "{}, caller {caller}: {request:?} → {outcome:?}; {next:?}", name(token))
            }
            Self::Lost(token, caller, request, outcome) => {
                let name = name(token);
                write!(
                    f,
                    "{name}, caller {caller}: {request:?} → {outcome:?}, but the answer is lost"
                )
            }
            Self::Delayed(token, caller, request) => {
                write!(f, "{}, caller {caller}: {request:?} is delayed", name(token))
            }
            Self::Late(token, _, request, outcome) => {
                write!(f, "{}, late: {request:?} → {outcome:?}", name(token))
            }
            Self::Crash(token, caller) => write!(f, "{}, caller {caller}, dies", name(token)),
            Self::Tick(time) => write!(f, "the time is {time:?} the end of the primary's lifetime"),
        }
    }
}

impl Token {
    /// The representative of the tokens that differ only in the names of callers.
    fn canonical(mut self) -> Self {
        self.callers.sort_unstable();
        self.late.sort_unstable();
        self
    }
}

impl Model for Replicas {
    type State = State;
    type Action = Action;
    type Kind = Kind;

    fn initial(&self) -> State {
        State {
            tokens: [Token::default(); TOKENS],
            ended: false,
            time: Time::Before,
            plain: self.plain,
            replica_ends: self.replica_ends,
            primary_ends: self.primary_ends,
        }
    }

    fn canonical(&self, state: &State) -> State {
        let mut state = *state;
        state.tokens = state.tokens.map(Token::canonical);
        state.tokens.sort_unstable();
        state
    }

    fn broken_promise(&self, state: &State) -> Option<&'static str> {
        self.broken_state(state)
    }

    fn steps(&self, state: &State, steps: &mut Vec<Step<Self>>) {
        for token in 0..TOKENS {
            for caller in 0..CALLERS {
                match state.tokens[token].callers[caller] {
                    Caller::Idle => self.begin(state, token, caller, steps),
                    Caller::Waiting { request, before } => {
                        self.proceed(state, token, caller, (request, before), steps);
                        self.fail(state, token, caller, request, steps);
                    }
                }
            }
            for (index, request) in state.tokens[token].late.into_iter().enumerate() {
                let Some(request) = request else { continue };
                let mut next = *state;
                next.tokens[token].late[index] = None;
                let outcome = self.apply(&mut next, token, request);
                steps.push(step(Action::Late(token, index, request, outcome), next));
            }
        }
        let later = match state.time {
            Time::Before => Time::Between,
            Time::Between | Time::After => Time::After,
        };
        if self.lifetime && state.time != later {
            steps.push(step(Action::Tick(later), State { time: later, ..*state }));
        }
    }
}

impl Replicas {
    /// Visits every state, or those until the first broken promise.
    pub fn explore(&self) -> Report<Self> {
        explorer::explore(self)
    }

    /// A caller sends a request to the service.
    fn begin(&self, state: &State, token: usize, caller: usize, steps: &mut Vec<Step<Self>>) {
        let clocks: &[bool] = match state.time {
            Time::Before => &[false],
            Time::Between => &[false, true],
            Time::After => &[true],
        };
        let mut send = |request: Request, mut next: State| {
            let before = state.ended || state.time == Time::After;
            next.tokens[token].callers[caller] = Caller::Waiting { request, before };
            steps.push(step(Action::Begin(token, caller, request), next));
        };
        for expired in clocks.iter().copied() {
            send(self.create_replica(expired), *state);
            if state.replica_ends > 0 && state.tokens[token].item != Item::None {
                let next = State { replica_ends: state.replica_ends - 1, ..*state };
                send(Request::EndOwn { expired }, next);
            }
            if state.primary_ends > 0 {
                let next = State { primary_ends: state.primary_ends - 1, ..*state };
                send(Request::EndPrimary { expired }, next);
            }
        }
        if state.plain > 0 {
            send(Request::PutPlain, State { plain: state.plain - 1, ..*state });
        }
    }

    /// A request is applied and answered.
    fn proceed(
        &self,
        state: &State,
        token: usize,
        caller: usize,
        (request, before): (Request, bool),
        steps: &mut Vec<Step<Self>>,
    ) {
        let mut next = *state;
        let outcome = self.apply(&mut next, token, request);
        let then = self.next(request, outcome);
        let imprecision = self.imprecision(&next, token, request, outcome);
        next.tokens[token].callers[caller] = match then {
            Next::Send(request) => Caller::Waiting { request, before },
            Next::Answer(_) => Caller::Idle,
        };
        let broken = match then {
            Next::Send(_) => None,
            Next::Answer(answer) => self.check(&mut next, token, before, request, answer),
        };
        let action = Action::Answered(token, caller, request, outcome, then);
        steps.push(Step { broken, imprecision, ..step(action, next) });
    }

    /// An instance dies, or the answer or the request is lost on its way.
    fn fail(
        &self,
        state: &State,
        token: usize,
        caller: usize,
        request: Request,
        steps: &mut Vec<Step<Self>>,
    ) {
        let mut next = *state;
        next.tokens[token].callers[caller] = Caller::Idle;
        steps.push(step(Action::Crash(token, caller), next));
        if !request.is_write() {
            return;
        }
        let mut next = *state;
        let outcome = self.apply(&mut next, token, request);
        steps.push(step(Action::Lost(token, caller, request, outcome), next));
        let late = state.tokens.iter().flat_map(|token| &token.late).flatten().count();
        let place = state.tokens[token].late.iter().position(Option::is_none);
        if let (true, Some(place)) = (late < self.late, place) {
            let mut next = *state;
            next.tokens[token].late[place] = Some(request);
            steps.push(step(Action::Delayed(token, caller, request), next));
        }
    }
}

fn step(action: Action, next: State) -> Step<Replicas> {
    Step { action, kind: action.kind(), next, broken: None, imprecision: None }
}
