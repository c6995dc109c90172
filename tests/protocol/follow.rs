//! The real service follows histories of a model: a shortest one to each kind of step.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt as _, stream};
use rollcall_protocol::callers::{Action, History, Next, Pending, Protocol, Step, Who};
use rollcall_testing::direct::Sent;
use serde_json::Value;
use tokio::task::LocalSet;

use crate::search::{Bounds, lines};
use crate::stage::{Call, Stage};

/// How many histories run at the same time.
const CONCURRENT_HISTORIES: usize = 4;

/// What the names of a model stand for.
pub trait Scene<P: Protocol>: Sized {
    /// Creates what exists before the history.
    async fn new(stage: &Stage, history: &History<P>) -> Self;

    /// The request to the service that begins with this request to DynamoDB: method, path and body.
    fn http(&self, party: usize, request: P::Request) -> (&'static str, String, Value);

    /// Whether the service sends this request where the model sends that one.
    fn is(&self, party: usize, request: P::Request, sent: &Sent) -> bool;

    /// Whether the model does not have such a request.
    fn is_outside(&self, _: &Sent) -> bool {
        false
    }

    /// Whether an instance can send such a request although the model responds to the caller.
    fn is_left(&self, sent: &Sent) -> bool {
        self.is_outside(sent)
    }

    /// Learns the names in a request that was sent.
    fn learn(&mut self, _party: usize, _: P::Request, _: &Sent) {}

    /// Compares the response to a caller with the model's.
    fn compare_response(
        &self,
        party: usize,
        request: P::Request,
        expected: P::Response,
        response: &(u16, Value),
    );

    /// Compares the tables with the model's.
    fn compare_tables(&self, stage: &Stage, expected: &P::State);
}

/// The service in the middle of a history.
struct Performance<S> {
    stage: Stage,
    scene: S,
    calls: HashMap<Who, Call>,
    late: HashMap<Who, Sent>,
}

impl<S> Performance<S> {
    async fn run<P: Protocol>(&mut self, step: &Step<P>)
    where
        S: Scene<P>,
    {
        match step.action {
            Action::Begin(who, Pending { request, expired, .. }) => {
                let http = self.scene.http(who.party, request);
                self.calls.insert(who, self.stage.call(expired, http));
                self.expect(who, request).await;
            }
            Action::Received(who, Pending { request, .. }, _, next) => {
                let sent = self.expect(who, request).await;
                let mut call = self.calls.remove(&who).unwrap();
                let mut state = step.next;
                let following = P::callers(&mut state, who.party).each[who.caller];
                if let Some(Pending { request, expired, .. }) = following
                    && P::reads_clock(request)
                {
                    call.set_clock(expired);
                }
                call.apply(&self.stage, &sent, true);
                match next {
                    Next::Send(request) | Next::RespondAfter(request) => {
                        self.calls.insert(who, call);
                        self.expect(who, request).await;
                    }
                    Next::Respond(expected) => {
                        let response = call.response(&self.stage, |sent| self.scene.is_left(sent));
                        let response = response.await;
                        self.scene.compare_response(who.party, request, expected, &response);
                    }
                }
            }
            Action::Lost(who, Pending { request, .. }, _) => {
                let sent = self.expect(who, request).await;
                self.calls.get_mut(&who).unwrap().apply(&self.stage, &sent, false);
                self.expect(who, request).await;
            }
            Action::Delayed(who, Pending { request, .. }) => {
                let sent = self.expect(who, request).await;
                self.calls.get_mut(&who).unwrap().delay(&sent);
                let mut places = (0..).map(|caller| Who { caller, ..who });
                let place = places.find(|place| !self.late.contains_key(place));
                self.late.insert(place.unwrap(), sent);
                self.expect(who, request).await;
            }
            Action::Late(who, ..) => self.stage.apply(&self.late.remove(&who).unwrap()),
            Action::Crash(who) => self.calls.remove(&who).unwrap().crash(),
            Action::Tick(_) => {}
        }
    }

    /// Waits until the instance sends the request.
    async fn expect<P: Protocol>(&mut self, who: Who, request: P::Request) -> Sent
    where
        S: Scene<P>,
    {
        let (scene, call) = (&self.scene, self.calls.get_mut(&who).unwrap());
        let is = |sent: &Sent| scene.is(who.party, request, sent);
        let sent = call.expect(&self.stage, is, |sent| scene.is_outside(sent)).await;
        self.scene.learn(who.party, request, &sent);
        sent
    }
}

async fn follow<P: Protocol, S: Scene<P>>(history: History<P>) {
    let stage = Stage::new(1).await;
    let scene = S::new(&stage, &history).await;
    let (calls, late) = Default::default();
    let mut performance = Performance { stage, scene, calls, late };
    for step in &history {
        performance.run(step).await;
        performance.scene.compare_tables(&performance.stage, &step.next);
    }
}

/// Follows the histories to each kind of step within the bounds, and expects at least `min` of
/// them.
pub async fn each_kind_of_step<P: Protocol, S: Scene<P> + 'static>(
    bounds: &[&Bounds<P>],
    min: usize,
) {
    let mut kinds = HashSet::new();
    let mut histories = Vec::new();
    for bounds in bounds {
        let is_new = |history: &&History<P>| {
            history.last().is_some_and(|step| kinds.insert(step.action.kind()))
        };
        histories.extend(bounds.report().kinds.iter().filter(is_new).cloned());
    }
    // Not on several threads, which would ask for protocols that can be sent between them.
    let local = LocalSet::new();
    let follow = |history: History<P>| {
        let steps = lines(&history);
        let followed = local.spawn_local(follow::<P, S>(history));
        async move { followed.await.unwrap_or_else(|error| panic!("{error}\n{steps}")) }
    };
    let followed = stream::iter(histories).map(follow).buffer_unordered(CONCURRENT_HISTORIES);
    let count = local.run_until(followed.count()).await;
    assert!(count >= min, "{count} histories");
}
