//! The real service takes every step of the model of capabilities, with the same outcomes.

use rollcall_protocol::capabilities::{
    Action, CALLERS, Capabilities, State, Update, VALUES, Value as Number,
};
use rollcall_protocol::explorer::History;
use serde_json::{Value, json};

use crate::follow;
use crate::search::CAPABILITIES;
use crate::stage::{Call, Sent, Stage};

/// What the model's capabilities stand for; an attendee is created with the first.
const NAMES: [&str; VALUES as usize] = ["SendReceive", "Receive", "Send"];

/// An attendee, and the requests that concern it.
struct Attendee {
    stage: Stage,
    meeting: String,
    id: String,
    calls: [Option<Call>; CALLERS],
    late: Option<Sent>,
}

fn capabilities(number: Number) -> Value {
    json!({"Audio": NAMES[usize::from(number)], "Video": "SendReceive", "Content": "SendReceive"})
}

/// Reads of the meeting, which does not change.
fn is_outside(sent: &Sent) -> bool {
    sent.operation == "GetItem"
}

impl Attendee {
    async fn new() -> Self {
        let stage = Stage::new(1).await;
        let meeting = json!({
            "ClientRequestToken": "token", "ExternalMeetingId": "standup", "MediaRegion": "us-east-1",
        });
        let created = stage.ask("POST", "/meetings", meeting).await;
        let meeting = created["Meeting"]["MeetingId"].as_str().unwrap().to_owned();
        let body = json!({"ExternalUserId": "alice", "Capabilities": capabilities(0)});
        let created = stage.ask("POST", &format!("/meetings/{meeting}/attendees"), body).await;
        let id = created["Attendee"]["AttendeeId"].as_str().unwrap().to_owned();
        Self { stage, meeting, id, calls: Default::default(), late: None }
    }

    async fn run(&mut self, action: Action) {
        match action {
            Action::Begin(caller, to) => {
                let path = format!("/meetings/{}/attendees/{}/capabilities", self.meeting, self.id);
                let body = json!({"Capabilities": capabilities(to)});
                self.calls[caller] = Some(self.stage.call(false, ("PUT", path, body)));
                self.expect(caller, "Query").await;
            }
            Action::Found(caller, to, update) => {
                let sent = self.expect(caller, "Query").await;
                self.calls[caller].as_mut().unwrap().apply(&self.stage, &sent, true);
                match update {
                    Some(update) => drop(self.expect_update(caller, update).await),
                    None => self.answer(caller, to).await,
                }
            }
            Action::Answered(caller, update, _) => {
                let sent = self.expect_update(caller, update).await;
                self.calls[caller].as_mut().unwrap().apply(&self.stage, &sent, true);
                self.answer(caller, update.to).await;
            }
            Action::Lost(caller, update, _) => {
                let sent = self.expect_update(caller, update).await;
                self.calls[caller].as_mut().unwrap().apply(&self.stage, &sent, false);
                self.expect_update(caller, update).await;
            }
            Action::Delayed(caller, update) => {
                let sent = self.expect_update(caller, update).await;
                self.calls[caller].as_mut().unwrap().delay(&sent);
                self.late = Some(sent);
                self.expect_update(caller, update).await;
            }
            Action::Late(..) => self.stage.apply(&self.late.take().unwrap()),
            Action::Crash(caller) => self.calls[caller].take().unwrap().crash(),
        }
    }

    async fn expect(&mut self, caller: usize, operation: &str) -> Sent {
        let call = self.calls[caller].as_mut().unwrap();
        call.expect(&self.stage, |sent| sent.operation == operation, is_outside).await
    }

    async fn expect_update(&mut self, caller: usize, update: Update) -> Sent {
        let sent = self.expect(caller, "UpdateItem").await;
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        let values = &body["ExpressionAttributeValues"];
        assert_eq!(values[":to"]["M"]["Audio"]["S"], NAMES[usize::from(update.to)], "{body}");
        assert_eq!(values[":next"]["N"], (update.revision + 1).to_string(), "{body}");
        sent
    }

    /// Waits for the answer to the caller, and compares it.
    async fn answer(&mut self, caller: usize, to: Number) {
        let call = self.calls[caller].take().unwrap();
        let (status, body) = call.answer(&self.stage, is_outside).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["Attendee"]["Capabilities"], capabilities(to));
    }

    /// Compares the attendee's item with the model's.
    fn compare_item(&self, state: &State) {
        let key = json!({"MeetingId": {"S": self.meeting}, "ExternalUserId": {"S": "alice"}});
        let read = json!({"TableName": "attendees", "Key": key, "ConsistentRead": true});
        let item = &self.stage.read("GetItem", read)["Item"];
        let audio = &item["Capabilities"]["M"]["Audio"]["S"];
        assert_eq!(audio, NAMES[usize::from(state.value)], "{item}");
        let revision = item["Revision"]["N"].as_str().unwrap_or("0");
        assert_eq!(revision, state.revision.to_string(), "{item}");
    }
}

async fn follow_history(history: History<Capabilities>) {
    let mut attendee = Attendee::new().await;
    for step in &history {
        attendee.run(step.action).await;
        attendee.compare_item(&step.next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_model_says_in_a_shortest_history_to_each_kind_of_step() {
    let report = CAPABILITIES.explore();
    follow::each_kind_of_step(std::iter::once(report), 12, follow_history).await;
}
