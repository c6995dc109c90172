//! The real service takes every step of the model of one meeting, with the same outcomes.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rollcall::domain::{ExternalUserId, MeetingId};
use rollcall_protocol::attendees::{Attendees, Id, Item, Request, Response, State, USERS};
use rollcall_protocol::callers::History;
use rollcall_testing::direct::Sent;
use serde_json::{Value, json};

use crate::follow::{self, Scene};
use crate::search::{CLOCKS, CLOCKS_AND_END, ONE_SEAT, TWO_DELETIONS};
use crate::stage::Stage;

const NAMES: [&str; USERS] = ["alice", "bob"];

/// A meeting with one seat.
struct Meeting {
    id: String,
    ids: HashMap<(usize, Id), String>,
}

impl Scene<Attendees> for Meeting {
    async fn new(stage: &Stage, _: &History<Attendees>) -> Self {
        Self { id: stage.create_meeting("token", None).await, ids: HashMap::new() }
    }

    fn http(&self, user: usize, request: Request) -> (&'static str, String, Value) {
        let path = format!("/meetings/{}", self.id);
        match request {
            Request::FindMeeting { id } => {
                ("DELETE", format!("{path}/attendees/{}", self.ids[&(user, id)]), Value::Null)
            }
            Request::EndMeeting => ("DELETE", path, Value::Null),
            _ => ("POST", format!("{path}/attendees"), json!({"ExternalUserId": NAMES[user]})),
        }
    }

    fn is(&self, _: usize, request: Request, sent: &Sent) -> bool {
        let (operation, part) = match request {
            Request::ReserveSeat => ("UpdateItem", "ADD Seats"),
            Request::PutAttendee { .. } => ("PutItem", ""),
            Request::RecreateAttendee { .. } => ("TransactWriteItems", "ADD Seats"),
            Request::FindMeeting { .. } => ("GetItem", ""),
            Request::FindAttendee { .. } => ("Query", "ByAttendeeId"),
            Request::DeleteAttendee { .. } => ("TransactWriteItems", "DELETE Seats"),
            Request::EndMeeting => ("UpdateItem", "SET EndedAt"),
            Request::FindItems => ("Query", "ProjectionExpression"),
            Request::RemoveItems { .. } => ("BatchWriteItem", ""),
        };
        sent.operation == operation && sent.body.contains(part)
    }

    /// DeleteAttendee reads meeting and attendee at the same time.
    fn is_left(&self, sent: &Sent) -> bool {
        sent.operation == "Query"
    }

    /// The id that the request gives to an attendee.
    fn learn(&mut self, user: usize, request: Request, sent: &Sent) {
        if let Request::PutAttendee { id } | Request::RecreateAttendee { id, .. } = request {
            let body: Value = serde_json::from_str(&sent.body).unwrap();
            let item = body.get("Item").unwrap_or(&body["TransactItems"][1]["Put"]["Item"]);
            self.ids.insert((user, id), item["AttendeeId"]["S"].as_str().unwrap().to_owned());
        }
    }

    fn compare_response(
        &self,
        user: usize,
        _: Request,
        expected: Response,
        (status, body): &(u16, Value),
    ) {
        let said = |name: &str| (*status, body[name].as_str().unwrap_or_default());
        match expected {
            Response::Attendee(id) => {
                assert_eq!(*status, 200, "{body}");
                assert_eq!(body["Attendee"]["AttendeeId"], self.ids[&(user, id)].as_str());
            }
            Response::Done => assert_eq!(*status, 204, "{body}"),
            Response::Full => assert_eq!(said("Code"), (400, "LimitExceededException")),
            Response::Ended => assert_eq!(said("Message"), (404, "The meeting has ended")),
            Response::NoSuchAttendee => {
                assert_eq!(said("Message"), (404, "The attendee does not exist"));
            }
        }
    }

    fn compare_tables(&self, stage: &Stage, state: &State) {
        let meeting = stage.meeting(&self.id);
        assert_eq!(meeting.get("EndedAt").is_some(), state.ended, "{meeting}");
        let items = stage.attendees(&self.id);
        for (user, expected) in state.users.iter().enumerate() {
            let external = ExternalUserId::parse(NAMES[user].to_owned()).ok().unwrap();
            let seat = MeetingId::parse(&self.id).ok().unwrap().seat_of(external.expose());
            let seat = json!(STANDARD.encode(seat));
            let seats = meeting["Seats"]["BS"].as_array();
            let has_seat = seats.is_some_and(|seats| seats.contains(&seat));
            assert_eq!(has_seat, expected.seat, "the seat of {}: {meeting}", NAMES[user]);
            let item = items.iter().find(|item| item["ExternalUserId"]["S"] == NAMES[user]);
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

#[tokio::test(flavor = "multi_thread")]
async fn the_service_does_what_the_model_says_in_a_shortest_history_to_each_kind_of_step() {
    let bounds = [&ONE_SEAT, &CLOCKS, &CLOCKS_AND_END, &TWO_DELETIONS];
    follow::each_kind_of_step::<_, Meeting>(&bounds, 80).await;
}
