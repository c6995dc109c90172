//! Bugs to plant in the protocols. A bug overrides steps of a protocol, and leaves the others as they are. The
//! tests expect that the search finds each of them.

use std::fmt::{Debug, Formatter};

use crate::attendees::Attendees;
use crate::callers::{Next, Protocol};
use crate::capabilities::Capabilities;
use crate::replicas::Replicas;

/// Overrides a request to DynamoDB with which an operation begins, or returns `None`.
type Begin<P> = fn(
    &<P as Protocol>::State,
    usize,
    <P as Protocol>::Request,
) -> Option<<P as Protocol>::Request>;
/// Overrides [`Protocol::apply`], or returns `None` and changes nothing.
type Apply<P> = fn(
    &P,
    &mut <P as Protocol>::State,
    usize,
    <P as Protocol>::Request,
) -> Option<<P as Protocol>::Outcome>;
/// Overrides [`Protocol::next`], or returns `None`.
type Then<P> = fn(
    &<P as Protocol>::State,
    usize,
    <P as Protocol>::Request,
    <P as Protocol>::Outcome,
) -> Option<Next<P>>;

/// A defect to plant in a protocol.
pub struct Bug<P: Protocol> {
    /// What is wrong.
    pub description: &'static str,
    pub(crate) begin: Begin<P>,
    pub(crate) apply: Apply<P>,
    pub(crate) next: Then<P>,
}

impl<P: Protocol> Bug<P> {
    const NONE: Self = Self {
        description: "",
        begin: |_, _, _| None,
        apply: |_, _, _, _| None,
        next: |_, _, _, _| None,
    };

    const fn apply(description: &'static str, apply: Apply<P>) -> Self {
        Self { description, apply, ..Self::NONE }
    }

    const fn next(description: &'static str, next: Then<P>) -> Self {
        Self { description, next, ..Self::NONE }
    }
}

impl<P: Protocol> Debug for Bug<P> {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.description)
    }
}

/// Bugs of CreateAttendee, DeleteAttendee and DeleteMeeting.
pub static ATTENDEES: [Bug<Attendees>; 15] = {
    type Bug = crate::bugs::Bug<Attendees>;
    use crate::attendees::Request::*;
    use crate::attendees::{Answer, Item, Outcome, USERS};
    [
        Bug::apply("the put of the attendee has no condition", |_, state, user, request| {
            let PutAttendee { id } = request else { return None };
            state.users[user].item = Item::Attendee(id);
            Some(Outcome::Done)
        }),
        Bug::next("a refused put is taken for a successful one", |_, _, request, outcome| {
            match (request, outcome) {
                (PutAttendee { id } | RecreateAttendee { id, .. }, Outcome::Exists(_)) => {
                    Some(Next::Answer(Answer::Attendee(id)))
                }
                _ => None,
            }
        }),
        Bug::apply("`<=` in place of `<` at the limit", |attendees, state, user, request| {
            let ReserveSeat { .. } = request else { return None };
            let attendees = Attendees { limit: attendees.limit + 1, ..*attendees };
            Some(attendees.apply(state, user, request))
        }),
        Bug {
            description: "the put before the reservation of the seat",
            begin: |state, user, request| {
                let ReserveSeat { .. } = request else { return None };
                Some(PutAttendee { id: state.users[user].new_id() })
            },
            next: |state, user, request, outcome| match (request, outcome) {
                (PutAttendee { .. }, Outcome::Done | Outcome::Exists(_)) => {
                    Some(Next::Send(ReserveSeat { expired: false }))
                }
                (ReserveSeat { .. }, Outcome::Done) => {
                    Some(Next::Answer(Answer::Attendee(state.users[user].item.id())))
                }
                _ => None,
            },
            ..Bug::NONE
        },
        Bug::apply(
            "a reservation that does not check whether the meeting was deleted",
            |attendees, state, user, request| {
                let ReserveSeat { .. } = request else { return None };
                let ended = std::mem::take(&mut state.ended);
                let outcome = attendees.apply(state, user, request);
                state.ended = ended;
                Some(outcome)
            },
        ),
        Bug::apply(
            "an attendee is created again without a seat",
            |attendees, state, user, request| {
                let RecreateAttendee { .. } = request else { return None };
                let seat = state.users[user].seat;
                let outcome = attendees.apply(state, user, request);
                state.users[user].seat = seat;
                Some(outcome)
            },
        ),
        Bug::apply(
            "a reservation that does not check the lifetime",
            |attendees, state, user, request| {
                let ReserveSeat { .. } = request else { return None };
                Some(attendees.apply(state, user, ReserveSeat { expired: false }))
            },
        ),
        Bug {
            description: "DeleteAttendee frees the seat and deletes the attendee in two separate writes",
            apply: |attendees, state, user, request| {
                let seat = state.users[user].seat;
                match request {
                    DeleteAttendee { .. } => {
                        let outcome = attendees.apply(state, user, request);
                        state.users[user].seat = seat;
                        Some(outcome)
                    }
                    FreeSeat { expired, .. } if state.ended || expired => Some(Outcome::Ended),
                    FreeSeat { .. } => {
                        state.users[user].seat = false;
                        Some(Outcome::Done)
                    }
                    _ => None,
                }
            },
            next: |_, _, request, outcome| match (request, outcome) {
                (FindAttendee { id }, Outcome::Exists(_)) => {
                    Some(Next::Send(FreeSeat { id, expired: false }))
                }
                (FreeSeat { id, expired }, Outcome::Done) => {
                    Some(Next::Send(DeleteAttendee { id, expired, applied: false }))
                }
                _ => None,
            },
            ..Bug::NONE
        },
        Bug::apply(
            "an attendee is created again without the limit",
            |attendees, state, user, request| {
                let RecreateAttendee { .. } = request else { return None };
                let attendees = Attendees { limit: USERS, ..*attendees };
                Some(attendees.apply(state, user, request))
            },
        ),
        Bug {
            description: "DeleteMeeting removes attendees before it ends the meeting",
            begin: |_, _, request| {
                let EndMeeting { .. } = request else { return None };
                Some(FindItems)
            },
            next: |_, _, request, outcome| match (request, outcome) {
                (FindItems, Outcome::Found { own: false, other: false })
                | (RemoveItems { .. }, _) => Some(Next::Send(EndMeeting { expired: false })),
                (EndMeeting { .. }, _) => Some(Next::Answer(Answer::Done)),
                _ => None,
            },
            ..Bug::NONE
        },
        Bug::next(
            "an attendee is created again with the id of the first put",
            |_, _, request, outcome| match (request, outcome) {
                (PutAttendee { id } | RecreateAttendee { id, .. }, Outcome::Deleted(deleted)) => {
                    let (expired, applied) = (false, false);
                    Some(Next::Send(RecreateAttendee { id, deleted, expired, applied }))
                }
                _ => None,
            },
        ),
        Bug::apply(
            "an attendee is created again in place of whatever the user has",
            |attendees, state, user, request| {
                let RecreateAttendee { deleted, .. } = request else { return None };
                let item = state.users[user].item;
                if item != Item::None {
                    state.users[user].item = Item::Tombstone(deleted);
                }
                let outcome = attendees.apply(state, user, request);
                if outcome != Outcome::Done {
                    state.users[user].item = item;
                }
                Some(outcome)
            },
        ),
        Bug::apply(
            "DeleteAttendee deletes whichever attendee the user has",
            |attendees, state, user, request| {
                let DeleteAttendee { id, .. } = request else { return None };
                let item = state.users[user].item;
                if matches!(item, Item::Attendee(_)) {
                    state.users[user].item = Item::Attendee(id);
                }
                let outcome = attendees.apply(state, user, request);
                if outcome != Outcome::Done {
                    state.users[user].item = item;
                }
                Some(outcome)
            },
        ),
        Bug::next("a put that finds a tombstone is repeated", |_, _, request, outcome| {
            match (request, outcome) {
                (PutAttendee { .. }, Outcome::Deleted(_)) => Some(Next::Send(request)),
                _ => None,
            }
        }),
        Bug::apply(
            "DeleteMeeting does not end a meeting whose lifetime is over on its own clock",
            |_, _, _, request| match request {
                EndMeeting { expired: true } => Some(Outcome::Done),
                _ => None,
            },
        ),
    ]
};

/// Bugs of CreateMeeting and DeleteMeeting with replicas.
pub static REPLICAS: [Bug<Replicas>; 10] = {
    type Bug = crate::bugs::Bug<Replicas>;
    use crate::replicas::Request::*;
    use crate::replicas::{Answer, Item, Outcome};
    [
        Bug {
            description: "a replica is put before its primary lists it",
            begin: |_, _, request| {
                let ReserveReplica { expired } = request else { return None };
                Some(PutReplica { expired })
            },
            next: |_, _, request, outcome| match (request, outcome) {
                (PutReplica { expired }, Outcome::Done | Outcome::Replica) => {
                    Some(Next::Send(ReserveReplica { expired }))
                }
                (ReserveReplica { .. }, Outcome::Done) => Some(Next::Answer(Answer::Meeting)),
                _ => None,
            },
            ..Bug::NONE
        },
        Bug::apply("`<=` in place of `<` at the limit of replicas", |_, state, token, request| {
            match request {
                ReserveReplica { expired: false } if !state.ended => {
                    state.tokens[token].listed = true;
                    Some(Outcome::Done)
                }
                _ => None,
            }
        }),
        Bug::apply("DeleteMeeting ends a primary without its replicas", |_, state, _, request| {
            let EndPrimary { .. } = request else { return None };
            state.ended = true;
            Some(Outcome::Done)
        }),
        Bug::apply(
            "the end of a primary does not check that its list is unchanged",
            |replicas, state, token, request| {
                let EndAll { listed, .. } = request else { return None };
                let before = state.tokens.map(|token| token.listed);
                state.tokens[token].listed = listed.own;
                state.tokens[1 - token].listed = listed.other;
                let outcome = replicas.apply(state, token, request);
                for (token, listed) in state.tokens.iter_mut().zip(before) {
                    token.listed = listed;
                }
                Some(outcome)
            },
        ),
        Bug::apply(
            "the end of a primary leaves nothing in place of a replica that does not exist yet",
            |replicas, state, token, request| {
                let EndAll { .. } = request else { return None };
                let before = state.tokens;
                let outcome = replicas.apply(state, token, request);
                for (token, before) in state.tokens.iter_mut().zip(before) {
                    if before.item == Item::None {
                        token.item = Item::None;
                    }
                }
                Some(outcome)
            },
        ),
        Bug::apply(
            "the end of a primary ends a meeting that was created without it",
            |replicas, state, token, request| {
                let EndAll { .. } = request else { return None };
                let before = state.tokens;
                for token in &mut state.tokens {
                    if token.item == Item::Plain {
                        token.item = Item::None;
                    }
                }
                let outcome = replicas.apply(state, token, request);
                for (token, before) in state.tokens.iter_mut().zip(before) {
                    if token.item == Item::None {
                        token.item = before.item;
                    }
                }
                Some(outcome)
            },
        ),
        Bug::next("a replica without an item loses its place", |_, _, request, outcome| {
            match (request, outcome) {
                (FindOther { expired }, Outcome::Nothing) => {
                    Some(Next::Send(ReleaseOther { expired }))
                }
                _ => None,
            }
        }),
        Bug::apply(
            "a replica's lifetime may be longer than its primary's",
            |replicas, state, token, request| {
                let PutReplica { .. } = request else { return None };
                state.tokens[token].outlives = true;
                Some(replicas.apply(state, token, request))
            },
        ),
        Bug::next(
            "the end of a primary whose last replica was released compares with an empty set",
            |_, _, request, outcome| match (request, outcome) {
                (EndAll { expired, .. }, Outcome::Listed(listed)) => {
                    Some(Next::Send(EndAll { listed, own: listed, expired }))
                }
                _ => None,
            },
        ),
        Bug::apply(
            "DeleteMeeting does not end a meeting whose lifetime is over on its own clock",
            |_, state, token, request| match (request, state.tokens[token].item) {
                (EndOwn { expired: true }, Item::Replica) => Some(Outcome::EndedReplica),
                (EndPrimary { expired: true } | EndAll { expired: true, .. }, _) => {
                    Some(Outcome::Ended)
                }
                _ => None,
            },
        ),
    ]
};

/// Bugs of UpdateAttendeeCapabilities.
pub static CAPABILITIES: [Bug<Capabilities>; 2] = {
    type Bug = crate::bugs::Bug<Capabilities>;
    use crate::capabilities::Outcome;
    use crate::capabilities::Request::{Find, Update};
    [
        Bug::apply("an update of capabilities without its condition", |_, state, _, request| {
            let Update { to, .. } = request else { return None };
            state.value = to;
            state.revision += 1;
            Some(Outcome::Applied)
        }),
        Bug::apply(
            "an update of capabilities compares the capabilities instead of the revision",
            |_, state, _, request| match request {
                Update { from, to, .. } if state.value == from => {
                    state.value = to;
                    state.revision += 1;
                    Some(Outcome::Applied)
                }
                Update { .. } => Some(Outcome::Replaced),
                Find { .. } => None,
            },
        ),
    ]
};
