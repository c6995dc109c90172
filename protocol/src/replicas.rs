//! A primary with its replicas: the protocol of CreateMeeting and DeleteMeeting.
//!
//! There are two tokens, each the id of a meeting that can become a replica of the primary, and two callers for
//! each token. The primary has a place for one replica, so that two compete for it. Its item lists the ids of
//! its replicas. Read on in this order: the state, the requests to DynamoDB, their conditions
//! ([`Replicas::apply`]), what the service does with an outcome ([`Replicas::next`]), and the promises.
//!
//! Not in the model: the attendees of these meetings, and the removal of items by the time to live.
//!
//! `src/store/meetings.rs`, `replicas.rs` and `ending.rs` of `rollcall` send these requests;
//! `src/operations/create_meeting.rs` and `delete_meeting.rs` decide what follows.

use self::Request::*;
use crate::callers::{self, Callers, Model, Protocol, Time, Verdict};
use crate::explorer::{self, Report};

/// The bounds of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replicas {
    /// How many requests use a token without the primary.
    pub plain: u8,
    /// How many requests end the meeting of a token.
    pub replica_ends: u8,
    /// How many requests end the primary.
    pub primary_ends: u8,
}

/// The number of tokens.
pub const TOKENS: usize = 2;
/// The maximum of replicas.
pub const PLACES: usize = 1;

/// The table of meetings, the callers, and what callers were promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The tokens, with their items and callers.
    pub tokens: [Token; TOKENS],
    /// Whether the primary's item has `EndedAt`.
    pub ended: bool,
    /// The time of day, compared with the end of the primary's lifetime.
    pub time: Time,
    /// How many more requests of each kind may begin, as in [`Replicas`].
    pub plain: u8,
    /// As `plain`.
    pub replica_ends: u8,
    /// As `plain`.
    pub primary_ends: u8,
}

/// A token: the meeting with its id, its callers and their promise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// The meeting's item.
    pub item: Item,
    /// Whether the primary lists the id.
    pub listed: bool,
    /// The callers that use the token.
    pub callers: Callers<Request>,
    /// Whether a 200 promised the meeting, until a caller ends it or its primary.
    pub promised: bool,
    /// Whether the meeting's lifetime is longer than that of the primary.
    pub outlives: bool,
}

/// The item of a token's meeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// There is none.
    #[default]
    None,
    /// A replica of the primary.
    Replica,
    /// A replica with `EndedAt`.
    EndedReplica,
    /// A meeting without a primary.
    Plain,
    /// An item with `EndedAt` and without a primary.
    Ended,
}

/// A set of the two tokens, from the view of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tokens {
    /// The caller's token.
    pub own: bool,
    /// The other token.
    pub other: bool,
}

/// A request to DynamoDB. `expired` says whether the primary's lifetime was over on the instance's clock when
/// the request to the service began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the fields are described where they are not `expired`")]
pub enum Request {
    /// The first write of a replica: the primary lists its id.
    ReserveReplica { expired: bool },
    /// The second write of a replica: its item.
    PutReplica { expired: bool },
    /// The primary is full: is the replica in its place active?
    FindOther { expired: bool },
    /// That replica has ended or is none: the primary lists it no longer.
    ReleaseOther { expired: bool },
    /// The token's meeting exists, or the replica can't be created: is the meeting active?
    FindOwn { expired: bool, obstacle: Obstacle },
    /// CreateMeeting with the token and without the primary.
    PutPlain,
    /// DeleteMeeting of the token's meeting.
    EndOwn { expired: bool },
    /// DeleteMeeting of a replica: the primary lists it no longer.
    ReleaseOwn { expired: bool },
    /// DeleteMeeting of the primary, if it has no replicas.
    EndPrimary { expired: bool },
    /// DeleteMeeting of the primary and its `own` replicas in a transaction, if it still lists `listed`.
    EndAll { listed: Tokens, own: Tokens, expired: bool },
}

/// Why a replica is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
    /// The token's meeting existed when the request to the service began.
    Exists,
    /// The primary has its maximum of replicas.
    Full,
    /// The primary has ended.
    Ended,
}

/// What a request to DynamoDB results in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The condition held, and the request was applied.
    Done,
    /// The primary has its maximum of replicas.
    Full,
    /// The meeting has ended, or had before.
    Ended,
    /// There is no item.
    Nothing,
    /// There is an active replica of the primary.
    Replica,
    /// There is an active meeting without a primary.
    Plain,
    /// A replica was ended, now or before: it has a primary.
    EndedReplica,
    /// The primary lists these replicas.
    Listed(Tokens),
    /// Only these replicas are the primary's own and active.
    Own(Tokens),
    /// The request is invalid: a set in it is empty.
    Rejected,
}

/// The service's answer to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// 200 with the meeting.
    Meeting,
    /// 204.
    Done,
    /// 409: the token's meeting has ended.
    TokenUsed,
    /// 400 `LimitExceededException`.
    Full,
    /// 400: the primary has ended.
    InvalidPrimary,
    /// 500.
    Failure,
}

type Action = callers::Action<Replicas>;
type Next = callers::Next<Replicas>;

const OUTLIVES: &str = "a replica never outlives its primary";
const LISTED: &str = "a primary lists every active replica";
const LIMIT: &str = "a primary never has more active replicas than its maximum";
const ONE: &str = "a meeting that was answered with 200 exists until it or its primary ends";
const END: &str = "no request that begins after the end of the primary gets a replica";
const REFUSAL: &str = "a refusal is true";
const SUCCESS: &str = "an answer of 204 is true";
const FAILURE: &str = "no request is invalid";

const DEAD_CALLER: &str = "a primary is full although the replica in its place does not exist";

/// What the promises leave open.
pub const IMPRECISIONS: [&str; 1] = [DEAD_CALLER];

impl Protocol for Replicas {
    type State = State;
    type Request = Request;
    type Outcome = Outcome;
    type Answer = Answer;

    const PARTIES: &'static [&'static str] = &["token a", "token b"];
    const DONE: Outcome = Outcome::Done;
    const LIFETIME: &'static str = "the primary's lifetime";
    const CLOCK_FOR_EACH_REQUEST: bool = false;

    fn initial(&self) -> State {
        State {
            tokens: Default::default(),
            ended: false,
            time: Time::Before,
            plain: self.plain,
            replica_ends: self.replica_ends,
            primary_ends: self.primary_ends,
        }
    }

    fn begins(&self, state: &State, token: usize) -> Vec<(Request, State)> {
        let (expired, exists) = (false, state.tokens[token].item != Item::None);
        // The service looks for the token's meeting first. A look that finds nothing changes nothing, so it
        // is no step of its own.
        let create = match exists {
            true => FindOwn { expired, obstacle: Obstacle::Exists },
            false => ReserveReplica { expired },
        };
        let mut begins = vec![(create, *state)];
        if state.replica_ends > 0 && exists {
            let next = State { replica_ends: state.replica_ends - 1, ..*state };
            begins.push((EndOwn { expired }, next));
        }
        if state.primary_ends > 0 {
            let next = State { primary_ends: state.primary_ends - 1, ..*state };
            begins.push((EndPrimary { expired }, next));
        }
        if state.plain > 0 && !exists {
            begins.push((PutPlain, State { plain: state.plain - 1, ..*state }));
        }
        begins
    }

    fn apply(&self, state: &mut State, token: usize, request: Request) -> Outcome {
        let (ended, other) = (state.ended, 1 - token);
        let listed = Tokens { own: state.tokens[token].listed, other: state.tokens[other].listed };
        let taken = usize::from(listed.own) + usize::from(listed.other);
        match request {
            ReserveReplica { expired } if ended || expired => Outcome::Ended,
            ReserveReplica { .. } if taken >= PLACES && !listed.own => Outcome::Full,
            ReserveReplica { .. } => {
                state.tokens[token].listed = true;
                Outcome::Done
            }

            // The replica's lifetime ends with that of the primary, which the reservation returned.
            PutReplica { .. } if state.tokens[token].item == Item::None => {
                state.tokens[token].item = Item::Replica;
                Outcome::Done
            }
            PutPlain if state.tokens[token].item == Item::None => {
                state.tokens[token].item = Item::Plain;
                Outcome::Done
            }
            PutPlain => state.tokens[token].item.found(false),
            PutReplica { expired } | FindOwn { expired, .. } => {
                state.tokens[token].item.found(expired)
            }
            FindOther { expired } => state.tokens[other].item.found(expired),

            ReleaseOther { expired } => {
                state.tokens[other].listed &= ended || expired;
                Outcome::Done
            }
            ReleaseOwn { expired } => {
                state.tokens[token].listed &= ended || expired;
                Outcome::Done
            }

            // DeleteMeeting does not ask the clock, as in the protocol of one meeting.
            EndOwn { .. } => {
                let token = &mut state.tokens[token];
                token.promised &= !matches!(token.item, Item::Replica | Item::Plain);
                token.item = token.item.ended();
                match token.item {
                    Item::None => Outcome::Nothing,
                    Item::EndedReplica => Outcome::EndedReplica,
                    _ => Outcome::Ended,
                }
            }
            EndPrimary { .. } if ended => Outcome::Ended,
            EndPrimary { .. } if taken > 0 => Outcome::Listed(listed),
            EndPrimary { .. } => {
                state.ended = true;
                Outcome::Done
            }
            EndAll { listed: Tokens { own: false, other: false }, .. } => Outcome::Rejected,
            EndAll { .. } if ended => Outcome::Ended,
            EndAll { listed: expected, .. } if listed != expected => Outcome::Listed(listed),
            EndAll { own, .. } => {
                let can_end =
                    |token: usize| matches!(state.tokens[token].item, Item::None | Item::Replica);
                let held =
                    Tokens { own: own.own && can_end(token), other: own.other && can_end(other) };
                if held != own {
                    return Outcome::Own(held);
                }
                state.ended = true;
                for (token, is_own) in [(token, own.own), (other, own.other)] {
                    let item = &mut state.tokens[token].item;
                    *item = match *item {
                        item if !is_own => item,
                        // A replica that is about to be created can't be any more.
                        Item::None => Item::Ended,
                        item => item.ended(),
                    };
                }
                Outcome::Done
            }
        }
    }

    fn next(&self, _: &State, _: usize, request: Request, outcome: Outcome) -> Next {
        match (request, outcome) {
            (_, Outcome::Rejected) => Next::Answer(Answer::Failure),

            (ReserveReplica { expired }, Outcome::Done) => Next::Send(PutReplica { expired }),
            (ReserveReplica { expired }, Outcome::Full) => Next::Send(FindOther { expired }),
            (ReserveReplica { expired }, _) => {
                Next::Send(FindOwn { expired, obstacle: Obstacle::Ended })
            }
            // The replica without an item may be about to be created.
            (FindOther { expired }, Outcome::Nothing | Outcome::Replica) => {
                Next::Send(FindOwn { expired, obstacle: Obstacle::Full })
            }
            (FindOther { expired }, _) => Next::Send(ReleaseOther { expired }),
            (ReleaseOther { expired }, _) => Next::Send(ReserveReplica { expired }),
            // While its meeting is active, the token names it, whatever else the request says.
            (PutReplica { .. } | PutPlain, Outcome::Done)
            | (PutReplica { .. } | PutPlain | FindOwn { .. }, Outcome::Replica | Outcome::Plain) => {
                Next::Answer(Answer::Meeting)
            }
            (FindOwn { obstacle: Obstacle::Full, .. }, Outcome::Nothing) => {
                Next::Answer(Answer::Full)
            }
            (FindOwn { obstacle: Obstacle::Ended, .. }, Outcome::Nothing) => {
                Next::Answer(Answer::InvalidPrimary)
            }
            (FindOwn { .. } | PutReplica { .. } | PutPlain, _) => Next::Answer(Answer::TokenUsed),

            (EndOwn { expired }, Outcome::EndedReplica) => Next::Send(ReleaseOwn { expired }),
            (EndOwn { .. } | ReleaseOwn { .. }, _) => Next::Answer(Answer::Done),
            // The last replica was released meanwhile.
            (EndAll { expired, .. }, Outcome::Listed(Tokens { own: false, other: false })) => {
                Next::Send(EndPrimary { expired })
            }
            (EndPrimary { expired } | EndAll { expired, .. }, Outcome::Listed(listed)) => {
                Next::Send(EndAll { listed, own: listed, expired })
            }
            (EndAll { listed, expired, .. }, Outcome::Own(own)) => {
                Next::Send(EndAll { listed, own, expired })
            }
            (EndPrimary { .. } | EndAll { .. }, _) => Next::Answer(Answer::Done),
        }
    }

    fn check(&self, before: &State, after: &mut State, action: Action) -> Verdict {
        match action {
            Action::Answered(who, request, _, Next::Answer(answer)) => {
                let begins_late = before.tokens[who.party].callers.begins_late(who.caller);
                check_answer(after, who.party, begins_late, request, answer)
            }
            Action::Answered(who, FindOther { .. }, Outcome::Nothing, _) => {
                let other = after.tokens[1 - who.party];
                let is_dead = other.listed && !other.callers.wait_for(Request::creates);
                Verdict::shows(DEAD_CALLER, is_dead && after.is_active())
            }
            _ => Verdict::default(),
        }
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        let is_active = state.is_active();
        let replicas = || state.tokens.iter().filter(|token| token.item == Item::Replica);
        // Its own clock ends a replica with its primary, unless its lifetime is longer.
        let is_over = |token: &Token| state.ended || state.time == Time::After && token.outlives;
        if replicas().any(is_over) {
            return Some(OUTLIVES);
        }
        if is_active && replicas().any(|token| !token.listed) {
            return Some(LISTED);
        }
        if is_active && replicas().count() > PLACES {
            return Some(LIMIT);
        }
        // The end of the primary ends the promise of its replicas, but not that of other meetings.
        let is_lost = |token: &Token| match token.item {
            Item::Replica | Item::Plain => false,
            Item::None | Item::EndedReplica => token.promised && is_active,
            Item::Ended => token.promised && (is_active || state.ended),
        };
        state.tokens.iter().any(is_lost).then_some(ONE)
    }

    fn callers(state: &mut State, token: usize) -> &mut Callers<Request> {
        &mut state.tokens[token].callers
    }

    fn time(state: &mut State) -> Option<&mut Time> {
        Some(&mut state.time)
    }

    fn has_ended(state: &State) -> bool {
        state.ended || state.time == Time::After
    }

    fn is_write(request: Request) -> bool {
        !matches!(request, FindOther { .. } | FindOwn { .. })
    }

    fn expired(request: &mut Request) -> Option<&mut bool> {
        match request {
            ReserveReplica { expired }
            | PutReplica { expired }
            | FindOther { expired }
            | ReleaseOther { expired }
            | FindOwn { expired, .. }
            | EndOwn { expired }
            | ReleaseOwn { expired }
            | EndPrimary { expired }
            | EndAll { expired, .. } => Some(expired),
            PutPlain => None,
        }
    }

    fn canonical(mut state: State) -> State {
        for token in &mut state.tokens {
            token.callers.each.sort_unstable();
            token.callers.late.sort_unstable();
        }
        state.tokens.sort_unstable();
        state
    }

    fn explore(model: &Model<Self>) -> Report<Self> {
        explorer::explore(model)
    }
}

/// The promise that an answer breaks. The state is the one in which DynamoDB applied the last request.
/// `begins_late` says whether the caller began after the end of the primary.
fn check_answer(
    state: &mut State,
    token: usize,
    begins_late: bool,
    request: Request,
    answer: Answer,
) -> Verdict {
    let (is_active, ended) = (state.is_active(), state.ended);
    let token = &mut state.tokens[token];
    match (answer, request) {
        (Answer::Meeting, _) if token.item == Item::Plain => {
            token.promised = true;
            Verdict::default()
        }
        (Answer::Meeting, _) => {
            token.promised = !ended;
            Verdict::breaks(ONE, is_active && token.item != Item::Replica)
                .or(Verdict::breaks(END, begins_late))
        }
        (Answer::TokenUsed, _) => {
            let is_false = match token.item {
                Item::None | Item::Plain => true,
                Item::Replica => is_active,
                Item::EndedReplica | Item::Ended => false,
            };
            Verdict::breaks(REFUSAL, is_false)
        }
        (Answer::Full, _) => Verdict::breaks(REFUSAL, token.item != Item::None),
        (Answer::InvalidPrimary, _) => Verdict::breaks(REFUSAL, is_active),
        (Answer::Done, EndOwn { .. } | ReleaseOwn { .. }) => {
            let exists = matches!(token.item, Item::Replica | Item::Plain);
            // CreateMeeting may run at the same time as DeleteMeeting of an unknown meeting.
            let is_creating = token.callers.wait_for(Request::creates);
            Verdict::breaks(SUCCESS, exists && token.promised && !is_creating)
        }
        (Answer::Done, _) => Verdict::breaks(SUCCESS, !ended),
        (Answer::Failure, _) => Verdict::breaks(FAILURE, true),
    }
}

impl State {
    /// Whether the primary is active on every clock.
    pub fn is_active(&self) -> bool {
        !self.ended && self.time == Time::Before
    }
}

impl Item {
    /// The state of the meeting on this clock.
    fn found(self, expired: bool) -> Outcome {
        match self {
            Self::None => Outcome::Nothing,
            Self::Replica if !expired => Outcome::Replica,
            Self::Plain => Outcome::Plain,
            Self::Replica | Self::EndedReplica | Self::Ended => Outcome::Ended,
        }
    }

    /// The item of the same meeting after its end.
    fn ended(self) -> Self {
        match self {
            Self::None => Self::None,
            Self::Replica | Self::EndedReplica => Self::EndedReplica,
            Self::Plain | Self::Ended => Self::Ended,
        }
    }
}

impl Request {
    /// Whether it is a request of CreateMeeting for a replica.
    fn creates(self) -> bool {
        matches!(
            self,
            ReserveReplica { .. }
                | PutReplica { .. }
                | FindOther { .. }
                | ReleaseOther { .. }
                | FindOwn { .. }
        )
    }
}
