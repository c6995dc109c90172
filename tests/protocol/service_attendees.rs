//! The real service takes every step of the model of one meeting, with the same outcomes.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall::domain::{ExternalUserId, MeetingId};
use rollcall_protocol::attendees::{
    Action, Answer, Attendees, CALLERS, Id, Item, Next, Request, State, USERS,
};
use rollcall_protocol::explorer::History;
use serde_json::{Value, json};

use crate::follow;
use crate::search::{CLOCKS, CLOCKS_AND_END, ONE_SEAT, TWO_DELETIONS};
use crate::stage::{Call, Sent, Stage};

const NAMES: [&str; USERS] = ["alice", "bob"];

/// A meeting and what the model's names stand for.
struct Meeting {
    stage: Stage,
    id: String,
    calls: [[Option<Call>; CALLERS]; USERS],
    late: [[Option<Sent>; 2]; USERS],
    ids: HashMap<(usize, Id), String>,
}

/// Whether the service sends this request where the model sends that one.
fn is(request: Request, sent: &Sent) -> bool {
    let (operation, part) = match request {
        Request::ReserveSeat { .. } => ("UpdateItem", "ADD Seats"),
        Request::PutAttendee { .. } => ("PutItem", ""),
        Request::RecreateAttendee { .. } => ("TransactWriteItems", "ADD Seats"),
        Request::FindMeeting { .. } => ("GetItem", ""),
        Request::FindAttendee { .. } => ("Query", "ByAttendeeId"),
        Request::DeleteAttendee { .. } => ("TransactWriteItems", "DELETE Seats"),
        Request::EndMeeting { .. } => ("UpdateItem", "SET EndedAt"),
        Request::FindItems => ("Query", "ProjectionExpression"),
        Request::RemoveItems { .. } => ("BatchWriteItem", ""),
        Request::FreeSeat { .. } => ("", "only with a planted bug"),
    };
    sent.operation == operation && sent.body.contains(part)
}

/// The clock that a request was made with, if it has one.
fn clock(request: Request) -> Option<bool> {
    match request {
        Request::ReserveSeat { expired }
        | Request::RecreateAttendee { expired, .. }
        | Request::FindMeeting { expired, .. }
        | Request::DeleteAttendee { expired, .. }
        | Request::EndMeeting { expired }
        | Request::FreeSeat { expired, .. } => Some(expired),
        _ => None,
    }
}

impl Meeting {
    async fn new(limit: usize) -> Self {
        let stage = Stage::new(limit).await;
        let meeting = json!({
            "ClientRequestToken": "token", "ExternalMeetingId": "standup", "MediaRegion": "us-east-1",
        });
        let created = stage.ask("POST", "/meetings", meeting).await;
        let id = created["Meeting"]["MeetingId"].as_str().unwrap().to_owned();
        Self { stage, id, calls: Default::default(), late: Default::default(), ids: HashMap::new() }
    }

    async fn run(&mut self, action: Action) {
        match action {
            Action::Begin(user, caller, request) => {
                let path = format!("/meetings/{}", self.id);
                let http = match request {
                    Request::FindMeeting { id, .. } => {
                        let id = &self.ids[&(user, id)];
                        ("DELETE", format!("{path}/attendees/{id}"), Value::Null)
                    }
                    Request::EndMeeting { .. } => ("DELETE", path, Value::Null),
                    _ => {
                        let body = json!({"ExternalUserId": NAMES[user]});
                        ("POST", format!("{path}/attendees"), body)
                    }
                };
                let call = self.stage.call(clock(request).unwrap_or_default(), http);
                self.calls[user][caller] = Some(call);
                self.expect(user, caller, request).await;
            }
            Action::Answered(user, caller, request, _, next) => {
                let sent = self.expect(user, caller, request).await;
                let mut call = self.calls[user][caller].take().unwrap();
                if let Next::Send(next) | Next::AnswerAfter(next) = next
                    && let Some(is_over) = clock(next)
                {
                    call.set_clock(is_over);
                }
                call.apply(&self.stage, &sent, true);
                match next {
                    Next::Send(next) | Next::AnswerAfter(next) => {
                        self.calls[user][caller] = Some(call);
                        self.expect(user, caller, next).await;
                    }
                    Next::Answer(answer) => {
                        // DeleteAttendee reads meeting and attendee at the same time.
                        let answered = call.answer(&self.stage, |sent| sent.operation == "Query");
                        self.compare(user, answer, &answered.await);
                    }
                }
            }
            Action::Lost(user, caller, request, _) => {
                let sent = self.expect(user, caller, request).await;
                self.calls[user][caller].as_mut().unwrap().apply(&self.stage, &sent, false);
                self.expect(user, caller, request).await;
            }
            Action::Delayed(user, caller, request) => {
                let sent = self.expect(user, caller, request).await;
                self.calls[user][caller].as_mut().unwrap().delay(&sent);
                *self.late[user].iter_mut().find(|late| late.is_none()).unwrap() = Some(sent);
                self.expect(user, caller, request).await;
            }
            Action::Late(user, index, ..) => {
                self.stage.apply(&self.late[user][index].take().unwrap());
            }
            Action::Crash(user, caller) => self.calls[user][caller].take().unwrap().crash(),
            Action::Tick(_) => {}
        }
    }

    /// Waits for the request, and learns the id that it gives to an attendee.
    async fn expect(&mut self, user: usize, caller: usize, request: Request) -> Sent {
        let call = self.calls[user][caller].as_mut().unwrap();
        let sent = call.expect(&self.stage, |sent| is(request, sent), |_| false).await;
        if let Request::PutAttendee { id } | Request::RecreateAttendee { id, .. } = request {
            let body: Value = serde_json::from_str(&sent.body).unwrap();
            let item = body.get("Item").unwrap_or(&body["TransactItems"][1]["Put"]["Item"]);
            self.ids.insert((user, id), item["AttendeeId"]["S"].as_str().unwrap().to_owned());
        }
        sent
    }

    fn compare(&self, user: usize, expected: Answer, (status, body): &(u16, Value)) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let said = (*status, text(&body["Code"]), text(&body["Message"]));
        match expected {
            Answer::Attendee(id) => {
                assert_eq!(*status, 200, "{body}");
                assert_eq!(body["Attendee"]["AttendeeId"], self.ids[&(user, id)].as_str());
            }
            Answer::Done => assert_eq!(*status, 204, "{body}"),
            Answer::Full => assert_eq!((said.0, said.1.as_str()), (400, "LimitExceededException")),
            Answer::Ended => assert_eq!((said.0, said.2.as_str()), (404, "The meeting has ended")),
            Answer::NoSuchAttendee => {
                assert_eq!((said.0, said.2.as_str()), (404, "The attendee does not exist"));
            }
        }
    }

    /// Compares the tables with the model's.
    fn compare_tables(&self, state: &State) {
        let key = json!({"MeetingId": {"S": self.id}});
        let read = json!({"TableName": "meetings", "Key": key, "ConsistentRead": true});
        let meeting = &self.stage.read("GetItem", read)["Item"];
        assert_eq!(meeting.get("EndedAt").is_some(), state.ended, "{meeting}");
        let query = json!({
            "TableName": "attendees", "KeyConditionExpression": "MeetingId = :id",
            "ExpressionAttributeValues": {":id": {"S": self.id}},
        });
        let items = self.stage.read("Query", query);
        for (user, expected) in state.users.iter().enumerate() {
            let external = ExternalUserId::parse(NAMES[user].to_owned()).ok().unwrap();
            let seat = MeetingId::parse(&self.id).ok().unwrap().seat_of(&external);
            let seat = json!(STANDARD.encode(seat));
            let seats = meeting["Seats"]["BS"].as_array();
            let has_seat = seats.is_some_and(|seats| seats.contains(&seat));
            assert_eq!(has_seat, expected.seat, "the seat of {}: {meeting}", NAMES[user]);
            let mut items = items["Items"].as_array().unwrap().iter();
            let item = items.find(|item| item["ExternalUserId"]["S"] == NAMES[user]);
            let found = item.map(|item| {
                (item["AttendeeId"]["S"].as_str().unwrap(), item.get("DeletedAt").is_some())
            });
            let expected = match expected.item {
                Item::None => None,
                Item::Attendee(id) => Some((self.ids[&(user, id)].as_str(), false)),
                Item::Tombstone(id) => Some((self.ids[&(user, id)].as_str(), true)),
            };
            assert_eq!(found, expected, "the item of {}", NAMES[user]);
        }
    }
}

async fn follow_history(limit: usize, history: History<Attendees>) {
    let mut meeting = Meeting::new(limit).await;
    for step in &history {
        meeting.run(step.action).await;
        meeting.compare_tables(&step.next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_model_says_in_a_shortest_history_to_each_kind_of_step() {
    let bounds = [ONE_SEAT, CLOCKS, CLOCKS_AND_END, TWO_DELETIONS];
    let reports = bounds.into_iter().map(|bounds| bounds.explore());
    follow::each_kind_of_step(reports, 80, |history| follow_history(ONE_SEAT.limit, history)).await;
}
