//! The real service takes every step of the model of a primary and its replicas, with the same outcomes.

use rollcall::domain::MeetingId;
use rollcall_protocol::explorer::History;
use rollcall_protocol::replicas::{
    Action, Answer, CALLERS, Item, Next, Outcome, PLACES, Replicas, Request, State, TOKENS,
};
use serde_json::{Value, json};

use crate::follow;
use crate::search::{LATE_REPLICAS, REPLICAS, REPLICAS_AND_CLOCKS};
use crate::stage::{Call, Sent, Stage};

/// The service's maximum of replicas.
const MAX_REPLICAS: usize = 4;

/// A primary and what the model's names stand for.
struct Meetings {
    stage: Stage,
    primary: String,
    tokens: [String; TOKENS],
    ids: [String; TOKENS],
    /// The replicas that take the places that the model does not have.
    others: Vec<String>,
    calls: [[Option<Call>; CALLERS]; TOKENS],
    late: [[Option<Sent>; 2]; TOKENS],
}

fn create(token: &str, primary: Option<&str>) -> Value {
    json!({
        "ClientRequestToken": token, "ExternalMeetingId": "standup", "MediaRegion": "us-east-1",
        "PrimaryMeetingId": primary,
    })
}

impl Meetings {
    /// A primary that has one free place, if the `history` needs a full one, else only free places.
    async fn new(history: &History<Replicas>) -> Self {
        let stage = Stage::new(1).await;
        let new = async |token: &str, primary: Option<&str>| {
            let created = stage.ask("POST", "/meetings", create(token, primary)).await;
            created["Meeting"]["MeetingId"].as_str().unwrap().to_owned()
        };
        let primary = new("primary", None).await;
        let is_full = |step: &_| matches!(step, Action::Answered(_, _, _, Outcome::Full, _));
        let mut others = Vec::new();
        if history.iter().any(|step| is_full(&step.action) || is_refused(&step.action)) {
            for index in PLACES..MAX_REPLICAS {
                others.push(new(&format!("other-{index}"), Some(&primary)).await);
            }
        }
        let tokens = ["token-a", "token-b"].map(str::to_owned);
        let ids = tokens.clone().map(|token| {
            let token = rollcall::domain::ClientRequestToken::parse(token).ok().unwrap();
            MeetingId::for_token(&token).to_string()
        });
        let (calls, late) = Default::default();
        Self { stage, primary, tokens, ids, others, calls, late }
    }

    async fn run(&mut self, action: Action) {
        match action {
            Action::Begin(token, caller, request) => {
                let http = match request {
                    Request::EndOwn { .. } => {
                        ("DELETE", format!("/meetings/{}", self.ids[token]), Value::Null)
                    }
                    Request::EndPrimary { .. } => {
                        ("DELETE", format!("/meetings/{}", self.primary), Value::Null)
                    }
                    Request::PutPlain => {
                        ("POST", "/meetings".to_owned(), create(&self.tokens[token], None))
                    }
                    _ => {
                        let body = create(&self.tokens[token], Some(&self.primary));
                        ("POST", "/meetings".to_owned(), body)
                    }
                };
                self.calls[token][caller] = Some(self.stage.call(request.is_expired(), http));
                self.expect(token, caller, request).await;
            }
            Action::Answered(token, caller, request, _, next) => {
                let sent = self.expect(token, caller, request).await;
                self.calls[token][caller].as_mut().unwrap().apply(&self.stage, &sent, true);
                match next {
                    Next::Send(next) => drop(self.expect(token, caller, next).await),
                    Next::Answer(answer) => {
                        let call = self.calls[token][caller].take().unwrap();
                        let answered = call.answer(&self.stage, |sent| self.is_outside(sent)).await;
                        self.compare(token, answer, &answered);
                    }
                }
            }
            Action::Lost(token, caller, request, _) => {
                let sent = self.expect(token, caller, request).await;
                self.calls[token][caller].as_mut().unwrap().apply(&self.stage, &sent, false);
                self.expect(token, caller, request).await;
            }
            Action::Delayed(token, caller, request) => {
                let sent = self.expect(token, caller, request).await;
                self.calls[token][caller].as_mut().unwrap().delay(&sent);
                *self.late[token].iter_mut().find(|late| late.is_none()).unwrap() = Some(sent);
                self.expect(token, caller, request).await;
            }
            Action::Late(token, index, ..) => {
                self.stage.apply(&self.late[token][index].take().unwrap());
            }
            Action::Crash(token, caller) => self.calls[token][caller].take().unwrap().crash(),
            Action::Tick(_) => {}
        }
    }

    /// Requests about attendees, and about replicas that the model does not have.
    fn is_outside(&self, sent: &Sent) -> bool {
        let is_about = |id: &String| sent.operation == "GetItem" && sent.body.contains(id.as_str());
        sent.body.contains("\"attendees\"") || self.others.iter().any(is_about)
    }

    /// Waits for the request of the service that the model's stands for.
    async fn expect(&mut self, token: usize, caller: usize, request: Request) -> Sent {
        let (own, other) = (&self.ids[token], &self.ids[1 - token]);
        let (operation, part, id) = match request {
            Request::ReserveReplica { .. } => ("UpdateItem", "ADD Replicas", own),
            Request::PutReplica { .. } | Request::PutPlain => ("PutItem", "", own),
            Request::FindOther { .. } => ("GetItem", "", other),
            Request::FindOwn { .. } => ("GetItem", "", own),
            Request::ReleaseOther { .. } => ("UpdateItem", "DELETE Replicas", other),
            Request::ReleaseOwn { .. } => ("UpdateItem", "DELETE Replicas", own),
            Request::EndOwn { .. } => ("UpdateItem", "SET EndedAt", own),
            Request::EndPrimary { .. } => ("UpdateItem", "SET EndedAt", &self.primary),
            Request::EndAll { .. } => ("TransactWriteItems", "SET EndedAt", &self.primary),
        };
        let is_it = |sent: &Sent| {
            let has = |part: &str| sent.body.contains(part);
            sent.operation == operation && has(part) && has(id)
        };
        let mut call = self.calls[token][caller].take().unwrap();
        let sent = call.expect(&self.stage, is_it, |sent| self.is_outside(sent)).await;
        self.calls[token][caller] = Some(call);
        sent
    }

    fn compare(&self, token: usize, expected: Answer, (status, body): &(u16, Value)) {
        let code = body["Code"].as_str().unwrap_or_default();
        let (expected_status, expected_code) = match expected {
            Answer::Meeting => (200, ""),
            Answer::Done => (204, ""),
            Answer::TokenUsed => (409, "ConflictException"),
            Answer::Full => (400, "LimitExceededException"),
            Answer::InvalidPrimary => (400, "BadRequestException"),
            Answer::Failure => (500, "ServiceFailureException"),
        };
        assert_eq!((*status, code), (expected_status, expected_code), "{body}");
        if expected == Answer::Meeting {
            assert_eq!(body["Meeting"]["MeetingId"], self.ids[token].as_str());
        }
    }

    fn item(&self, id: &str) -> Value {
        let key = json!({"MeetingId": {"S": id}});
        let read = json!({"TableName": "meetings", "Key": key, "ConsistentRead": true});
        self.stage.read("GetItem", read)["Item"].clone()
    }

    /// Compares the table with the model's.
    fn compare_table(&self, state: &State) {
        let primary = self.item(&self.primary);
        assert_eq!(primary.get("EndedAt").is_some(), state.ended, "{primary}");
        for (token, expected) in state.tokens.iter().enumerate() {
            let id = json!(self.ids[token]);
            let listed = primary["Replicas"]["SS"].as_array();
            let is_listed = listed.is_some_and(|listed| listed.contains(&id));
            assert_eq!(is_listed, expected.listed, "the place of token {token}: {primary}");
            let item = self.item(&self.ids[token]);
            let has = |name| item.get(name).is_some();
            let found = match (has("MeetingId"), has("PrimaryMeetingId"), has("EndedAt")) {
                (false, ..) => Item::None,
                (_, true, false) => Item::Replica,
                (_, true, true) => Item::EndedReplica,
                (_, false, false) => Item::Plain,
                (_, false, true) => Item::Ended,
            };
            assert_eq!(found, expected.item, "the item of token {token}: {item}");
        }
    }
}

/// Whether a lost or late request finds a full primary.
fn is_refused(action: &Action) -> bool {
    matches!(action, Action::Lost(_, _, _, Outcome::Full) | Action::Late(_, _, _, Outcome::Full))
}

async fn follow_history(history: History<Replicas>) {
    let mut meetings = Meetings::new(&history).await;
    for step in &history {
        meetings.run(step.action).await;
        meetings.compare_table(&step.next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_model_says_in_a_shortest_history_to_each_kind_of_step() {
    let bounds = [REPLICAS, LATE_REPLICAS, REPLICAS_AND_CLOCKS];
    let reports = bounds.into_iter().map(|bounds| bounds.explore());
    follow::each_kind_of_step(reports, 100, follow_history).await;
}
