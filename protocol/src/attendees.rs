//! One meeting with two users, who have two callers each: the protocol of CreateAttendee,
//! DeleteAttendee and DeleteMeeting.
//!
//! The meeting's item has a set of seats and the mark of its end. The attendees table has one item
//! for each user: an attendee, or the tombstone of one that was deleted.
//!
//! Read on in this order: the state; the requests to DynamoDB and their outcomes; the operations
//! ([`Attendees::begins`]), the condition of each request ([`Attendees::apply`]) and what the
//! service does next ([`Attendees::next`]); the promises ([`Attendees::check_response`],
//! [`Attendees::check`], [`Attendees::broken`]). The rest is how states are compared. What can happen
//! to any request, such as a lost response, is in [`callers`](crate::callers).
//!
//! Not in the model: what never changes in a meeting (its features, the capabilities of a request),
//! reads that decide nothing (GetAttendee, ListAttendees), and the removal of items by the time to
//! live.
//!
//! `src/store/seats.rs`, `attendees.rs`, `deletion.rs` and `ending.rs` of `rollcall` send these
//! requests; `src/operations` decides what follows.

use self::Request::*;
use crate::callers::{self, Callers, Model, Protocol, Time, Verdict};
use crate::explorer::{self, Report};

/// The bounds of the model.
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

/// A request to DynamoDB. `id` is an attendee's. `expired` says whether the meeting's lifetime was
/// over on the instance's clock when the request was made; a retry does not read the clock
/// again. The SDK gives each transaction a token, so DynamoDB responds to the retry of one that it
/// `applied` with success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the fields are described above")]
pub enum Request {
    /// The first write of CreateAttendee.
    ReserveSeat { expired: bool },
    /// The second write of CreateAttendee.
    PutAttendee { id: Id },
    /// The transaction of CreateAttendee after a deletion: a seat, and an attendee for the
    /// tombstone.
    RecreateAttendee { id: Id, deleted: Id, expired: bool, applied: bool },
    /// DeleteAttendee reads the meeting. It reads the attendee at the same time; the order does not
    /// matter, because a meeting that has ended stays so.
    FindMeeting { id: Id, expired: bool },
    /// DeleteAttendee reads the attendee.
    FindAttendee { id: Id },
    /// The transaction of DeleteAttendee: a tombstone for the attendee, and no seat.
    DeleteAttendee { id: Id, expired: bool, applied: bool },
    /// The write of DeleteMeeting.
    EndMeeting { expired: bool },
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
const DELETED_MEANWHILE: &str = "CreateAttendee responds with an attendee that was deleted after the response \
                                 of DynamoDB was lost";

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
        let (item, expired) = (state.users[user].item, false);
        let mut begins = vec![(ReserveSeat { expired }, *state)];
        if state.left.deletions > 0 && item != Item::None {
            let mut next = *state;
            next.left.deletions -= 1;
            begins.push((FindMeeting { id: item.id(), expired }, next));
        }
        if state.left.ends > 0 {
            let mut next = *state;
            next.left.ends -= 1;
            begins.push((EndMeeting { expired }, next));
        }
        begins
    }

    fn apply(&self, state: &mut State, user: usize, request: Request) -> Outcome {
        let (ended, reserved) = (state.ended, state.reserved());
        let [user, other] = callers::own_and_other(&mut state.users, user);
        let has_room = reserved < self.limit || user.seat;
        match request {
            // `Store::reserve_seat`
            ReserveSeat { expired } if ended || expired => Outcome::Ended,
            ReserveSeat { .. } if !has_room => Outcome::Full,
            ReserveSeat { .. } => {
                user.seat = true;
                Outcome::Done
            }

            // `Store::put_attendee`
            PutAttendee { id } if user.item != Item::None => user.item.refuse(id),
            PutAttendee { id } => {
                user.item = Item::Attendee(id);
                Outcome::Done
            }

            // `Store::recreate_attendee`
            RecreateAttendee { expired, .. } if ended || expired => Outcome::Ended,
            RecreateAttendee { id, deleted, .. } if user.item != Item::Tombstone(deleted) => {
                user.item.refuse(id)
            }
            RecreateAttendee { .. } if !has_room => Outcome::Full,
            RecreateAttendee { id, .. } => {
                user.seat = true;
                user.item = Item::Attendee(id);
                user.set_recreated(id);
                Outcome::Done
            }

            // `Store::find_meeting` and `Store::find_attendee`
            FindMeeting { expired, .. } if ended || expired => Outcome::Ended,
            FindMeeting { .. } => Outcome::Done,
            FindAttendee { id } if user.item.id() != id => Outcome::Nothing,
            FindAttendee { .. } => user.item.found(),

            // `Store::delete_attendee`
            DeleteAttendee { expired, .. } if ended || expired => Outcome::Ended,
            // The SDK retries a transaction whose response was lost, and other callers delete the
            // same attendee.
            DeleteAttendee { id, .. } if user.item == Item::Tombstone(id) => Outcome::Done,
            DeleteAttendee { id, .. } if user.item != Item::Attendee(id) => Outcome::Nothing,
            DeleteAttendee { id, .. } => {
                user.item = Item::Tombstone(id);
                user.seat = false;
                user.forget(id);
                Outcome::Done
            }

            // `Store::end_meeting` does not ask the clock: a meeting whose lifetime is over may be
            // active on the clock of another instance.
            EndMeeting { .. } => {
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
        let (expired, applied) = (false, false);
        match (request, outcome) {
            (_, Outcome::Full) => Next::Respond(Response::Full),
            (_, Outcome::Ended) => Next::Respond(Response::Ended),

            (ReserveSeat { .. }, _) => Next::Send(PutAttendee { id: user.new_id() }),
            (PutAttendee { id } | RecreateAttendee { id, .. }, Outcome::Done) => {
                Next::Respond(Response::Attendee(id))
            }
            (PutAttendee { .. } | RecreateAttendee { .. }, Outcome::Exists(id)) => {
                Next::Respond(Response::Attendee(id))
            }
            // A deleted id is never used again: an attempt without a response may have created an
            // attendee with this id, and another caller may have deleted it since.
            (PutAttendee { .. } | RecreateAttendee { .. }, Outcome::Deleted(deleted)) => {
                let id = user.new_id();
                Next::Send(RecreateAttendee { id, deleted, expired, applied })
            }
            // The tombstone was removed with the meeting.
            (PutAttendee { id } | RecreateAttendee { id, .. }, _) => Next::Send(PutAttendee { id }),

            (FindMeeting { id, .. }, _) => Next::Send(FindAttendee { id }),
            (FindAttendee { id }, Outcome::Exists(_)) => {
                Next::Send(DeleteAttendee { id, expired, applied })
            }
            (FindAttendee { .. }, Outcome::Deleted(_)) => Next::Respond(Response::Done),
            (DeleteAttendee { .. }, Outcome::Done) => Next::Respond(Response::Done),
            (FindAttendee { .. } | DeleteAttendee { .. }, _) => {
                Next::Respond(Response::NoSuchAttendee)
            }

            (EndMeeting { .. }, _) => Next::RespondAfter(FindItems),
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
        begins_late: bool,
        request: Request,
        response: Response,
    ) -> Verdict {
        let (is_active, ended) = (state.is_active(), state.ended);
        let (reserved, attendees) = (state.reserved(), state.attendees());
        let [user, other] = callers::own_and_other(&mut state.users, user);
        match (response, request) {
            // Another caller deleted the attendee between the transaction and its retry.
            (Response::Attendee(id), RecreateAttendee { applied: true, .. })
                if is_active && user.has_deleted(id) =>
            {
                Verdict::shows(DELETED_MEANWHILE, true)
            }
            (Response::Attendee(id), _) if is_active => {
                let is_other = user.item != Item::Attendee(id);
                let has_changed = user.promised != 0 && user.promised != id;
                user.promised = id;
                Verdict::breaks(ONE, is_other || has_changed).or(Verdict::breaks(END, begins_late))
            }
            (Response::Attendee(_), _) if begins_late => Verdict::breaks(END, true),
            (Response::Attendee(_), _) if !ended => Verdict::shows(CLOCKS, true),
            (Response::Attendee(id), _) if user.promised != 0 && user.promised != id => {
                Verdict::shows(OTHER_AFTER_END, true)
            }
            (Response::Attendee(_), _) => Verdict::shows(AFTER_END, true),

            (Response::Full, _) => {
                let is_false = user.seat || reserved < self.limit;
                let is_creating = other.callers.wait_for(|request| {
                    matches!(
                        request,
                        ReserveSeat { .. } | PutAttendee { .. } | RecreateAttendee { .. }
                    )
                });
                let is_imprecise = is_active && attendees < self.limit && !is_creating;
                let is_deleted = matches!(other.item, Item::Tombstone(_));
                let reason = if is_deleted { LATE_SEAT } else { CRASHED_CALLER };
                Verdict::breaks(REFUSAL, is_false).or(Verdict::shows(reason, is_imprecise))
            }
            (Response::Ended, _) => Verdict::breaks(REFUSAL, is_active),
            (Response::NoSuchAttendee, FindAttendee { id } | DeleteAttendee { id, .. }) => {
                let is_false = user.item == Item::Attendee(id)
                    || is_active && user.item == Item::Tombstone(id);
                Verdict::breaks(REFUSAL, is_false)
            }
            (Response::Done, FindAttendee { id } | DeleteAttendee { id, .. }) => {
                Verdict::breaks(SUCCESS, is_active && user.item == Item::Attendee(id))
            }
            (Response::Done | Response::NoSuchAttendee, _) => Verdict::breaks(SUCCESS, !ended),
        }
    }

    fn check(&self, before: &State, after: &mut State, action: Action) -> Verdict {
        for (old, new) in before.users.iter().zip(&after.users) {
            match (old.item, new.item) {
                (Item::Attendee(_), Item::Tombstone(_)) if new.seat => {
                    return Verdict::breaks(FREED, true);
                }
                (Item::Tombstone(_), Item::Attendee(_)) if before.ended => {
                    return Verdict::breaks(RECREATED, true);
                }
                _ => {}
            }
        }
        match action {
            Action::Received(who, request, _, Next::RespondAfter(_)) => {
                self.check_response(after, who.party, false, request, Response::Done)
            }
            Action::Lost(_, PutAttendee { .. }, Outcome::Done)
            | Action::Late(_, PutAttendee { .. }, Outcome::Done) => {
                let is_ending =
                    |request| matches!(request, EndMeeting { .. } | FindItems | RemoveItems { .. });
                let is_ending = after.users.iter().any(|user| user.callers.wait_for(is_ending));
                Verdict::shows(LEFT_OVER, after.ended && after.left.ends == 0 && !is_ending)
            }
            _ => Verdict::default(),
        }
    }

    fn broken(&self, state: &State) -> Option<&'static str> {
        if !state.is_active() {
            return None;
        }
        let broken = state.users.iter().find_map(|user| match user.item {
            Item::Attendee(id) if user.has_deleted(id) => Some(DELETED),
            Item::Attendee(_) if !user.seat => Some(SEAT),
            item if user.promised != 0 && item != Item::Attendee(user.promised) => Some(ONE),
            _ => None,
        });
        broken.or((state.attendees() > self.limit).then_some(LIMIT))
    }

    // What `callers` and `explorer` must know of states and requests.

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

    fn expired(request: &mut Request) -> Option<&mut bool> {
        match request {
            ReserveSeat { expired }
            | RecreateAttendee { expired, .. }
            | FindMeeting { expired, .. }
            | DeleteAttendee { expired, .. }
            | EndMeeting { expired } => Some(expired),
            PutAttendee { .. } | FindAttendee { .. } | FindItems | RemoveItems { .. } => None,
        }
    }

    fn applied(request: &mut Request) -> Option<&mut bool> {
        match request {
            RecreateAttendee { applied, .. } | DeleteAttendee { applied, .. } => Some(applied),
            _ => None,
        }
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
    /// The id of the attendee or the tombstone, 0 if there is none.
    pub fn id(self) -> Id {
        match self {
            Self::None => 0,
            Self::Attendee(id) | Self::Tombstone(id) => id,
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

    /// The outcome of a request to create the attendee `id` where this item is.
    fn refuse(self, id: Id) -> Outcome {
        // The SDK retries a write whose response was lost, and then finds what it wrote.
        if self == Self::Attendee(id) { Outcome::Done } else { self.found() }
    }
}

impl Request {
    fn ids(&mut self) -> [Option<&mut Id>; 2] {
        match self {
            PutAttendee { id }
            | FindMeeting { id, .. }
            | FindAttendee { id }
            | DeleteAttendee { id, .. } => [Some(id), None],
            RecreateAttendee { id, deleted, .. } => [Some(id), Some(deleted)],
            ReserveSeat { .. } | EndMeeting { .. } | FindItems | RemoveItems { .. } => [None, None],
        }
    }
}

impl User {
    fn has_deleted(&self, id: Id) -> bool {
        self.deleted & 1 << id != 0
    }

    /// An attendee was deleted, as a caller asked.
    fn forget(&mut self, id: Id) {
        self.deleted |= 1 << id;
        if self.promised == id {
            self.promised = 0;
        }
    }

    /// The transaction that creates this attendee was applied, so its retries change nothing.
    fn set_recreated(&mut self, id: Id) {
        for request in self.callers.requests() {
            if let RecreateAttendee { id: created, applied, .. } = request {
                *applied |= *created == id;
            }
        }
    }

    /// Every id that the item, the promise, the callers and the late writes have.
    fn ids(&mut self) -> impl Iterator<Item = &mut Id> {
        let item = match &mut self.item {
            Item::None => None,
            Item::Attendee(id) | Item::Tombstone(id) => Some(id),
        };
        let promised = Some(&mut self.promised).filter(|id| **id != 0);
        let requests = self.callers.requests();
        item.into_iter()
            .chain(promised)
            .chain(requests.flat_map(|request| request.ids().into_iter().flatten()))
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
