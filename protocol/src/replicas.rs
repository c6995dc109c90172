//! A primary with its replicas: the protocol of CreateMeeting and DeleteMeeting.
//!
//! There are two tokens, each the id of a meeting that can become a replica of the primary, and two callers for
//! each token. The primary has a place for one replica, so that two compete for it. Its item lists the ids of
//! its replicas. [`Replicas::apply`] is DynamoDB, [`Replicas::next`] is the service.
//!
//! Not in the model: the attendees of these meetings, and the removal of items by the time to live.
//!
//! `src/store/meetings.rs`, `replicas.rs` and `ending.rs` of `rollcall` send these requests;
//! `src/operations/create_meeting.rs` and `delete_meeting.rs` decide what follows.

mod promises;
mod search;

use crate::attendees::Time;
pub use promises::{IMPRECISIONS, PROMISES};
pub use search::{Action, Kind};

/// The bounds of the model.
#[derive(Clone, Copy, Debug)]
pub struct Replicas {
    /// How many requests use a token without the primary.
    pub plain: u8,
    /// How many requests end the meeting of a token.
    pub replica_ends: u8,
    /// How many requests end the primary.
    pub primary_ends: u8,
    /// Whether the primary's lifetime ends.
    pub lifetime: bool,
    /// How many writes can be late at the same time.
    pub late: usize,
    /// A planted bug.
    pub bug: Option<Bug>,
}

/// The number of tokens.
pub const TOKENS: usize = 2;
/// The number of callers that use each token.
pub const CALLERS: usize = 2;
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
    pub callers: [Caller; CALLERS],
    /// Writes that DynamoDB will apply later. Nobody waits for their answers.
    pub late: [Option<Request>; 2],
    /// Whether a 200 promised the meeting, until a caller ends it or its primary.
    pub promised: bool,
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

/// A caller of the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// It has no request.
    #[default]
    Idle,
    /// Its instance waits for the answer to a request. The primary had ended `before` the caller's request
    /// to the service began.
    #[allow(missing_docs, reason = "described above")]
    Waiting { request: Request, before: bool },
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
    /// The replica can't be created: was it before?
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

/// Why a replica can't be created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Obstacle {
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
    /// 409: the token was used for another meeting, or for one that has ended.
    TokenUsed,
    /// 400 `LimitExceededException`.
    Full,
    /// 400: the primary has ended.
    InvalidPrimary,
    /// 500.
    Failure,
}

/// What an instance does after the outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Next {
    /// It sends another request.
    Send(Request),
    /// It answers the caller.
    Answer(Answer),
}

/// A defect to plant in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "`Bug::description` describes each")]
pub enum Bug {
    PutBeforeReservation,
    LimitOffByOne,
    EndOnlyPrimary,
    EndWithoutList,
    EndWithoutPlaceholder,
    EndForeignMeeting,
    ReleaseWithoutItem,
    LifetimeNotCapped,
    EndWithEmptyList,
    EndOnlyBeforeLifetime,
}

impl Replicas {
    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// DynamoDB applies a request of a token's caller if the request's condition holds.
    pub fn apply(&self, state: &mut State, token: usize, request: Request) -> Outcome {
        let other = 1 - token;
        let is_active = |expired: bool| !state.ended && !expired;
        // DeleteMeeting does not ask the clock, as in the model of one meeting.
        let is_ended =
            |expired: bool| state.ended || expired && self.has(Bug::EndOnlyBeforeLifetime);
        let listed = Tokens { own: state.tokens[token].listed, other: state.tokens[other].listed };
        match request {
            Request::ReserveReplica { expired } => {
                let places = PLACES + usize::from(self.has(Bug::LimitOffByOne));
                let taken = usize::from(listed.own) + usize::from(listed.other);
                if !is_active(expired) {
                    return Outcome::Ended;
                }
                if taken >= places && !listed.own {
                    return Outcome::Full;
                }
                state.tokens[token].listed = true;
                Outcome::Done
            }
            // The replica's lifetime ends with that of the primary, which the reservation returned.
            Request::PutReplica { expired } => {
                let found = self.find(state, token, expired);
                if found == Outcome::Nothing {
                    state.tokens[token].item = Item::Replica;
                    return Outcome::Done;
                }
                found
            }
            Request::PutPlain => {
                let found = self.find(state, token, false);
                if found == Outcome::Nothing {
                    state.tokens[token].item = Item::Plain;
                    return Outcome::Done;
                }
                found
            }
            Request::FindOther { expired } => self.find(state, other, expired),
            Request::FindOwn { expired, .. } => self.find(state, token, expired),
            Request::ReleaseOther { expired } => {
                state.tokens[other].listed &= !is_active(expired);
                Outcome::Done
            }
            Request::ReleaseOwn { expired } => {
                state.tokens[token].listed &= !is_active(expired);
                Outcome::Done
            }
            Request::EndOwn { expired } => {
                let it = &mut state.tokens[token];
                it.promised &= !matches!(it.item, Item::Replica | Item::Plain);
                match it.item {
                    Item::None => Outcome::Nothing,
                    Item::Replica if expired && self.has(Bug::EndOnlyBeforeLifetime) => {
                        Outcome::EndedReplica
                    }
                    Item::Replica | Item::EndedReplica => {
                        it.item = Item::EndedReplica;
                        Outcome::EndedReplica
                    }
                    Item::Plain | Item::Ended => {
                        it.item = Item::Ended;
                        Outcome::Ended
                    }
                }
            }
            Request::EndPrimary { expired } => {
                if is_ended(expired) {
                    return Outcome::Ended;
                }
                if (listed.own || listed.other) && !self.has(Bug::EndOnlyPrimary) {
                    return Outcome::Listed(listed);
                }
                state.ended = true;
                Outcome::Done
            }
            Request::EndAll { listed: expected, own, expired } => {
                if !expected.own && !expected.other {
                    return Outcome::Rejected;
                }
                if is_ended(expired) {
                    return Outcome::Ended;
                }
                if listed != expected && !self.has(Bug::EndWithoutList) {
                    return Outcome::Listed(listed);
                }
                let ends = |token: usize| match state.tokens[token].item {
                    Item::None | Item::Replica => true,
                    Item::Plain => self.has(Bug::EndForeignMeeting),
                    Item::EndedReplica | Item::Ended => false,
                };
                let held = Tokens { own: own.own && ends(token), other: own.other && ends(other) };
                if held != own {
                    return Outcome::Own(held);
                }
                state.ended = true;
                for (token, is_own) in [(token, own.own), (other, own.other)] {
                    let it = &mut state.tokens[token];
                    it.item = match it.item {
                        item if !is_own => item,
                        // A replica that is about to be created can't be any more.
                        Item::None if self.has(Bug::EndWithoutPlaceholder) => Item::None,
                        Item::Replica => Item::EndedReplica,
                        _ => Item::Ended,
                    };
                }
                Outcome::Done
            }
        }
    }

    /// The state of a token's meeting.
    fn find(&self, state: &State, token: usize, expired: bool) -> Outcome {
        match state.tokens[token].item {
            Item::None => Outcome::Nothing,
            Item::Replica if !expired => Outcome::Replica,
            Item::Plain => Outcome::Plain,
            Item::Replica | Item::EndedReplica | Item::Ended => Outcome::Ended,
        }
    }

    /// The first request of CreateMeeting for a replica.
    pub fn create_replica(&self, expired: bool) -> Request {
        if self.has(Bug::PutBeforeReservation) {
            Request::PutReplica { expired }
        } else {
            Request::ReserveReplica { expired }
        }
    }

    /// What an instance does when its request had this outcome.
    pub fn next(&self, request: Request, outcome: Outcome) -> Next {
        use Next::{Answer as Say, Send};
        match (request, outcome) {
            (_, Outcome::Rejected) => Say(Answer::Failure),

            (Request::ReserveReplica { .. }, Outcome::Done)
                if self.has(Bug::PutBeforeReservation) =>
            {
                Say(Answer::Meeting)
            }
            (Request::PutReplica { expired }, Outcome::Done | Outcome::Replica)
                if self.has(Bug::PutBeforeReservation) =>
            {
                Send(Request::ReserveReplica { expired })
            }
            (Request::ReserveReplica { expired }, Outcome::Done) => {
                Send(Request::PutReplica { expired })
            }
            (Request::ReserveReplica { expired }, Outcome::Full) => {
                Send(Request::FindOther { expired })
            }
            (Request::ReserveReplica { expired }, _) => {
                Send(Request::FindOwn { expired, obstacle: Obstacle::Ended })
            }
            // The replica without an item may be about to be created.
            (Request::FindOther { expired }, Outcome::Nothing)
                if !self.has(Bug::ReleaseWithoutItem) =>
            {
                Send(Request::FindOwn { expired, obstacle: Obstacle::Full })
            }
            (Request::FindOther { expired }, Outcome::Replica) => {
                Send(Request::FindOwn { expired, obstacle: Obstacle::Full })
            }
            (Request::FindOther { expired }, _) => Send(Request::ReleaseOther { expired }),
            (Request::ReleaseOther { expired }, _) => Send(Request::ReserveReplica { expired }),
            (Request::PutReplica { .. }, Outcome::Done | Outcome::Replica)
            | (Request::FindOwn { .. }, Outcome::Replica)
            | (Request::PutPlain, Outcome::Done | Outcome::Plain) => Say(Answer::Meeting),
            (Request::FindOwn { obstacle: Obstacle::Full, .. }, Outcome::Nothing) => {
                Say(Answer::Full)
            }
            (Request::FindOwn { obstacle: Obstacle::Ended, .. }, Outcome::Nothing) => {
                Say(Answer::InvalidPrimary)
            }
            (Request::FindOwn { .. } | Request::PutReplica { .. } | Request::PutPlain, _) => {
                Say(Answer::TokenUsed)
            }

            (Request::EndOwn { expired }, Outcome::EndedReplica) => {
                Send(Request::ReleaseOwn { expired })
            }
            (Request::EndOwn { .. } | Request::ReleaseOwn { .. }, _) => Say(Answer::Done),
            // The last replica was released meanwhile.
            (
                Request::EndAll { expired, .. },
                Outcome::Listed(Tokens { own: false, other: false }),
            ) if !self.has(Bug::EndWithEmptyList) => Send(Request::EndPrimary { expired }),
            (
                Request::EndPrimary { expired } | Request::EndAll { expired, .. },
                Outcome::Listed(listed),
            ) => Send(Request::EndAll { listed, own: listed, expired }),
            (Request::EndAll { listed, expired, .. }, Outcome::Own(own)) => {
                Send(Request::EndAll { listed, own, expired })
            }
            (Request::EndPrimary { .. } | Request::EndAll { .. }, _) => Say(Answer::Done),
        }
    }
}

impl Request {
    /// Whether the request changes the table.
    pub fn is_write(self) -> bool {
        !matches!(self, Self::FindOther { .. } | Self::FindOwn { .. })
    }

    /// Whether the primary's lifetime was over on the instance's clock.
    pub fn is_expired(self) -> bool {
        match self {
            Self::ReserveReplica { expired }
            | Self::PutReplica { expired }
            | Self::FindOther { expired }
            | Self::ReleaseOther { expired }
            | Self::FindOwn { expired, .. }
            | Self::EndOwn { expired }
            | Self::ReleaseOwn { expired }
            | Self::EndPrimary { expired }
            | Self::EndAll { expired, .. } => expired,
            Self::PutPlain => false,
        }
    }

    /// Whether it is a request of CreateMeeting for a replica.
    pub fn creates(self) -> bool {
        matches!(
            self,
            Self::ReserveReplica { .. }
                | Self::PutReplica { .. }
                | Self::FindOther { .. }
                | Self::ReleaseOther { .. }
                | Self::FindOwn { .. }
        )
    }
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 10] = [
        Self::PutBeforeReservation,
        Self::LimitOffByOne,
        Self::EndOnlyPrimary,
        Self::EndWithoutList,
        Self::EndWithoutPlaceholder,
        Self::EndForeignMeeting,
        Self::ReleaseWithoutItem,
        Self::LifetimeNotCapped,
        Self::EndWithEmptyList,
        Self::EndOnlyBeforeLifetime,
    ];

    /// What is wrong.
    pub fn description(self) -> &'static str {
        match self {
            Self::PutBeforeReservation => "a replica is put before its primary lists it",
            Self::LimitOffByOne => "`<=` in place of `<` at the limit of replicas",
            Self::EndOnlyPrimary => "DeleteMeeting ends a primary without its replicas",
            Self::EndWithoutList => {
                "the end of a primary does not check that its list is unchanged"
            }
            Self::EndWithoutPlaceholder => {
                "the end of a primary leaves nothing in place of a replica that does not exist yet"
            }
            Self::EndForeignMeeting => {
                "the end of a primary ends a meeting that was created without it"
            }
            Self::ReleaseWithoutItem => "a replica without an item loses its place",
            Self::LifetimeNotCapped => "a replica's lifetime may be longer than its primary's",
            Self::EndWithEmptyList => {
                "the end of a primary whose last replica was released compares with an empty set"
            }
            Self::EndOnlyBeforeLifetime => {
                "DeleteMeeting does not end a meeting whose lifetime is over on its own clock"
            }
        }
    }
}
