//! Bugs to plant in the protocols. A bug overrides steps of a protocol, and leaves the others as
//! they are. The tests expect that the search finds each of them.

use crate::attendees::Attendees;
use crate::callers::{Bug, Next, Protocol};
use crate::capabilities::Capabilities;
use crate::replicas::Replicas;

/// Bugs of CreateAttendee, DeleteAttendee and DeleteMeeting.
pub static ATTENDEES: [Bug<Attendees>; 17] = {
    type Bug = crate::callers::Bug<Attendees>;
    use crate::attendees::Request::*;
    use crate::attendees::{Item, Outcome, Response, USERS};
    [
        Bug::new("the put of the attendee has no condition").apply(|_, state, user, pending| {
            let PutAttendee { id } = pending.request else { return None };
            state.users[user].item = Item::Attendee(id);
            Some(Outcome::Done)
        }),
        Bug::new("a refused put is taken for a successful one").next(
            |_, _, request, outcome| match (request, outcome) {
                (PutAttendee { id } | RecreateAttendee { id, .. }, Outcome::Exists(_)) => {
                    Some(Next::Respond(Response::Attendee(id)))
                }
                _ => None,
            },
        ),
        Bug::new("`<=` in place of `<` at the limit").apply(|attendees, state, user, pending| {
            let ReserveSeat = pending.request else { return None };
            let attendees = Attendees { limit: attendees.limit + 1, ..*attendees };
            Some(attendees.apply(state, user, pending))
        }),
        Bug::new("the put before the reservation of the seat")
            .begin(|state, user, request| {
                let ReserveSeat = request else { return None };
                Some(PutAttendee { id: state.users[user].new_id() })
            })
            .next(|state, user, request, outcome| match (request, outcome) {
                (PutAttendee { .. }, Outcome::Done | Outcome::Exists(_)) => {
                    Some(Next::Send(ReserveSeat))
                }
                (ReserveSeat, Outcome::Done) => {
                    Some(Next::Respond(Response::Attendee(state.users[user].item.id()?)))
                }
                _ => None,
            }),
        Bug::new("a reservation that does not check whether the meeting was deleted").apply(
            |attendees, state, user, pending| {
                let ReserveSeat = pending.request else { return None };
                let ended = std::mem::take(&mut state.ended);
                let outcome = attendees.apply(state, user, pending);
                state.ended = ended;
                Some(outcome)
            },
        ),
        Bug::new("an attendee is created again without a seat").apply(
            |attendees, state, user, pending| {
                let RecreateAttendee { .. } = pending.request else { return None };
                let seat = state.users[user].seat;
                let outcome = attendees.apply(state, user, pending);
                state.users[user].seat = seat;
                Some(outcome)
            },
        ),
        Bug::new("a reservation that does not check the lifetime").apply(
            |attendees, state, user, mut pending| {
                let ReserveSeat = pending.request else { return None };
                pending.expired = false;
                Some(attendees.apply(state, user, pending))
            },
        ),
        // The first request frees the seat, and the second deletes the attendee.
        Bug::new("DeleteAttendee frees the seat and deletes the attendee in two separate writes")
            .apply(|_, state, user, pending| match (pending.request, &mut state.users[user]) {
                (DeleteAttendee { id }, user)
                    if user.item == Item::Attendee(id)
                        && user.seat
                        && !state.ended
                        && !pending.expired =>
                {
                    user.seat = false;
                    Some(Outcome::Done)
                }
                _ => None,
            })
            .next(|state, user, request, outcome| match (request, outcome) {
                (DeleteAttendee { id }, Outcome::Done)
                    if state.users[user].item == Item::Attendee(id) =>
                {
                    Some(Next::Send(DeleteAttendee { id }))
                }
                _ => None,
            }),
        Bug::new("DeleteAttendee does not free the seat").apply(
            |attendees, state, user, pending| {
                let DeleteAttendee { .. } = pending.request else { return None };
                let seat = state.users[user].seat;
                let outcome = attendees.apply(state, user, pending);
                state.users[user].seat = seat;
                Some(outcome)
            },
        ),
        Bug::new("an attendee is created again although the meeting was deleted").apply(
            |attendees, state, user, pending| {
                let RecreateAttendee { .. } = pending.request else { return None };
                let ended = std::mem::take(&mut state.ended);
                let outcome = attendees.apply(state, user, pending);
                state.ended = ended;
                Some(outcome)
            },
        ),
        Bug::new("an attendee is created again without the limit").apply(
            |attendees, state, user, pending| {
                let RecreateAttendee { .. } = pending.request else { return None };
                let attendees = Attendees { limit: USERS, ..*attendees };
                Some(attendees.apply(state, user, pending))
            },
        ),
        Bug::new("DeleteMeeting removes attendees before it ends the meeting")
            .begin(|_, _, request| {
                let EndMeeting = request else { return None };
                Some(FindItems)
            })
            .next(|_, _, request, outcome| match (request, outcome) {
                (FindItems, Outcome::Found { own: false, other: false })
                | (RemoveItems { .. }, _) => Some(Next::Send(EndMeeting)),
                (EndMeeting, _) => Some(Next::Respond(Response::Done)),
                _ => None,
            }),
        Bug::new("an attendee is created again with the id of the first put").next(
            |_, _, request, outcome| match (request, outcome) {
                (PutAttendee { id } | RecreateAttendee { id, .. }, Outcome::Deleted(deleted)) => {
                    Some(Next::Send(RecreateAttendee { id, deleted }))
                }
                _ => None,
            },
        ),
        Bug::new("an attendee is created again in place of whatever the user has").apply(
            |attendees, state, user, pending| {
                let RecreateAttendee { deleted, .. } = pending.request else { return None };
                let item = state.users[user].item;
                if item != Item::None {
                    state.users[user].item = Item::Tombstone(deleted);
                }
                let outcome = attendees.apply(state, user, pending);
                if outcome != Outcome::Done {
                    state.users[user].item = item;
                }
                Some(outcome)
            },
        ),
        Bug::new("DeleteAttendee deletes whichever attendee the user has").apply(
            |attendees, state, user, pending| {
                let DeleteAttendee { id } = pending.request else { return None };
                let item = state.users[user].item;
                if matches!(item, Item::Attendee(_)) {
                    state.users[user].item = Item::Attendee(id);
                }
                let outcome = attendees.apply(state, user, pending);
                if outcome != Outcome::Done {
                    state.users[user].item = item;
                }
                Some(outcome)
            },
        ),
        Bug::new("a put that finds a tombstone is retried").next(|_, _, request, outcome| {
            match (request, outcome) {
                (PutAttendee { .. }, Outcome::Deleted(_)) => Some(Next::Send(request)),
                _ => None,
            }
        }),
        Bug::new("DeleteMeeting does not end a meeting whose lifetime is over on its own clock")
            .apply(|_, _, _, pending| match pending.request {
                EndMeeting if pending.expired => Some(Outcome::Done),
                _ => None,
            }),
    ]
};

/// Bugs of CreateMeeting and DeleteMeeting with replicas.
pub static REPLICAS: [Bug<Replicas>; 11] = {
    type Bug = crate::callers::Bug<Replicas>;
    use crate::replicas::Request::*;
    use crate::replicas::{Item, Outcome, State, Tokens};
    [
        Bug::new("a replica is created although its primary has ended").apply(
            |_, state, token, pending| match (pending.request, state.tokens[token].item) {
                (CreateReplica, Item::None) if state.ended && !pending.expired => {
                    state.tokens[token].item = Item::Replica;
                    Some(Outcome::Done)
                }
                _ => None,
            },
        ),
        Bug::new("`<=` in place of `<` at the limit of replicas").apply(
            |_, state, token, pending| match (pending.request, state.tokens[token].item) {
                (CreateReplica, Item::None) if !state.ended && !pending.expired => {
                    state.tokens[token].item = Item::Replica;
                    state.tokens[token].listed = true;
                    Some(Outcome::Done)
                }
                _ => None,
            },
        ),
        Bug::new("a late request lists a meeting that was created without the primary").apply(
            |_, state, token, pending| {
                let CreateReplica = pending.request else { return None };
                if !state.ended && !pending.expired && state.tokens[token].item == Item::Other {
                    state.tokens[token].listed = true;
                }
                None
            },
        ),
        Bug::new("a replica's lifetime may be longer than its primary's").apply(
            |_, state, token, pending| {
                let CreateReplica = pending.request else { return None };
                state.tokens[token].outlives = true;
                None
            },
        ),
        Bug::new("the end of a replica does not free its place").apply(
            |replicas, state, token, pending| {
                let EndReplica = pending.request else { return None };
                let listed = state.tokens[token].listed;
                let outcome = replicas.apply(state, token, pending);
                state.tokens[token].listed = listed;
                Some(outcome)
            },
        ),
        Bug::new("DeleteMeeting ends a primary without its replicas").apply(
            |_, state, _, pending| {
                let EndPrimary = pending.request else { return None };
                state.ended = true;
                Some(Outcome::Done)
            },
        ),
        Bug::new("the end of a primary does not check that its list is unchanged").apply(
            |replicas, state, token, pending| {
                let EndAll { listed, .. } = pending.request else { return None };
                let before = state.tokens.map(|token| token.listed);
                state.tokens[token].listed = listed.own;
                state.tokens[1 - token].listed = listed.other;
                let outcome = replicas.apply(state, token, pending);
                for (token, listed) in state.tokens.iter_mut().zip(before) {
                    token.listed = listed;
                }
                Some(outcome)
            },
        ),
        Bug::new("the end of a primary leaves out a replica that does not exist yet").apply(
            |_, state, token, pending| {
                let EndAll { own, .. } = pending.request else { return None };
                let exists = |token: usize| state.tokens[token].item != Item::None;
                let held =
                    Tokens { own: own.own && exists(token), other: own.other && exists(1 - token) };
                (held != own).then_some(Outcome::Own(held))
            },
        ),
        Bug::new("the end of a primary ends a meeting that is not its replica").apply(
            |replicas, state, token, pending| {
                let EndAll { .. } = pending.request else { return None };
                let others = state.tokens.map(|token| token.item == Item::Other);
                let exchange = |state: &mut State, from: Item, to: Item| {
                    for (token, is_other) in state.tokens.iter_mut().zip(others) {
                        if is_other && token.item == from {
                            token.item = to;
                        }
                    }
                };
                exchange(state, Item::Other, Item::Replica);
                let outcome = replicas.apply(state, token, pending);
                exchange(state, Item::Replica, Item::Other);
                exchange(state, Item::EndedReplica, Item::EndedOther);
                Some(outcome)
            },
        ),
        Bug::new("the end of a primary whose last replica has ended compares with an empty set")
            .next(|_, _, request, outcome| match (request, outcome) {
                (EndAll { .. }, Outcome::Listed(listed)) => {
                    Some(Next::Send(EndAll { listed, own: listed }))
                }
                _ => None,
            }),
        Bug::new("DeleteMeeting does not end a meeting whose lifetime is over on its own clock")
            .apply(|_, state, token, pending| match (pending.request, state.tokens[token].item) {
                (EndOwn, Item::Replica) if pending.expired => Some(Outcome::Ended),
                (EndPrimary, _) if pending.expired => Some(Outcome::PrimaryEnded),
                _ => None,
            }),
    ]
};

/// Bugs of UpdateAttendeeCapabilities.
pub static CAPABILITIES: [Bug<Capabilities>; 2] = {
    type Bug = crate::callers::Bug<Capabilities>;
    use crate::capabilities::Outcome;
    use crate::capabilities::Request::{Find, Update};
    [
        Bug::new("an update of capabilities without its condition").apply(
            |_, state, _, pending| {
                let Update { to, .. } = pending.request else { return None };
                state.value = to;
                state.revision += 1;
                Some(Outcome::Applied)
            },
        ),
        Bug::new("an update of capabilities compares the capabilities instead of the revision")
            .apply(|_, state, _, pending| match pending.request {
                Update { from, to, .. } if state.value == from => {
                    state.value = to;
                    state.revision += 1;
                    Some(Outcome::Applied)
                }
                Update { .. } => Some(Outcome::Replaced),
                Find { .. } => None,
            }),
    ]
};
