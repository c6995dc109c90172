//! One meeting with two users: the protocol of CreateAttendee, DeleteAttendee and DeleteMeeting.
//!
//! The meeting's item has a set of seats and the mark of its end. The attendees table has one item for each
//! user: an attendee, or the tombstone of one that was deleted. A caller sends one request to DynamoDB after
//! the other: [`Attendees::apply`] is DynamoDB, [`Attendees::next`] is the service.
//!
//! Not in the model: what never changes in a meeting (its features, the capabilities of a request), reads that
//! decide nothing (GetAttendee, ListAttendees), and the removal of items by the time to live.
//!
//! `src/store/seats.rs`, `attendees.rs`, `deletion.rs` and `ending.rs` of `rollcall` send these requests;
//! `src/operations` decides what follows.

mod promises;
mod search;

pub use promises::{IMPRECISIONS, PROMISES};
pub use search::{Action, Kind};

/// The bounds of the model.
#[derive(Clone, Copy, Debug)]
pub struct Attendees {
    /// The meeting's maximum of attendees.
    pub limit: usize,
    /// How many requests of DeleteAttendee begin.
    pub deletions: u8,
    /// How many requests of DeleteMeeting begin.
    pub ends: u8,
    /// Whether the meeting's lifetime ends.
    pub lifetime: bool,
    /// How many writes can be late at the same time.
    pub late: usize,
    /// Whether callers crash and answers are lost.
    pub faults: bool,
    /// A planted bug.
    pub bug: Option<Bug>,
}

/// The number of users.
pub const USERS: usize = 2;
/// The number of callers that send requests for each user.
pub const CALLERS: usize = 2;

/// The name of an attendee id, from 1. Each user has names of its own; 0 is none.
pub type Id = u8;

/// The tables, the callers, and what callers were promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The users, with their items and callers.
    pub users: [User; USERS],
    /// Whether the meeting's item has `EndedAt`.
    pub ended: bool,
    /// The time of day.
    pub time: Time,
    /// How many more deletions of attendees may begin.
    pub deletions: u8,
    /// How many more deletions of the meeting may begin.
    pub ends: u8,
}

/// A user: items, callers and promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User {
    /// The user's item in the attendees table.
    pub item: Item,
    /// Whether the meeting's set has the user's seat.
    pub seat: bool,
    /// The callers that send requests for this user.
    pub callers: [Caller; CALLERS],
    /// Writes that DynamoDB will apply later. Nobody waits for their answers.
    pub late: [Option<Request>; 2],
    /// The attendee that a 200 promised, until its deletion.
    pub promised: Id,
    /// The deleted attendees, as a set of bits.
    pub deleted: u16,
}

/// An item of the attendees table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// There is none.
    #[default]
    None,
    /// An attendee.
    Attendee(Id),
    /// The tombstone of a deleted attendee.
    Tombstone(Id),
}

/// The time of day on the clocks of two instances, which differ by a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Time {
    /// The meeting's lifetime is not over on any clock.
    Before,
    /// It is over on the clock that is ahead.
    Between,
    /// It is over on both clocks.
    After,
}

/// A caller of the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caller {
    /// It has no request.
    #[default]
    Idle,
    /// Its instance waits for the answer to a request.
    Waiting(Request, Begin),
}

/// When a caller's request to the service began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Begin {
    /// While the meeting was active on some clock.
    Active,
    /// After the meeting had ended on every clock.
    Ended,
}

/// A request to DynamoDB. `id` is an attendee's, and `expired` says whether the meeting's lifetime was over on
/// the instance's clock when the request was made; a repetition does not read the clock again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the fields are described above")]
pub enum Request {
    /// The first write of CreateAttendee.
    ReserveSeat { expired: bool },
    /// The second write of CreateAttendee.
    PutAttendee { id: Id },
    /// The transaction of CreateAttendee after a deletion: a seat, and an attendee for the tombstone. The SDK
    /// gives each transaction a token, so DynamoDB answers the repetition of one that it `applied`.
    RecreateAttendee { id: Id, deleted: Id, expired: bool, applied: bool },
    /// DeleteAttendee reads the meeting. It reads the attendee at the same time; the order does not matter,
    /// because a meeting that has ended stays so.
    FindMeeting { id: Id, expired: bool },
    /// DeleteAttendee reads the attendee.
    FindAttendee { id: Id },
    /// The transaction of DeleteAttendee: a tombstone for the attendee, and no seat.
    DeleteAttendee { id: Id, expired: bool, applied: bool },
    /// The write of DeleteMeeting. It does not ask the clock, because a meeting whose lifetime is over may
    /// be active on the clock of another instance.
    EndMeeting { expired: bool },
    /// DeleteMeeting reads the keys of all attendees' items.
    FindItems,
    /// DeleteMeeting removes the item of the caller's user, of the other user, or both.
    RemoveItems { own: bool, other: bool },
    /// Only with [`Bug::DeleteInTwoWrites`].
    FreeSeat { id: Id, expired: bool },
}

/// What a request to DynamoDB results in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The condition held, and the request was applied.
    Done,
    /// Other users have all seats.
    Full,
    /// The meeting has ended.
    Ended,
    /// The user has this attendee.
    Exists(Id),
    /// The user has this tombstone.
    Deleted(Id),
    /// The user has no item, or none with this id.
    Nothing,
    /// There is an item of the caller's user, of the other user, or both.
    #[allow(missing_docs, reason = "described above")]
    Found { own: bool, other: bool },
}

/// The service's answer to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// 200 with this attendee.
    Attendee(Id),
    /// 204.
    Done,
    /// 400 `LimitExceededException`.
    Full,
    /// 404, because the meeting has ended.
    Ended,
    /// 404, because there is no such attendee.
    NoSuchAttendee,
}

/// What an instance does after the outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Next {
    /// It sends another request, and reads the clock for it.
    Send(Request),
    /// It answers the caller.
    Answer(Answer),
    /// It answers DeleteMeeting, whatever becomes of its clean-up: this request.
    AnswerAfter(Request),
}

/// A defect to plant in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "`Bug::description` describes each")]
pub enum Bug {
    PutWithoutCondition,
    RefusedPutIsSuccess,
    LimitOffByOne,
    PutBeforeSeat,
    ReserveAfterDeletion,
    RecreateWithoutSeat,
    ReserveAfterLifetime,
    DeleteInTwoWrites,
    RecreateWithoutLimit,
    RemoveBeforeEnd,
    RecreateWithSameId,
    RecreateWithoutCondition,
    DeleteWithoutId,
    RepeatRefusedPut,
    EndOnlyBeforeLifetime,
}

impl Attendees {
    fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// DynamoDB applies a request of a user's caller if the request's condition holds.
    pub fn apply(&self, state: &mut State, user: usize, request: Request) -> Outcome {
        let ended = state.ended;
        let reserved = state.users.iter().filter(|user| user.seat).count();
        let other = 1 - user;
        let it = &mut state.users[user];
        let has_room = reserved < self.limit || it.seat;
        match request {
            Request::ReserveSeat { expired } => {
                let ended = ended && !self.has(Bug::ReserveAfterDeletion);
                let expired = expired && !self.has(Bug::ReserveAfterLifetime);
                let has_room = has_room || self.has(Bug::LimitOffByOne) && reserved <= self.limit;
                if ended || expired {
                    return Outcome::Ended;
                }
                if !has_room {
                    return Outcome::Full;
                }
                it.seat = true;
                Outcome::Done
            }
            Request::PutAttendee { id } => {
                if it.item != Item::None && !self.has(Bug::PutWithoutCondition) {
                    return existing(it.item, id);
                }
                it.item = Item::Attendee(id);
                Outcome::Done
            }
            Request::RecreateAttendee { applied: true, .. }
            | Request::DeleteAttendee { applied: true, .. } => Outcome::Done,
            Request::RecreateAttendee { id, deleted, expired, .. } => {
                let has_room = has_room || self.has(Bug::RecreateWithoutLimit);
                let is_deleted = it.item == Item::Tombstone(deleted)
                    || it.item != Item::None && self.has(Bug::RecreateWithoutCondition);
                if ended || expired {
                    return Outcome::Ended;
                }
                if !is_deleted {
                    return existing(it.item, id);
                }
                if !has_room {
                    return Outcome::Full;
                }
                it.seat |= !self.has(Bug::RecreateWithoutSeat);
                it.item = Item::Attendee(id);
                it.set_applied(id);
                Outcome::Done
            }
            Request::FindMeeting { expired, .. } => {
                if ended || expired {
                    Outcome::Ended
                } else {
                    Outcome::Done
                }
            }
            Request::FindAttendee { id } => match it.item {
                Item::Attendee(found) if found == id => Outcome::Exists(id),
                Item::Tombstone(found) if found == id => Outcome::Deleted(id),
                _ => Outcome::Nothing,
            },
            Request::DeleteAttendee { id, expired, .. } => {
                let is_it = match it.item {
                    Item::Attendee(found) => found == id || self.has(Bug::DeleteWithoutId),
                    Item::None | Item::Tombstone(_) => false,
                };
                if ended || expired {
                    return Outcome::Ended;
                }
                if !is_it {
                    // The SDK repeats a transaction whose answer was lost, and then finds its tombstone.
                    let is_done = it.item == Item::Tombstone(id);
                    return if is_done { Outcome::Done } else { Outcome::Nothing };
                }
                it.seat &= self.has(Bug::DeleteInTwoWrites);
                it.item = Item::Tombstone(id);
                it.forget(id);
                Outcome::Done
            }
            Request::EndMeeting { expired } => {
                state.ended |= !expired || !self.has(Bug::EndOnlyBeforeLifetime);
                Outcome::Done
            }
            Request::FindItems => Outcome::Found {
                own: it.item != Item::None,
                other: state.users[other].item != Item::None,
            },
            Request::RemoveItems { own, other: others } => {
                for (user, is_removed) in [(user, own), (other, others)] {
                    if is_removed {
                        state.users[user].item = Item::None;
                    }
                }
                Outcome::Done
            }
            Request::FreeSeat { expired, .. } => {
                if ended || expired {
                    return Outcome::Ended;
                }
                it.seat = false;
                Outcome::Done
            }
        }
    }

    /// The first request of CreateAttendee.
    pub fn create_attendee(&self, user: &User) -> Request {
        if self.has(Bug::PutBeforeSeat) {
            Request::PutAttendee { id: user.new_id() }
        } else {
            Request::ReserveSeat { expired: false }
        }
    }

    /// The first request of DeleteAttendee.
    pub fn delete_attendee(&self, id: Id) -> Request {
        Request::FindMeeting { id, expired: false }
    }

    /// The first request of DeleteMeeting.
    pub fn delete_meeting(&self) -> Request {
        if self.has(Bug::RemoveBeforeEnd) {
            Request::FindItems
        } else {
            Request::EndMeeting { expired: false }
        }
    }

    /// What an instance does when its request had this outcome.
    pub fn next(&self, user: &User, request: Request, outcome: Outcome) -> Next {
        use Next::{Answer as Say, Send};
        // `expired` is set when the request is made, `applied` when it is repeated.
        let (expired, applied) = (false, false);
        match (request, outcome) {
            (_, Outcome::Full) => Say(Answer::Full),
            (_, Outcome::Ended) => Say(Answer::Ended),

            (Request::ReserveSeat { .. }, _) if self.has(Bug::PutBeforeSeat) => {
                Say(Answer::Attendee(user.item.id()))
            }
            (Request::ReserveSeat { .. }, _) => Send(Request::PutAttendee { id: user.new_id() }),
            (Request::PutAttendee { .. }, Outcome::Done | Outcome::Exists(_))
                if self.has(Bug::PutBeforeSeat) =>
            {
                Send(Request::ReserveSeat { expired })
            }
            (
                Request::PutAttendee { id } | Request::RecreateAttendee { id, .. },
                Outcome::Exists(_),
            ) if self.has(Bug::RefusedPutIsSuccess) => Say(Answer::Attendee(id)),
            (Request::PutAttendee { id } | Request::RecreateAttendee { id, .. }, Outcome::Done) => {
                Say(Answer::Attendee(id))
            }
            (
                Request::PutAttendee { .. } | Request::RecreateAttendee { .. },
                Outcome::Exists(existing),
            ) => Say(Answer::Attendee(existing)),
            (Request::PutAttendee { .. }, Outcome::Deleted(_))
                if self.has(Bug::RepeatRefusedPut) =>
            {
                Send(request)
            }
            // A deleted id is never used again: an attempt without an answer may have created an attendee
            // with this id, and another caller may have deleted it since.
            (
                Request::PutAttendee { id } | Request::RecreateAttendee { id, .. },
                Outcome::Deleted(deleted),
            ) => {
                let id = if self.has(Bug::RecreateWithSameId) { id } else { user.new_id() };
                Send(Request::RecreateAttendee { id, deleted, expired, applied })
            }
            // The tombstone was removed with the meeting.
            (Request::RecreateAttendee { id, .. }, _) => Send(Request::PutAttendee { id }),

            (Request::FindMeeting { id, .. }, _) => Send(Request::FindAttendee { id }),
            (Request::FindAttendee { id }, Outcome::Exists(_)) => {
                Send(if self.has(Bug::DeleteInTwoWrites) {
                    Request::FreeSeat { id, expired }
                } else {
                    Request::DeleteAttendee { id, expired, applied }
                })
            }
            (Request::FindAttendee { .. }, Outcome::Deleted(_)) => Say(Answer::Done),
            (Request::FindAttendee { .. }, _) => Say(Answer::NoSuchAttendee),
            (Request::DeleteAttendee { .. }, Outcome::Done) => Say(Answer::Done),
            (Request::DeleteAttendee { .. }, _) => Say(Answer::NoSuchAttendee),
            (Request::FreeSeat { id, .. }, _) => {
                Send(Request::DeleteAttendee { id, expired, applied })
            }

            (Request::EndMeeting { .. }, _) if self.has(Bug::RemoveBeforeEnd) => Say(Answer::Done),
            (Request::EndMeeting { .. }, _) => Next::AnswerAfter(Request::FindItems),
            (Request::FindItems, Outcome::Found { own, other }) if own || other => {
                Send(Request::RemoveItems { own, other })
            }
            (Request::FindItems | Request::RemoveItems { .. }, _)
                if self.has(Bug::RemoveBeforeEnd) =>
            {
                Send(Request::EndMeeting { expired })
            }
            (Request::FindItems | Request::RemoveItems { .. }, _) => Say(Answer::Done),
            // No other outcome is possible.
            (Request::PutAttendee { .. }, _) => Say(Answer::NoSuchAttendee),
        }
    }
}

/// The outcome of putting the attendee `id` where this item exists.
fn existing(item: Item, id: Id) -> Outcome {
    match item {
        Item::None => Outcome::Nothing,
        // The SDK repeats a write whose answer was lost, and then finds what it wrote.
        Item::Attendee(existing) if existing == id => Outcome::Done,
        Item::Attendee(existing) => Outcome::Exists(existing),
        Item::Tombstone(deleted) => Outcome::Deleted(deleted),
    }
}

impl User {
    /// The transaction that creates this attendee was applied, so its repetitions change nothing.
    fn set_applied(&mut self, id: Id) {
        let waiting = self.callers.iter_mut().filter_map(|caller| match caller {
            Caller::Idle => None,
            Caller::Waiting(request, _) => Some(request),
        });
        for request in waiting.chain(self.late.iter_mut().flatten()) {
            if let Request::RecreateAttendee { id: created, applied, .. } = request {
                *applied |= *created == id;
            }
        }
    }
}

impl Request {
    /// Whether the request changes a table.
    pub fn is_write(self) -> bool {
        !matches!(self, Self::FindMeeting { .. } | Self::FindAttendee { .. } | Self::FindItems)
    }

    /// Whether it is a request of CreateAttendee.
    pub fn creates(self) -> bool {
        matches!(
            self,
            Self::ReserveSeat { .. } | Self::PutAttendee { .. } | Self::RecreateAttendee { .. }
        )
    }

    /// Whether it is a request of DeleteMeeting.
    pub fn ends(self) -> bool {
        matches!(self, Self::EndMeeting { .. } | Self::FindItems | Self::RemoveItems { .. })
    }
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |user: &usize| ["alice", "bob"][*user];
        match self {
            Self::Begin(user, caller, request) => {
                write!(f, "{}, caller {caller}, begins with {request:?}", name(user))
            }
            Self::Answered(user, caller, request, outcome, next) => {
                let user = name(user);
                write!(f, "{user}, caller {caller}: {request:?} → {outcome:?}; {next:?}")
            }
            Self::Lost(user, caller, request, outcome) => {
                let user = name(user);
                write!(
                    f,
                    "{user}, caller {caller}: {request:?} → {outcome:?}, but the answer is lost"
                )
            }
            Self::Delayed(user, caller, request) => {
                write!(f, "{}, caller {caller}: {request:?} is delayed", name(user))
            }
            Self::Late(user, _, request, outcome) => {
                write!(f, "{}, late: {request:?} → {outcome:?}", name(user))
            }
            Self::Crash(user, caller) => write!(f, "{}, caller {caller}, dies", name(user)),
            Self::Tick(time) => write!(f, "the time is {time:?} the end of the lifetime"),
        }
    }
}

impl Item {
    /// The id of the attendee or the tombstone, 0 if there is none.
    pub fn id(self) -> Id {
        match self {
            Self::None => 0,
            Self::Attendee(id) | Self::Tombstone(id) => id,
        }
    }
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 15] = [
        Self::PutWithoutCondition,
        Self::RefusedPutIsSuccess,
        Self::LimitOffByOne,
        Self::PutBeforeSeat,
        Self::ReserveAfterDeletion,
        Self::RecreateWithoutSeat,
        Self::ReserveAfterLifetime,
        Self::DeleteInTwoWrites,
        Self::RecreateWithoutLimit,
        Self::RemoveBeforeEnd,
        Self::RecreateWithSameId,
        Self::RecreateWithoutCondition,
        Self::DeleteWithoutId,
        Self::RepeatRefusedPut,
        Self::EndOnlyBeforeLifetime,
    ];

    /// What is wrong.
    pub fn description(self) -> &'static str {
        match self {
            Self::PutWithoutCondition => "the put of the attendee has no condition",
            Self::RefusedPutIsSuccess => "a refused put is taken for a successful one",
            Self::LimitOffByOne => "`<=` in place of `<` at the limit",
            Self::PutBeforeSeat => "the put before the reservation of the seat",
            Self::ReserveAfterDeletion => {
                "a reservation that does not check whether the meeting was deleted"
            }
            Self::RecreateWithoutSeat => "an attendee is created again without a seat",
            Self::ReserveAfterLifetime => "a reservation that does not check the lifetime",
            Self::DeleteInTwoWrites => {
                "DeleteAttendee frees the seat and deletes the attendee in two separate writes"
            }
            Self::RecreateWithoutLimit => "an attendee is created again without the limit",
            Self::RemoveBeforeEnd => "DeleteMeeting removes attendees before it ends the meeting",
            Self::RecreateWithSameId => "an attendee is created again with the id of the first put",
            Self::RecreateWithoutCondition => {
                "an attendee is created again in place of whatever the user has"
            }
            Self::DeleteWithoutId => "DeleteAttendee deletes whichever attendee the user has",
            Self::RepeatRefusedPut => "a put that finds a tombstone is repeated",
            Self::EndOnlyBeforeLifetime => {
                "DeleteMeeting does not end a meeting whose lifetime is over on its own clock"
            }
        }
    }
}
