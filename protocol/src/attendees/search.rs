//! The steps of the model: what callers do, what faults happen, and which states differ only in names.

use std::mem::{Discriminant, discriminant};

use super::{
    Answer, Attendees, Begin, CALLERS, Caller, Id, Item, Next, Outcome, Request, State, Time,
    USERS, User,
};
use crate::explorer::{self, Model, Report, Step};

/// A step. The numbers are those of the user, and of the user's caller or late write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A caller sends a request to the service, which makes this request to DynamoDB.
    Begin(usize, usize, Request),
    /// DynamoDB applies or refuses the request, and the instance goes on: it sends another request, or it
    /// answers the caller.
    Answered(usize, usize, Request, Outcome, Next),
    /// DynamoDB applies or refuses the request, and its answer is lost. The SDK repeats the request.
    Lost(usize, usize, Request, Outcome),
    /// The request does not arrive yet. The SDK repeats it.
    Delayed(usize, usize, Request),
    /// A delayed request arrives.
    Late(usize, usize, Request, Outcome),
    /// The caller's instance dies, or gives up and answers 503.
    Crash(usize, usize),
    /// Another second begins.
    Tick(Time),
}

/// What distinguishes steps apart from names and the rest of the state.
pub type Kind = (
    Discriminant<Action>,
    Option<Discriminant<Request>>,
    Option<Discriminant<Outcome>>,
    Option<Discriminant<Answer>>,
    bool,
);

impl Action {
    fn kind(&self) -> Kind {
        let (request, outcome, next) = match *self {
            Self::Begin(_, _, request) | Self::Delayed(_, _, request) => {
                (Some(request), None, None)
            }
            Self::Answered(_, _, request, outcome, next) => {
                (Some(request), Some(outcome), Some(next))
            }
            Self::Lost(_, _, request, outcome) | Self::Late(_, _, request, outcome) => {
                (Some(request), Some(outcome), None)
            }
            Self::Crash(..) | Self::Tick(_) => (None, None, None),
        };
        let answer = match next {
            Some(Next::Answer(answer)) => Some(answer),
            Some(Next::AnswerAfter(_)) => Some(Answer::Done),
            _ => None,
        };
        (
            discriminant(self),
            request.as_ref().map(discriminant),
            outcome.as_ref().map(discriminant),
            answer.as_ref().map(discriminant),
            request.is_some_and(Request::is_expired),
        )
    }
}

impl Request {
    /// The same request, made when the instance's clock showed this.
    pub(super) fn with_clock(mut self, is_over: bool) -> Self {
        if let Self::ReserveSeat { expired }
        | Self::RecreateAttendee { expired, .. }
        | Self::FindMeeting { expired, .. }
        | Self::DeleteAttendee { expired, .. }
        | Self::EndMeeting { expired }
        | Self::FreeSeat { expired, .. } = &mut self
        {
            *expired = is_over;
        }
        self
    }

    fn is_expired(self) -> bool {
        self != self.with_clock(false)
    }

    /// The requests that the instances can make of it at this time.
    fn on_every_clock(self, time: Time) -> impl Iterator<Item = Self> {
        let clocks: &[bool] = match time {
            Time::Before => &[false],
            Time::Between if self.with_clock(true) != self.with_clock(false) => &[false, true],
            Time::Between | Time::After => &[true],
        };
        clocks.iter().map(move |is_over| self.with_clock(*is_over))
    }

    /// The attendee that DeleteAttendee is about, else 0.
    pub(super) fn subject(self) -> Id {
        match self {
            Self::FindMeeting { id, .. }
            | Self::FindAttendee { id }
            | Self::DeleteAttendee { id, .. }
            | Self::FreeSeat { id, .. } => id,
            _ => 0,
        }
    }

    fn ids(&mut self) -> [Option<&mut Id>; 2] {
        match self {
            Self::PutAttendee { id }
            | Self::FindMeeting { id, .. }
            | Self::FindAttendee { id }
            | Self::DeleteAttendee { id, .. }
            | Self::FreeSeat { id, .. } => [Some(id), None],
            Self::RecreateAttendee { id, deleted, .. } => [Some(id), Some(deleted)],
            Self::ReserveSeat { .. }
            | Self::EndMeeting { .. }
            | Self::FindItems
            | Self::RemoveItems { .. } => [None, None],
        }
    }
}

impl User {
    /// Every id that the item, the promise, the callers and the late writes have.
    fn ids(&mut self) -> impl Iterator<Item = &mut Id> {
        let item = match &mut self.item {
            Item::None => None,
            Item::Attendee(id) | Item::Tombstone(id) => Some(id),
        };
        let promised = Some(&mut self.promised).filter(|id| **id != 0);
        let requests = self.callers.iter_mut().filter_map(|caller| match caller {
            Caller::Idle => None,
            Caller::Waiting(request, _) => Some(request),
        });
        let requests = requests.chain(self.late.iter_mut().flatten());
        item.into_iter()
            .chain(promised)
            .chain(requests.flat_map(|request| request.ids().into_iter().flatten()))
    }

    /// An id that no attendee of the user ever had.
    pub(super) fn new_id(&self) -> Id {
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
    fn canonical(self) -> Self {
        let [mut first, mut second] = [self, self];
        second.callers.swap(0, 1);
        [first.late, second.late] = [first.late, second.late].map(|mut late| {
            late.sort_unstable();
            late
        });
        first.renumber();
        second.renumber();
        first.min(second)
    }
}

impl Model for Attendees {
    type State = State;
    type Action = Action;
    type Kind = Kind;

    fn initial(&self) -> State {
        State {
            users: [User::default(); USERS],
            ended: false,
            time: Time::Before,
            deletions: self.deletions,
            ends: self.ends,
        }
    }

    fn canonical(&self, state: &State) -> State {
        let mut state = *state;
        state.users = state.users.map(User::canonical);
        state.users.sort_unstable();
        state
    }

    fn broken_promise(&self, state: &State) -> Option<&'static str> {
        self.broken_state(state)
    }

    fn steps(&self, state: &State, steps: &mut Vec<Step<Self>>) {
        for user in 0..USERS {
            for caller in 0..CALLERS {
                match state.users[user].callers[caller] {
                    Caller::Idle => self.begin(state, user, caller, steps),
                    Caller::Waiting(request, begin) => {
                        self.proceed(state, user, caller, (request, begin), steps);
                        if self.faults {
                            self.fail(state, user, caller, request, steps);
                        }
                    }
                }
            }
            for (index, request) in state.users[user].late.into_iter().enumerate() {
                let Some(request) = request else { continue };
                let mut next = *state;
                next.users[user].late[index] = None;
                let outcome = self.apply(&mut next, user, request);
                if next.users[user].item != state.users[user].item {
                    for caller in &mut next.users[user].callers {
                        set_deletion_applied(caller, request);
                    }
                }
                let imprecision = self.left_over(&next, request, outcome);
                let action = Action::Late(user, index, request, outcome);
                steps.push(Step { imprecision, ..step(action, next) });
            }
        }
        let later = match state.time {
            Time::Before => Time::Between,
            Time::Between | Time::After => Time::After,
        };
        if self.lifetime && state.time != later {
            steps.push(step(Action::Tick(later), State { time: later, ..*state }));
        }
    }
}

impl Attendees {
    /// Visits every state, or those until the first broken promise.
    pub fn explore(&self) -> Report<Self> {
        explorer::explore(self)
    }

    /// A caller sends a request to the service.
    fn begin(&self, state: &State, user: usize, caller: usize, steps: &mut Vec<Step<Self>>) {
        let it = &state.users[user];
        let mut send = |request: Request, next: State| {
            for request in request.on_every_clock(state.time) {
                let mut next = next;
                next.users[user].callers[caller] = Caller::Waiting(request, state.begin());
                steps.push(step(Action::Begin(user, caller, request), next));
            }
        };
        send(self.create_attendee(it), *state);
        if state.deletions > 0 && it.item != Item::None {
            let next = State { deletions: state.deletions - 1, ..*state };
            send(self.delete_attendee(it.item.id()), next);
        }
        if state.ends > 0 {
            send(self.delete_meeting(), State { ends: state.ends - 1, ..*state });
        }
    }

    /// A request is applied and answered.
    fn proceed(
        &self,
        state: &State,
        user: usize,
        caller: usize,
        (request, begin): (Request, Begin),
        steps: &mut Vec<Step<Self>>,
    ) {
        let mut next = *state;
        let outcome = self.apply(&mut next, user, request);
        let then = self.next(&next.users[user], request, outcome);
        next.users[user].callers[caller] = Caller::Idle;
        let left_over = self.left_over(&next, request, outcome);
        let (broken, imprecision) = match then {
            Next::Send(_) => (None, None),
            Next::Answer(answer) => self.check(&mut next, user, begin, request, answer),
            Next::AnswerAfter(_) => self.check(&mut next, user, begin, request, Answer::Done),
        };
        let imprecision = imprecision.or(left_over);
        let mut go_on = |then, next| {
            let action = Action::Answered(user, caller, request, outcome, then);
            steps.push(Step { broken, imprecision, ..step(action, next) });
        };
        let (Next::Send(following) | Next::AnswerAfter(following)) = then else {
            return go_on(then, next);
        };
        for following in following.on_every_clock(state.time) {
            next.users[user].callers[caller] = Caller::Waiting(following, begin);
            match then {
                Next::AnswerAfter(_) => go_on(Next::AnswerAfter(following), next),
                _ => go_on(Next::Send(following), next),
            }
        }
    }

    /// An instance dies, or the answer or the request is lost on its way.
    fn fail(
        &self,
        state: &State,
        user: usize,
        caller: usize,
        request: Request,
        steps: &mut Vec<Step<Self>>,
    ) {
        let mut next = *state;
        next.users[user].callers[caller] = Caller::Idle;
        steps.push(step(Action::Crash(user, caller), next));
        if !request.is_write() {
            return;
        }
        let mut next = *state;
        let outcome = self.apply(&mut next, user, request);
        if next.users[user].item != state.users[user].item {
            set_deletion_applied(&mut next.users[user].callers[caller], request);
        }
        let imprecision = self.left_over(&next, request, outcome);
        let action = Action::Lost(user, caller, request, outcome);
        steps.push(Step { imprecision, ..step(action, next) });
        let late = state.users.iter().flat_map(|user| &user.late).flatten().count();
        let place = state.users[user].late.iter().position(Option::is_none);
        if let (true, Some(place)) = (late < self.late, place) {
            let mut next = *state;
            next.users[user].late[place] = Some(request);
            steps.push(step(Action::Delayed(user, caller, request), next));
        }
    }
}

fn step(action: Action, next: State) -> Step<Attendees> {
    Step { action, kind: action.kind(), next, broken: None, imprecision: None }
}

/// The transaction of DeleteAttendee was applied, so its repetitions change nothing.
fn set_deletion_applied(caller: &mut Caller, transaction: Request) {
    if let Caller::Waiting(request, _) = caller
        && *request == transaction
        && let Request::DeleteAttendee { applied, .. } = request
    {
        *applied = true;
    }
}
