//! The promises of `docs/reliability.md` about replicas as properties, and their imprecision.

use super::{
    Answer, Bug, Caller, Item, Next, Outcome, PLACES, Replicas, Request, State, TOKENS, Token,
};
use crate::attendees::Time;

const OUTLIVES: &str = "a replica never outlives its primary";
const LISTED: &str = "a primary lists every active replica";
const LIMIT: &str = "a primary never has more active replicas than its maximum";
const ONE: &str = "a meeting that was answered with 200 exists until it or its primary ends";
const END: &str = "no request that begins after the end of the primary gets a replica";
const REFUSAL: &str = "a refusal is true";
const SUCCESS: &str = "an answer of 204 is true";
const FAILURE: &str = "no request is invalid";
const FINISH: &str = "every request can finish";

/// The properties that every state and step has.
pub const PROMISES: [&str; 9] =
    [OUTLIVES, LISTED, LIMIT, ONE, END, REFUSAL, SUCCESS, FAILURE, FINISH];

const DEAD_CALLER: &str = "a primary is full although the replica in its place does not exist";

/// What the promises leave open.
pub const IMPRECISIONS: [&str; 1] = [DEAD_CALLER];

/// More requests than a caller sends when it is alone.
const MAX_REQUESTS: usize = 12;

impl State {
    /// Whether the primary is active on every clock.
    pub fn is_active(&self) -> bool {
        !self.ended && self.time == Time::Before
    }
}

impl Token {
    fn is_creating(&self) -> bool {
        self.callers
            .iter()
            .any(|caller| matches!(caller, Caller::Waiting { request, .. } if request.creates()))
    }
}

impl Replicas {
    /// The promise that an answer breaks. The state is the one in which DynamoDB applied this last request.
    pub(super) fn check(
        &self,
        state: &mut State,
        token: usize,
        before: bool,
        request: Request,
        answer: Answer,
    ) -> Option<&'static str> {
        let (is_active, ended) = (state.is_active(), state.ended);
        let it = &mut state.tokens[token];
        let is_plain = request == Request::PutPlain;
        let broken = |promise, is_broken: bool| is_broken.then_some(promise);
        match answer {
            Answer::Meeting => {
                let expected = if is_plain { Item::Plain } else { Item::Replica };
                let is_wrong = it.item != expected && (is_plain || is_active);
                it.promised = is_plain || !ended;
                broken(ONE, is_wrong).or(broken(END, before && !is_plain))
            }
            Answer::TokenUsed => {
                let is_false = match it.item {
                    Item::None => true,
                    Item::Replica => !is_plain && is_active,
                    Item::Plain => is_plain,
                    Item::EndedReplica | Item::Ended => false,
                };
                broken(REFUSAL, is_false)
            }
            Answer::Full => broken(REFUSAL, it.item != Item::None),
            Answer::InvalidPrimary => broken(REFUSAL, is_active),
            Answer::Done => match request {
                Request::EndOwn { .. } | Request::ReleaseOwn { .. } => {
                    let exists = matches!(it.item, Item::Replica | Item::Plain);
                    // CreateMeeting may run at the same time as DeleteMeeting of an unknown meeting.
                    broken(SUCCESS, exists && it.promised && !it.is_creating())
                }
                _ => broken(SUCCESS, !ended),
            },
            Answer::Failure => Some(FAILURE),
        }
    }

    /// The imprecision that an outcome shows.
    pub(super) fn imprecision(
        &self,
        state: &State,
        token: usize,
        request: Request,
        outcome: Outcome,
    ) -> Option<&'static str> {
        let is_missing =
            matches!((request, outcome), (Request::FindOther { .. }, Outcome::Nothing));
        let is_dead = !state.tokens[1 - token].is_creating() && state.tokens[1 - token].listed;
        (is_missing && is_dead && state.is_active()).then_some(DEAD_CALLER)
    }

    /// The promise that a state breaks.
    pub(super) fn broken_state(&self, state: &State) -> Option<&'static str> {
        let replicas = || state.tokens.iter().filter(|it| it.item == Item::Replica);
        // Its own clock ends a replica with its primary, unless its lifetime is longer.
        let is_over = state.ended || state.time == Time::After && self.has(Bug::LifetimeNotCapped);
        if is_over && replicas().next().is_some() {
            return Some(OUTLIVES);
        }
        if state.is_active() && replicas().any(|it| !it.listed) {
            return Some(LISTED);
        }
        if state.is_active() && replicas().count() > PLACES {
            return Some(LIMIT);
        }
        let is_lost = |it: &Token| match it.item {
            Item::Replica | Item::Plain => false,
            Item::None | Item::EndedReplica | Item::Ended => it.promised,
        };
        // The end of the primary ends the promise of its replicas, but not that of other meetings.
        let foreign = |it: &Token| it.promised && it.item == Item::Ended && state.ended;
        if state.tokens.iter().any(|it| is_lost(it) && (state.is_active() || foreign(it))) {
            return Some(ONE);
        }
        self.never_finishes(state)
    }

    /// From every state, each caller gets an answer if no more faults happen and nobody else sends requests.
    fn never_finishes(&self, state: &State) -> Option<&'static str> {
        (0..TOKENS).find_map(|token| {
            state.tokens[token].callers.iter().find_map(|caller| match caller {
                Caller::Idle => None,
                Caller::Waiting { request, .. } => self.run_alone(*state, token, *request),
            })
        })
    }

    fn run_alone(
        &self,
        mut state: State,
        token: usize,
        mut request: Request,
    ) -> Option<&'static str> {
        for _ in 0..MAX_REQUESTS {
            let outcome = self.apply(&mut state, token, request);
            match self.next(request, outcome) {
                Next::Answer(_) => return None,
                Next::Send(next) => request = next,
            }
        }
        Some(FINISH)
    }
}
