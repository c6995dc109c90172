//! The real service takes every step of the model of capabilities, with the same outcomes.

use rollcall_protocol::callers::History;
use rollcall_protocol::capabilities::{
    Capabilities, Request, Response, State, VALUES, Value as Number,
};
use rollcall_testing::direct::Sent;
use serde_json::{Value, json};

use crate::follow::{self, Scene};
use crate::search::CAPABILITIES;
use crate::stage::Stage;

/// What the model's capabilities stand for; an attendee is created with the first.
const NAMES: [&str; VALUES as usize] = ["SendReceive", "Receive", "Send"];

struct Attendee {
    meeting: String,
    id: String,
}

fn capabilities(number: Number) -> Value {
    json!({"Audio": NAMES[usize::from(number)], "Video": "SendReceive", "Content": "SendReceive"})
}

impl Scene<Capabilities> for Attendee {
    async fn new(stage: &Stage, _: &History<Capabilities>) -> Self {
        let meeting = stage.create_meeting("token", None).await;
        let body = json!({"ExternalUserId": "alice", "Capabilities": capabilities(0)});
        let created = stage.ask("POST", &format!("/meetings/{meeting}/attendees"), body).await;
        let id = created["Attendee"]["AttendeeId"].as_str().unwrap().to_owned();
        Self { meeting, id }
    }

    fn http(&self, _: usize, request: Request) -> (&'static str, String, Value) {
        let (Request::Find { to } | Request::Update { to, .. }) = request;
        let path = format!("/meetings/{}/attendees/{}/capabilities", self.meeting, self.id);
        ("PUT", path, json!({"Capabilities": capabilities(to)}))
    }

    fn is(&self, _: usize, request: Request, sent: &Sent) -> bool {
        let Request::Update { revision, to, .. } = request else {
            return sent.operation == "Query";
        };
        let body: Value = serde_json::from_str(&sent.body).unwrap();
        let values = &body["ExpressionAttributeValues"];
        sent.operation == "UpdateItem"
            && values[":to"]["M"]["Audio"]["S"] == NAMES[usize::from(to)]
            && values[":next"]["N"] == format!("{}", revision + 1)
    }

    /// Reads of the meeting, which does not change.
    fn is_outside(&self, sent: &Sent) -> bool {
        sent.operation == "GetItem"
    }

    fn compare_response(
        &self,
        _: usize,
        request: Request,
        Response::Updated: Response,
        (status, body): &(u16, Value),
    ) {
        let (Request::Find { to } | Request::Update { to, .. }) = request;
        assert_eq!(*status, 200, "{body}");
        assert_eq!(body["Attendee"]["Capabilities"], capabilities(to));
    }

    fn compare_tables(&self, stage: &Stage, state: &State) {
        let [item] = &*stage.attendees(&self.meeting) else { panic!("one attendee") };
        let audio = &item["Capabilities"]["M"]["Audio"]["S"];
        assert_eq!(audio, NAMES[usize::from(state.value)], "{item}");
        let revision = item["Revision"]["N"].as_str().unwrap_or("0");
        assert_eq!(revision, state.revision.to_string(), "{item}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_model_says_in_a_shortest_history_to_each_kind_of_step() {
    follow::each_kind_of_step::<_, Attendee>(&[&CAPABILITIES], 12).await;
}
