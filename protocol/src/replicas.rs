//! A primary with its replicas: the protocol of CreateMeeting and DeleteMeeting.
//!
//! There are two tokens, each the id of a meeting that can become a replica of the primary, and two
//! callers for each token. The primary's item lists the ids of its replicas. It has a place for
//! one, so that two compete for it.
//!
//! This page has the order of [`attendees`](crate::attendees): the state; requests, outcomes and
//! responses; the promises; how the operations begin, the condition of each request and what the
//! service does next; how the promises are checked.
//!
//! Not in the model: the attendees of these meetings, and the removal of items by the time to live.
//!
//! `src/store/meetings.rs`, `replicas.rs` and `ending.rs` of `rollcall` send these requests;
//! `src/operations/create_meeting.rs` and `delete_meeting.rs` decide what follows.

use self::Request::*;
use crate::callers::{self, Callers, Finding, Model, Protocol, Report, Time, breaks, shows};
use crate::explorer;

/// The protocol, within these bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Replicas {
    /// How many requests use a token without the primary.
    pub others: u8,
    /// How many requests end the meeting of a token.
    pub replica_ends: u8,
    /// How many requests end the primary.
    pub primary_ends: u8,
    /// Whether the primary lists the first token's id from the beginning. Version 0.1 listed a
    /// replica before it put the item, so a crash could leave this.
    pub reserved: bool,
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
    /// How many more requests may begin.
    pub left: Replicas,
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
    /// Whether the replica's lifetime is longer than that of the primary.
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
    /// A meeting without a primary, or with another one.
    Other,
    /// Such a meeting with `EndedAt`.
    EndedOther,
}

/// A set of the two tokens, from the view of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tokens {
    /// The caller's token.
    pub own: bool,
    /// The other token.
    pub other: bool,
}

/// A request to DynamoDB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the fields are described at the request")]
pub enum Request {
    /// CreateMeeting reads the token's meeting. If there is none, it goes on with `then`.
    FindOwn { then: Then },
    /// CreateMeeting of a replica reads the primary, whose end is that of the replica.
    FindPrimary,
    /// The transaction of CreateMeeting of a replica: its item, and its id in the list of the
    /// primary.
    CreateReplica,
    /// CreateMeeting without the primary.
    CreateOther,
    /// DeleteMeeting of the token's meeting, unless that is a replica.
    EndOwn,
    /// The transaction of DeleteMeeting of a replica: its end, and its id no longer in the
    /// primary's list.
    EndReplica,
    /// DeleteMeeting of the primary, unless that has replicas.
    EndPrimary,
    /// The transaction of DeleteMeeting of the primary: its end, and that of its `own` replicas, if
    /// it still lists `listed`.
    EndAll { listed: Tokens, own: Tokens },
}

/// What CreateMeeting does if the token's meeting does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Then {
    /// It creates a replica.
    CreateReplica,
    /// It creates a meeting without the primary.
    CreateOther,
    /// It refuses the request, for a reason that it found before.
    Respond(Response),
}

/// What a request to DynamoDB results in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The condition held, and the request was applied.
    Done,
    /// The primary has its maximum of replicas.
    Full,
    /// The primary has ended.
    PrimaryEnded,
    /// The token's meeting is active.
    Active,
    /// The token's meeting has ended.
    Ended,
    /// There is no such meeting.
    Nothing,
    /// There is a meeting with the token's id.
    Exists,
    /// The meeting is a replica.
    IsReplica,
    /// The primary lists these replicas.
    Listed(Tokens),
    /// Only these are the primary's own replicas and active, or have no item.
    Own(Tokens),
    /// The request is invalid: a set in it is empty.
    Rejected,
}

/// The service's response to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Response {
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
type Pending = callers::Pending<Request>;

// The promises of `docs/reliability.md` about replicas, which every state and step keeps.
const OUTLIVES: &str = "a replica never outlives its primary";
const LISTED: &str = "a primary lists its active replicas and no other meeting";
const LIMIT: &str = "a primary never has more active replicas than its maximum";
const ONE: &str = "a meeting that was returned with 200 exists until it or its primary ends";
const END: &str = "no request that begins after the end of the primary gets a replica";
const REFUSAL: &str = "a refusal is true";
const SUCCESS: &str = "a response of 204 is true";
const FAILURE: &str = "no request is invalid";

// What the promises leave open.
const ENDED_MEANWHILE: &str =
    "CreateMeeting responds with a replica that ended after the response of DynamoDB was lost";
const RESERVED: &str =
    "a primary is full although version 0.1 did not create the replica in its place";

/// All that the promises leave open.
pub const IMPRECISIONS: [&str; 2] = [ENDED_MEANWHILE, RESERVED];

impl Protocol for Replicas {
    type State = State;
    type Request = Request;
    type Outcome = Outcome;
    type Response = Response;

    const PARTIES: &'static [&'static str] = &["token a", "token b"];
    const DONE: Outcome = Outcome::Done;

    fn initial(&self) -> State {
        let reserved = Token { listed: self.reserved, ..Token::default() };
        let tokens = [reserved, Token::default()];
        State { tokens, ended: false, time: Time::Before, left: *self }
    }

    fn begins(&self, state: &State, token: usize) -> Vec<(Request, State)> {
        let (item, left) = (state.tokens[token].item, state.left);
        let mut begins = vec![(FindOwn { then: Then::CreateReplica }, *state)];
        if let Some(replica_ends) = left.replica_ends.checked_sub(1)
            && item != Item::None
        {
            begins.push((EndOwn, State { left: Self { replica_ends, ..left }, ..*state }));
        }
        if let Some(primary_ends) = left.primary_ends.checked_sub(1) {
            begins.push((EndPrimary, State { left: Self { primary_ends, ..left }, ..*state }));
        }
        if let Some(others) = left.others.checked_sub(1) {
            let create = FindOwn { then: Then::CreateOther };
            begins.push((create, State { left: Self { others, ..left }, ..*state }));
        }
        begins
    }

    fn apply(&self, state: &mut State, token: usize, pending: Pending) -> Outcome {
        let ended = state.ended || pending.expired;
        let [own, other] = callers::own_and_other(&mut state.tokens, token);
        let listed = Tokens { own: own.listed, other: other.listed };
        let taken = usize::from(listed.own) + usize::from(listed.other);
        match pending.request {
            // `Store::find_meeting`
            FindOwn { .. } => own.item.found(pending.expired),
            FindPrimary if ended => Outcome::PrimaryEnded,
            FindPrimary => Outcome::Active,

            // `Store::create_replica` and `Store::create_meeting`
            CreateReplica | CreateOther if own.item != Item::None => Outcome::Exists,
            CreateReplica if ended => Outcome::PrimaryEnded,
            CreateReplica if taken >= PLACES && !listed.own => Outcome::Full,
            CreateReplica => {
                own.item = Item::Replica;
                own.listed = true;
                Outcome::Done
            }
            CreateOther => {
                own.item = Item::Other;
                Outcome::Done
            }

            // `Store::end_meeting` does not ask the clock, as in the protocol of one meeting.
            EndOwn => match own.item {
                Item::None => Outcome::Nothing,
                Item::Replica => Outcome::IsReplica,
                Item::EndedReplica | Item::EndedOther => Outcome::Ended,
                Item::Other => {
                    own.end(Item::EndedOther);
                    Outcome::Done
                }
            },
            EndReplica if own.item != Item::Replica => Outcome::Ended,
            EndReplica => {
                own.end(Item::EndedReplica);
                own.listed = false;
                Outcome::Done
            }

            EndPrimary | EndAll { .. } if state.ended => Outcome::PrimaryEnded,
            EndPrimary if taken > 0 => Outcome::Listed(listed),
            EndPrimary => {
                state.ended = true;
                Outcome::Done
            }
            EndAll { listed: Tokens { own: false, other: false }, .. } => Outcome::Rejected,
            EndAll { listed: expected, .. } if listed != expected => Outcome::Listed(listed),
            EndAll { own: ends, .. } => {
                let can_end = |item| matches!(item, Item::None | Item::Replica);
                let held = Tokens {
                    own: ends.own && can_end(own.item),
                    other: ends.other && can_end(other.item),
                };
                if held != ends {
                    return Outcome::Own(held);
                }
                state.ended = true;
                for (token, ends) in [(own, ends.own), (other, ends.other)] {
                    match token.item {
                        Item::Replica if ends => token.item = Item::EndedReplica,
                        // An instance of version 0.1 may still be about to put the replica, and
                        // then can't.
                        Item::None if ends => token.item = Item::EndedOther,
                        _ => {}
                    }
                }
                Outcome::Done
            }
        }
    }

    fn next(&self, _: &State, _: usize, request: Request, outcome: Outcome) -> Next {
        match (request, outcome) {
            (_, Outcome::Rejected) => Next::Respond(Response::Failure),

            // As long as the token's meeting is active, the token names it, whatever the request
            // says.
            (FindOwn { .. }, Outcome::Active) => Next::Respond(Response::Meeting),
            (FindOwn { .. }, Outcome::Ended) => Next::Respond(Response::TokenUsed),
            (FindOwn { then: Then::CreateReplica }, _) => Next::Send(FindPrimary),
            (FindOwn { then: Then::CreateOther }, _) => Next::Send(CreateOther),
            (FindOwn { then: Then::Respond(response) }, _) => Next::Respond(response),
            (FindPrimary, Outcome::Active) => Next::Send(CreateReplica),
            (CreateReplica | CreateOther, Outcome::Done) => Next::Respond(Response::Meeting),
            // An equal request may have created the meeting before this reason arose.
            (FindPrimary | CreateReplica | CreateOther, _) => {
                let reason = match outcome {
                    Outcome::Exists => Response::TokenUsed,
                    Outcome::Full => Response::Full,
                    _ => Response::InvalidPrimary,
                };
                Next::Send(FindOwn { then: Then::Respond(reason) })
            }

            (EndOwn, Outcome::IsReplica) => Next::Send(EndReplica),
            (EndOwn | EndReplica, _) => Next::Respond(Response::Done),
            // The last replica has ended meanwhile, and DynamoDB has no empty set to compare with.
            (EndAll { .. }, Outcome::Listed(Tokens { own: false, other: false })) => {
                Next::Send(EndPrimary)
            }
            (EndPrimary | EndAll { .. }, Outcome::Listed(listed)) => {
                Next::Send(EndAll { listed, own: listed })
            }
            (EndAll { listed, .. }, Outcome::Own(own)) => Next::Send(EndAll { listed, own }),
            (EndPrimary | EndAll { .. }, _) => Next::Respond(Response::Done),
        }
    }

    fn check_response(
        &self,
        state: &mut State,
        token: usize,
        pending: Pending,
        response: Response,
    ) -> Option<Finding> {
        let (is_active, ended) = (state.is_active(), state.ended);
        let token = &mut state.tokens[token];
        let exists = matches!(token.item, Item::Replica | Item::Other);
        match (response, pending.request) {
            (Response::Meeting, CreateReplica) if pending.applied && !exists => {
                shows(ENDED_MEANWHILE, is_active)
            }
            (Response::Meeting, _) => {
                token.promised = true;
                let is_late = pending.begins_late && token.item != Item::Other;
                breaks(ONE, !exists && is_active).or(breaks(END, is_late))
            }
            (Response::TokenUsed, _) => {
                let is_false = match token.item {
                    Item::None | Item::Other => true,
                    Item::Replica => is_active,
                    Item::EndedReplica | Item::EndedOther => false,
                };
                breaks(REFUSAL, is_false)
            }
            (Response::Full, _) => breaks(REFUSAL, token.item != Item::None),
            (Response::InvalidPrimary, _) => breaks(REFUSAL, is_active),
            (Response::Done, EndOwn | EndReplica) => breaks(SUCCESS, exists),
            (Response::Done, _) => breaks(SUCCESS, !ended),
            (Response::Failure, _) => breaks(FAILURE, true),
        }
    }

    fn check(&self, _: &State, after: &mut State, action: Action) -> Option<Finding> {
        match action {
            Action::Received(who, Pending { request: CreateReplica, .. }, Outcome::Full, _) => {
                let is_false = after.tokens[1 - who.party].item != Item::Replica;
                if self.reserved { shows(RESERVED, is_false) } else { breaks(REFUSAL, is_false) }
            }
            _ => None,
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
        let is_listed_wrongly = |token: &Token| match token.item {
            Item::Replica => !token.listed,
            _ => token.listed && !self.reserved,
        };
        if is_active && state.tokens.iter().any(is_listed_wrongly) {
            return Some(LISTED);
        }
        if is_active && replicas().count() > PLACES {
            return Some(LIMIT);
        }
        // The end of the primary ends the promise of its replicas, but not that of other meetings.
        let is_lost = |token: &Token| match token.item {
            Item::Replica | Item::Other => false,
            Item::None | Item::EndedReplica => token.promised && is_active,
            Item::EndedOther => token.promised,
        };
        state.tokens.iter().any(is_lost).then_some(ONE)
    }

    // What `callers` and `explorer` must know of states and requests. A reader of the protocol can
    // stop here.

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
        !matches!(request, FindOwn { .. } | FindPrimary)
    }

    fn is_transaction(request: Request) -> bool {
        matches!(request, CreateReplica | EndReplica | EndAll { .. })
    }

    fn reads_clock(request: Request) -> bool {
        matches!(request, FindOwn { .. } | FindPrimary | CreateReplica | EndOwn | EndPrimary)
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

impl State {
    /// Whether the primary is active on every clock.
    pub fn is_active(&self) -> bool {
        !self.ended && self.time == Time::Before
    }
}

impl Token {
    /// A caller ends the meeting.
    fn end(&mut self, item: Item) {
        self.item = item;
        self.promised = false;
    }
}

impl Item {
    /// The outcome of a request that finds this item.
    fn found(self, expired: bool) -> Outcome {
        match self {
            Self::None => Outcome::Nothing,
            Self::Replica if !expired => Outcome::Active,
            Self::Other => Outcome::Active,
            Self::Replica | Self::EndedReplica | Self::EndedOther => Outcome::Ended,
        }
    }
}
