//! The promises of `docs/reliability.md` as properties, and its imprecisions.

use super::{
    Answer, Attendees, Begin, Caller, Id, Item, Next, Outcome, Request, State, Time, USERS, User,
};

const LIMIT: &str = "a meeting never has more attendees than its maximum";
const SEAT: &str = "every attendee has a seat";
const ONE: &str = "a user has one attendee, which does not change until its deletion or the end";
const DELETED: &str = "a deleted attendee never exists again";
const END: &str = "no request that begins after the end gets an attendee";
const REFUSAL: &str = "a refusal is true, and changed nothing that a caller can see";
const SUCCESS: &str = "an answer of 204 is true";
const FINISH: &str = "every request can finish";

/// The properties that every state and step has.
pub const PROMISES: [&str; 8] = [LIMIT, SEAT, ONE, DELETED, END, REFUSAL, SUCCESS, FINISH];

const DEAD_CALLER: &str =
    "full with fewer attendees than the limit: a caller died between its two writes";
const LATE_SEAT: &str =
    "full with fewer attendees than the limit: a seat was reserved after its user was deleted";
const AFTER_END: &str = "CreateAttendee is answered with 200 after the end";
const OTHER_AFTER_END: &str =
    "CreateAttendee is answered after the end with another attendee than before";
const LEFT_OVER: &str = "an attendee's item is stored after the clean-up of DeleteMeeting";
const CLOCKS: &str = "an attendee is created after the end on the clock of another instance";
const DELETED_MEANWHILE: &str = "CreateAttendee is answered with an attendee that was deleted after the answer \
                                 of DynamoDB was lost";

/// What the promises leave open.
pub const IMPRECISIONS: [&str; 7] =
    [DEAD_CALLER, LATE_SEAT, AFTER_END, OTHER_AFTER_END, LEFT_OVER, CLOCKS, DELETED_MEANWHILE];

/// More requests than a caller sends when it is alone.
const MAX_REQUESTS: usize = 12;

impl State {
    /// Whether the meeting is active on every clock.
    pub fn is_active(&self) -> bool {
        !self.ended && self.time == Time::Before
    }

    /// When a request that begins now does so.
    pub(super) fn begin(&self) -> Begin {
        if self.ended || self.time == Time::After { Begin::Ended } else { Begin::Active }
    }

    /// The number of attendees.
    fn attendees(&self) -> usize {
        self.users.iter().filter(|user| matches!(user.item, Item::Attendee(_))).count()
    }
}

impl User {
    /// An attendee was deleted, as a caller asked.
    pub(super) fn forget(&mut self, id: Id) {
        self.deleted |= 1 << id;
        if self.promised == id {
            self.promised = 0;
        }
    }

    fn is_creating(&self) -> bool {
        let creates =
            |caller: &Caller| matches!(caller, Caller::Waiting(sent, _) if sent.creates());
        self.callers.iter().any(creates)
    }
}

impl Attendees {
    /// The promise that an answer breaks, and the imprecision that it shows. The state is the one in which
    /// DynamoDB applied this last request.
    pub(super) fn check(
        &self,
        state: &mut State,
        user: usize,
        begin: Begin,
        request: Request,
        answer: Answer,
    ) -> (Option<&'static str>, Option<&'static str>) {
        let (is_active, ended) = (state.is_active(), state.ended);
        let id = request.subject();
        let attendees = state.attendees();
        let reserved = state.users.iter().filter(|it| it.seat).count();
        let other = state.users[1 - user];
        let it = &mut state.users[user];
        let exists = id != 0 && it.item == Item::Attendee(id);
        let broken = |promise, is_broken: bool| is_broken.then_some(promise);
        match answer {
            // Another caller deleted the attendee between the transaction and its repetition.
            Answer::Attendee(id)
                if is_active
                    && matches!(request, Request::RecreateAttendee { applied: true, .. })
                    && it.deleted & 1 << id != 0 =>
            {
                (None, Some(DELETED_MEANWHILE))
            }
            Answer::Attendee(id) if is_active => {
                let is_other = it.item != Item::Attendee(id);
                let has_changed = it.promised != 0 && it.promised != id;
                it.promised = id;
                (broken(ONE, is_other || has_changed).or(broken(END, begin == Begin::Ended)), None)
            }
            Answer::Attendee(id) => {
                let imprecision = if !ended {
                    CLOCKS
                } else if it.promised != 0 && it.promised != id {
                    OTHER_AFTER_END
                } else {
                    AFTER_END
                };
                (broken(END, begin == Begin::Ended), Some(imprecision))
            }
            Answer::Full => {
                let is_false = it.seat || reserved < self.limit;
                let imprecision = if attendees >= self.limit || other.is_creating() {
                    None
                } else if matches!(other.item, Item::Tombstone(_)) {
                    Some(LATE_SEAT)
                } else {
                    Some(DEAD_CALLER)
                };
                (broken(REFUSAL, is_false), imprecision.filter(|_| is_active))
            }
            Answer::Ended => (broken(REFUSAL, is_active), None),
            Answer::NoSuchAttendee => {
                let is_false = exists || is_active && it.item == Item::Tombstone(id);
                (broken(REFUSAL, is_false), None)
            }
            Answer::Done if id != 0 => (broken(SUCCESS, exists && is_active), None),
            Answer::Done => (broken(SUCCESS, !ended), None),
        }
    }

    /// An attendee that stays until the time to live removes it.
    pub(super) fn left_over(
        &self,
        state: &State,
        request: Request,
        outcome: Outcome,
    ) -> Option<&'static str> {
        let is_put = matches!((request, outcome), (Request::PutAttendee { .. }, Outcome::Done));
        let ends = |caller: &Caller| matches!(caller, Caller::Waiting(sent, _) if sent.ends());
        let is_cleaning = state.users.iter().flat_map(|user| &user.callers).any(ends);
        (is_put && state.ended && state.ends == 0 && !is_cleaning).then_some(LEFT_OVER)
    }

    /// The promise that a state breaks.
    pub(super) fn broken_state(&self, state: &State) -> Option<&'static str> {
        for user in &state.users {
            if let Item::Attendee(id) = user.item {
                if user.deleted & 1 << id != 0 && state.is_active() {
                    return Some(DELETED);
                }
                if !user.seat && state.is_active() {
                    return Some(SEAT);
                }
            }
            let promised = Item::Attendee(user.promised);
            if user.promised != 0 && state.is_active() && user.item != promised {
                return Some(ONE);
            }
        }
        if state.is_active() && state.attendees() > self.limit {
            return Some(LIMIT);
        }
        self.never_finishes(state)
    }

    /// From every state, each caller gets an answer if no more faults happen and nobody else sends requests.
    /// So does a caller that repeats CreateAttendee. The search checks the answers, because these steps are
    /// among those from that state.
    fn never_finishes(&self, state: &State) -> Option<&'static str> {
        (0..USERS).find_map(|user| {
            let running = state.users[user].callers.iter().find_map(|caller| match caller {
                Caller::Idle => None,
                Caller::Waiting(request, _) => self.run_alone(*state, user, *request),
            });
            running.or_else(|| {
                let create = self.create_attendee(&state.users[user]);
                let create = create.with_clock(state.time == Time::After);
                self.run_alone(*state, user, create)
            })
        })
    }

    fn run_alone(
        &self,
        mut state: State,
        user: usize,
        mut request: Request,
    ) -> Option<&'static str> {
        for _ in 0..MAX_REQUESTS {
            let outcome = self.apply(&mut state, user, request);
            match self.next(&state.users[user], request, outcome) {
                Next::Answer(_) => return None,
                Next::Send(next) | Next::AnswerAfter(next) => {
                    request = next.with_clock(state.time == Time::After);
                }
            }
        }
        Some(FINISH)
    }
}
