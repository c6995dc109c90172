//! One meeting with two users, who have two callers each: the protocol of CreateAttendee,
//! DeleteAttendee and DeleteMeeting.
//!
//! The meeting's item has a set of seats and the mark of its end. The attendees table has one item
//! for each user: an attendee, or the tombstone of one that was deleted.
//!
//! This page has, in this order: the state; the requests to DynamoDB, their outcomes and the
//! service's responses; the promises; how the operations begin ([`Attendees::begins`]), the
//! condition of each request ([`Attendees::apply`]) and what the service does next
//! ([`Attendees::next`]); how the promises are checked ([`Attendees::check_response`],
//! [`Attendees::check`], [`Attendees::broken`]). The rest is how states are compared. What can
//! happen to any request, such as a lost response, is in [`callers`], and so is what an instance
//! keeps beside a request until its response ([`callers::Pending`]).
//!
//! Not in the model: what never changes in a meeting (its features, the capabilities of a request),
//! reads that decide nothing (GetAttendee, ListAttendees), and the removal of items by the time to
//! live.
//!
//! `src/store/seats.rs`, `attendees.rs`, `deletion.rs` and `ending.rs` of `rollcall` send these
//! requests; `src/operations` decides what follows.

use self::Request::*;
use crate::callers::{self, Callers, Finding, Model, Protocol, Report, Time, breaks, shows};
use crate::explorer;

/// The protocol, within these bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attendees {
    /// The meeting's maximum of attendees.
    pub limit: usize,
    /// How many requests of DeleteAttendee begin.
    pub deletions: u8,
    /// How many requests of DeleteMeeting begin.
    pub ends: u8,
}

/// The number of users.
pub const USERS: usize = 2;

/// The name of an attendee id, from 1. Each user has names of its own.
pub type Id = u8;

/// The tables, the callers, and what callers were promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The users, with their items and callers.
    pub users: [User; USERS],
    /// Whether the meeting's item has `EndedAt`.
    pub ended: bool,
    /// The time of day, compared with the end of the meeting's lifetime.
    pub time: Time,
    /// How many more requests may begin.
    pub left: Attendees,
}

/// A user: items, callers and promises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct User {
    /// The user's item in the attendees table.
    pub item: Item,
    /// Whether the meeting's set has the user's seat.
    pub seat: bool,
    /// The callers that send requests for this user.
    pub callers: Callers<Request>,
    /// The attendee that a 200 promised, until its deletion.
    pub promised: Option<Id>,
    /// The attendees that callers deleted: a bit for each id.
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

/// A request to DynamoDB; `id` is an attendee's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the fields are described above")]
pub enum Request {
    /// The first write of CreateAttendee.
    ReserveSeat,
    /// The second write of CreateAttendee.
    PutAttendee { id: Id },
    /// The transaction of CreateAttendee after a deletion: a seat, and an attendee in place of the
    /// tombstone of `deleted`.
    RecreateAttendee { id: Id, deleted: Id },
    /// DeleteAttendee reads the meeting. It reads the attendee at the same time; the order does not
    /// matter, because a meeting that has ended stays so.
    FindMeeting { id: Id },
    /// DeleteAttendee reads the attendee.
    FindAttendee { id: Id },
    /// The transaction of DeleteAttendee: a tombstone in place of the attendee, and no seat.
    DeleteAttendee { id: Id },
    /// The write of DeleteMeeting.
    EndMeeting,
    /// DeleteMeeting reads the keys of all attendees' items.
    FindItems,
    /// DeleteMeeting removes the item of the caller's user, of the other user, or both.
    RemoveItems { own: bool, other: bool },
}

/// What a request to DynamoDB results in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// The service's response to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Response {
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

type Action = callers::Action<Attendees>;
type Next = callers::Next<Attendees>;
type Pending = callers::Pending<Request>;

// The promises of `docs/reliability.md`, which every state and step keeps.
const LIMIT: &str = "a meeting never has more attendees than its maximum";
const SEAT: &str = "every attendee has a seat";
const ONE: &str = "a user has one attendee, which does not change until its deletion or the end";
const DELETED: &str = "a deleted attendee never exists again";
const END: &str = "no request that begins after the end gets an attendee";
const REFUSAL: &str = "a refusal is true, and changed nothing that a caller can see";
const SUCCESS: &str = "a response of 204 is true";
const FREED: &str = "the deletion of an attendee frees its seat";
const RECREATED: &str = "no attendee is created again in a meeting that has ended";

// What the promises leave open.
const CRASHED_CALLER: &str =
    "full with fewer attendees than the limit: a caller crashed between its two writes";
const LATE_SEAT: &str =
    "full with fewer attendees than the limit: a seat was reserved after its user was deleted";
const AFTER_END: &str = "CreateAttendee responds with 200 after the end";
const OTHER_AFTER_END: &str =
    "CreateAttendee responds after the end with another attendee than before";
const LEFT_OVER: &str = "an attendee's item is stored after the clean-up of DeleteMeeting";
const CLOCKS: &str = "an attendee is created after the end on the clock of another instance";
const DELETED_MEANWHILE: &str = "CreateAttendee responds with an attendee that was deleted after \
                                 the response of DynamoDB was lost";

/// All that the promises leave open.
pub const IMPRECISIONS: [&str; 7] =
    [CRASHED_CALLER, LATE_SEAT, AFTER_END, OTHER_AFTER_END, LEFT_OVER, CLOCKS, DELETED_MEANWHILE];

impl Protocol for Attendees {
    type State = State;
    type Request = Request;
    type Outcome = Outcome;
    type Response = Response;

    const PARTIES: &'static [&'static str] = &["alice", "bob"];
    const DONE: Outcome = Outcome::Done;

    fn initial(&self) -> State {
        State { users: Default::default(), ended: false, time: Time::Before, left: *self }
    }

    fn begins(&self, state: &State, user: usize) -> Vec<(Request, State)> {
        let (item, left) = (state.users[user].item, state.left);
        let mut begins = vec![(ReserveSeat, *state)];
        if let (Some(id), Some(deletions)) = (item.id(), left.deletions.checked_sub(1)) {
            let left = Self { deletions, ..left };
            begins.push((FindMeeting { id }, State { left, ..*state }));
        }
        if let Some(ends) = left.ends.checked_sub(1) {
            begins.push((EndMeeting, State { left: Self { ends, ..left }, ..*state }));
        }
        begins
    }

    fn apply(&self, state: &mut State, user: usize, pending: Pending) -> Outcome {
        let reserved = state.reserved();
        let [user, other] = callers::own_and_other(&mut state.users, user);
        let has_room = reserved < self.limit || user.seat;
        // `EndedAt` is in the item. The lifetime is compared with the clock of the instance.
        let ended = state.ended || pending.expired;
        match pending.request {
            // `Store::reserve_seat`
            ReserveSeat if ended => Outcome::Ended,
            ReserveSeat if !has_room => Outcome::Full,
            ReserveSeat => {
                user.seat = true;
                Outcome::Done
            }

            // `Store::put_attendee`
            PutAttendee { id } if user.item != Item::None => user.item.found_instead_of(id),
            PutAttendee { id } => {
                user.item = Item::Attendee(id);
                Outcome::Done
            }

            // `Store::recreate_attendee`
            RecreateAttendee { .. } if ended => Outcome::Ended,
            RecreateAttendee { id, deleted } if user.item != Item::Tombstone(deleted) => {
                user.item.found_instead_of(id)
            }
            RecreateAttendee { .. } if !has_room => Outcome::Full,
            RecreateAttendee { id, .. } => {
                user.seat = true;
                user.item = Item::Attendee(id);
                user.set_recreated(id);
                Outcome::Done
            }

            // `Store::find_meeting` and `Store::find_attendee`
            FindMeeting { .. } if ended => Outcome::Ended,
            FindMeeting { .. } => Outcome::Done,
            FindAttendee { id } if user.item.id() != Some(id) => Outcome::Nothing,
            FindAttendee { .. } => user.item.found(),

            // `Store::delete_attendee`
            DeleteAttendee { .. } if ended => Outcome::Ended,
            // The SDK retries a transaction whose response was lost, and other callers delete the
            // same attendee.
            DeleteAttendee { id } if user.item == Item::Tombstone(id) => Outcome::Done,
            DeleteAttendee { id } if user.item != Item::Attendee(id) => Outcome::Nothing,
            DeleteAttendee { id } => {
                user.item = Item::Tombstone(id);
                user.seat = false;
                user.set_deleted(id);
                Outcome::Done
            }

            // `Store::end_meeting` does not ask the clock: a meeting whose lifetime is over may be
            // active on the clock of another instance.
            EndMeeting => {
                state.ended = true;
                Outcome::Done
            }
            // `Store::remove_attendees`
            FindItems => {
                Outcome::Found { own: user.item != Item::None, other: other.item != Item::None }
            }
            RemoveItems { own: removes_own, other: removes_other } => {
                if removes_own {
                    user.item = Item::None;
                }
                if removes_other {
                    other.item = Item::None;
                }
                Outcome::Done
            }
        }
    }

    fn next(&self, state: &State, user: usize, request: Request, outcome: Outcome) -> Next {
        let user = &state.users[user];
        match (request, outcome) {
            (_, Outcome::Full) => Next::Respond(Response::Full),
            (_, Outcome::Ended) => Next::Respond(Response::Ended),

            (ReserveSeat, _) => Next::Send(PutAttendee { id: user.new_id() }),
            (PutAttendee { id } | RecreateAttendee { id, .. }, Outcome::Done)
            | (PutAttendee { .. } | RecreateAttendee { .. }, Outcome::Exists(id)) => {
                Next::Respond(Response::Attendee(id))
            }
            // A deleted id is never used again: an attempt without a response may have created an
            // attendee with this id, and another caller may have deleted it since.
            (PutAttendee { .. } | RecreateAttendee { .. }, Outcome::Deleted(deleted)) => {
                Next::Send(RecreateAttendee { id: user.new_id(), deleted })
            }
            // The tombstone was removed with the meeting.
            (PutAttendee { id } | RecreateAttendee { id, .. }, _) => Next::Send(PutAttendee { id }),

            (FindMeeting { id }, _) => Next::Send(FindAttendee { id }),
            (FindAttendee { id }, Outcome::Exists(_)) => Next::Send(DeleteAttendee { id }),
            (FindAttendee { .. }, Outcome::Deleted(_)) => Next::Respond(Response::Done),
            (DeleteAttendee { .. }, Outcome::Done) => Next::Respond(Response::Done),
            (FindAttendee { .. } | DeleteAttendee { .. }, _) => {
                Next::Respond(Response::NoSuchAttendee)
            }

            (EndMeeting, _) => Next::RespondAfter(FindItems),
            (FindItems, Outcome::Found { own, other }) if own || other => {
                Next::Send(RemoveItems { own, other })
            }
            (FindItems | RemoveItems { .. }, _) => Next::Respond(Response::Done),
        }
    }

    fn check_response(
        &self,
        state: &mut State,
        user: usize,
        pending: Pending,
        response: Response,
    ) -> Option<Finding> {
        let (is_active, ended) = (state.is_active(), state.ended);
        let (reserved, attendees) = (state.reserved(), state.attendees());
        let [user, other] = callers::own_and_other(&mut state.users, user);
        match (response, pending.request) {
            // Another caller deleted the attendee between the transaction and its retry.
            (Response::Attendee(id), RecreateAttendee { .. })
                if is_active && pending.applied && user.has_deleted(id) =>
            {
                shows(DELETED_MEANWHILE, true)
            }
            (Response::Attendee(id), _) if is_active => {
                let has_changed = user.promised.is_some_and(|promised| promised != id);
                user.promised = Some(id);
                breaks(ONE, has_changed || user.item != Item::Attendee(id))
            }
            (Response::Attendee(_), _) if pending.begins_late => breaks(END, true),
            (Response::Attendee(_), _) if !ended => shows(CLOCKS, true),
            (Response::Attendee(id), _) => {
                let has_changed = user.promised.is_some_and(|promised| promised != id);
                shows(if has_changed { OTHER_AFTER_END } else { AFTER_END }, true)
            }

            (Response::Full, _) => {
                let is_false = user.seat || reserved < self.limit;
                // A caller that still creates the other user's attendee will need the seat.
                let is_creating = other.callers.wait_for(|request| {
                    matches!(request, ReserveSeat | PutAttendee { .. } | RecreateAttendee { .. })
                });
                let is_imprecise = is_active && attendees < self.limit && !is_creating;
                let is_deleted = matches!(other.item, Item::Tombstone(_));
                let reason = if is_deleted { LATE_SEAT } else { CRASHED_CALLER };
                breaks(REFUSAL, is_false).or(shows(reason, is_imprecise))
            }
            (Response::Ended, _) => breaks(REFUSAL, is_active),
            // As long as the tombstone is there, DeleteAttendee succeeds again.
            (Response::NoSuchAttendee, FindAttendee { id } | DeleteAttendee { id }) => {
                let is_false = user.item == Item::Attendee(id)
                    || is_active && user.item == Item::Tombstone(id);
                breaks(REFUSAL, is_false)
            }
            (Response::Done, FindAttendee { id } | DeleteAttendee { id }) => {
                breaks(SUCCESS, is_active && user.item == Item::Attendee(id))
            }
            (Response::Done | Response::NoSuchAttendee, _) => breaks(SUCCESS, !ended),
        }
    }

    fn check(&self, before: &State, after: &mut State, action: Action) -> Option<Finding> {
        for (old, new) in before.users.iter().zip(&after.users) {
            match (old.item, new.item) {
                (Item::Attendee(_), Item::Tombstone(_)) if new.seat => {
                    return breaks(FREED, true);
                }
                (Item::Tombstone(_), Item::Attendee(_)) if before.ended => {
                    return breaks(RECREATED, true);
                }
                _ => {}
            }
        }
        match action {
            Action::Received(.., Next::RespondAfter(_)) => breaks(SUCCESS, !after.ended),
            // No DeleteMeeting will find the item. If the response arrives, it shows AFTER_END.
            Action::Lost(_, Pending { request: PutAttendee { .. }, .. }, Outcome::Done)
            | Action::Late(_, Pending { request: PutAttendee { .. }, .. }, Outcome::Done) => {
                let ends = |request| matches!(request, EndMeeting | FindItems | RemoveItems { .. });
                let is_ending = after.users.iter().any(|user| user.callers.wait_for(ends));
                shows(LEFT_OVER, after.ended && after.left.ends == 0 && !is_ending)
            }
            _ => None,
        }
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        if !state.is_active() {
            return None;
        }
        let broken = state.users.iter().find_map(|user| match user.item {
            Item::Attendee(id) if user.has_deleted(id) => Some(DELETED),
            Item::Attendee(_) if !user.seat => Some(SEAT),
            item if user.promised.is_some_and(|id| item != Item::Attendee(id)) => Some(ONE),
            _ => None,
        });
        broken.or((state.attendees() > self.limit).then_some(LIMIT))
    }

    // What `callers` and `explorer` must know of states and requests. A reader of the protocol can
    // stop here.

    fn callers(state: &mut State, user: usize) -> &mut Callers<Request> {
        &mut state.users[user].callers
    }

    fn time(state: &mut State) -> Option<&mut Time> {
        Some(&mut state.time)
    }

    fn has_ended(state: &State) -> bool {
        state.ended || state.time == Time::After
    }

    fn is_write(request: Request) -> bool {
        !matches!(request, FindMeeting { .. } | FindAttendee { .. } | FindItems)
    }

    fn is_transaction(request: Request) -> bool {
        matches!(request, RecreateAttendee { .. } | DeleteAttendee { .. })
    }

    // EndMeeting sets the time of the end; only a planted bug compares it with the lifetime.
    fn reads_clock(request: Request) -> bool {
        let is_delete = matches!(request, FindMeeting { .. } | DeleteAttendee { .. });
        is_delete || matches!(request, ReserveSeat | RecreateAttendee { .. } | EndMeeting)
    }

    fn canonical(mut state: State) -> State {
        state.users = state.users.map(User::canonical);
        state.users.sort_unstable();
        state
    }

    fn explore(model: &Model<Self>) -> Report<Self> {
        explorer::explore(model)
    }
}

impl State {
    /// Whether the meeting is active on every clock.
    pub fn is_active(&self) -> bool {
        !self.ended && self.time == Time::Before
    }

    fn reserved(&self) -> usize {
        self.users.iter().filter(|user| user.seat).count()
    }

    fn attendees(&self) -> usize {
        self.users.iter().filter(|user| matches!(user.item, Item::Attendee(_))).count()
    }
}

impl Item {
    /// The id of the attendee or the tombstone.
    pub(crate) fn id(self) -> Option<Id> {
        match self {
            Self::None => None,
            Self::Attendee(id) | Self::Tombstone(id) => Some(id),
        }
    }

    /// The outcome of a request that finds this item.
    fn found(self) -> Outcome {
        match self {
            Self::None => Outcome::Nothing,
            Self::Attendee(id) => Outcome::Exists(id),
            Self::Tombstone(id) => Outcome::Deleted(id),
        }
    }

    /// The outcome of a request that was to put the attendee `id`, and finds this item.
    fn found_instead_of(self, id: Id) -> Outcome {
        // The SDK retries a write whose response was lost, and then finds what it wrote.
        if self == Self::Attendee(id) { Outcome::Done } else { self.found() }
    }
}

impl User {
    fn has_deleted(&self, id: Id) -> bool {
        self.deleted & 1 << id != 0
    }

    /// A caller deleted the attendee.
    fn set_deleted(&mut self, id: Id) {
        self.deleted |= 1 << id;
        self.promised = self.promised.filter(|promised| *promised != id);
    }

    /// The transaction that creates this attendee was applied, so its retries, late ones included,
    /// change nothing.
    fn set_recreated(&mut self, id: Id) {
        for pending in self.callers.pending() {
            if let RecreateAttendee { id: created, .. } = pending.request {
                pending.applied |= created == id;
            }
        }
    }

    /// Every id that the item, the promise, the callers and the late writes have.
    fn ids(&mut self) -> impl Iterator<Item = &mut Id> {
        let item = match &mut self.item {
            Item::None => None,
            Item::Attendee(id) | Item::Tombstone(id) => Some(id),
        };
        let pending = self.callers.pending().flat_map(|pending| pending.request.ids());
        item.into_iter().chain(&mut self.promised).chain(pending.flatten())
    }

    /// An id that no attendee of the user ever had.
    pub(crate) fn new_id(&self) -> Id {
        let mut user = *self;
        let used = user.ids().fold(self.deleted, |used, id| used | 1 << *id);
        (1..16).find(|id| used & 1 << id == 0).unwrap_or(0)
    }

    /// Numbers the ids in the order in which they occur, and forgets deleted ids that do not occur.
    fn renumber(&mut self) {
        let (mut names, mut next, mut kept) = ([0; 16], 1, 0);
        let deleted = self.deleted;
        for id in self.ids() {
            let name = &mut names[usize::from(*id)];
            if *name == 0 {
                *name = next;
                next += 1;
            }
            if deleted & 1 << *id != 0 {
                kept |= 1 << *name;
            }
            *id = *name;
        }
        self.deleted = kept;
    }

    /// The representative of the users that differ only in the names of callers and ids.
    fn canonical(mut self) -> Self {
        self.callers.late.sort_unstable();
        let [mut first, mut second] = [self, self];
        second.callers.each.swap(0, 1);
        first.renumber();
        second.renumber();
        first.min(second)
    }
}

impl Request {
    fn ids(&mut self) -> [Option<&mut Id>; 2] {
        match self {
            PutAttendee { id }
            | FindMeeting { id }
            | FindAttendee { id }
            | DeleteAttendee { id } => [Some(id), None],
            RecreateAttendee { id, deleted } => [Some(id), Some(deleted)],
            ReserveSeat | EndMeeting | FindItems | RemoveItems { .. } => [None, None],
        }
    }
}
