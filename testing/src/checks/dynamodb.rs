//! A fake DynamoDB in memory. Its fixed responses let requests pass the store quickly.

use std::cell::Cell;

use aws_sdk_dynamodb::Client;
use serde_json::{Value, json};

use crate::direct::{self, Sent};

/// The external id of every meeting that exists: digits, which `body::renamed` leaves unchanged.
pub const EXTERNAL_MEETING_ID: &str = "42";
/// Its Region.
pub const MEDIA_REGION: &str = "eu-central-1";

thread_local! {
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

/// The contents of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// No items: each put creates one.
    Empty,
    /// Every meeting exists, is active, has free seats and one attendee.
    Open,
    /// Every meeting exists, without video and full.
    Full,
    /// Every meeting exists with free seats, and so does each item that is put.
    Repeated,
}

impl Tables {
    pub const ALL: [Self; 4] = [Self::Empty, Self::Open, Self::Full, Self::Repeated];

    pub fn client(self) -> Client {
        let config = direct::config(move |Sent { operation, body }| async move {
            REQUESTS.set(REQUESTS.get() + 1);
            let (status, body) = self.respond(&operation, &serde_json::from_str(&body).unwrap());
            Some((status, body.to_string()))
        });
        Client::from_conf(config.build())
    }

    fn respond(self, operation: &str, sent: &Value) -> (u16, Value) {
        let nothing = (200, json!({}));
        let key = &sent["Key"]["MeetingId"];
        match (operation, self) {
            ("GetItem", Self::Empty) => nothing,
            ("GetItem", _) => (200, json!({"Item": self.meeting(key)})),
            ("Query", Self::Open) => {
                let meeting = &sent["ExpressionAttributeValues"][":meeting"];
                let attendee = json!({
                    "MeetingId": meeting,
                    "ExternalUserId": {"S": "alice"},
                    "AttendeeId": {"S": "0f8fad5b-d9cb-469f-a165-70867728950e"},
                    "JoinToken": {"S": "a-token"},
                    "Capabilities": {"M": {
                        "Audio": {"S": "Send"}, "Video": {"S": "Send"}, "Content": {"S": "Send"},
                    }},
                });
                (200, json!({"Items": [attendee], "Count": 1, "ScannedCount": 1}))
            }
            ("Query", _) => (200, json!({"Items": [], "Count": 0, "ScannedCount": 0})),
            ("PutItem", Self::Repeated) => refused(&sent["Item"]),
            ("UpdateItem", Self::Empty) => refused(&Value::Null),
            ("UpdateItem", _) if sent["ReturnValues"] == "ALL_NEW" => {
                (200, json!({"Attributes": self.meeting(key)}))
            }
            ("UpdateItem", Self::Full) if reserves_seat(sent) => refused(&self.meeting(key)),
            ("PutItem" | "UpdateItem" | "BatchWriteItem" | "TransactWriteItems", _) => nothing,
            other => panic!("no response for {other:?}"),
        }
    }

    /// An item as the service writes it.
    fn meeting(self, id: &Value) -> Value {
        let mut item = json!({
            "MeetingId": id,
            "ExternalMeetingId": {"S": EXTERNAL_MEETING_ID},
            "MediaRegion": {"S": MEDIA_REGION},
            "MaxAttendees": {"N": "1"},
            "ExpiresAt": {"N": "1800003600"},
            "TenantIds": {"L": []},
            "MeetingTags": {"M": {"team": {"S": "blue"}}},
            "TagsAtCreation": {"M": {}},
        });
        if self == Self::Full {
            item["VideoMaxResolution"] = json!({"S": "None"});
            item["ExcludedMedia"] = json!({"SS": ["Video"]});
            item["Seats"] = json!({"BS": ["AAAAAAAAAAAAAAAAAAAAAA=="]});
        }
        item
    }
}

/// How many requests this thread has made since the last call.
pub fn take_requests() -> usize {
    REQUESTS.take()
}

/// Whether an update reserves a seat, the only update that a full meeting refuses.
fn reserves_seat(sent: &Value) -> bool {
    sent["UpdateExpression"].as_str().unwrap().starts_with("ADD Seats")
}

/// The response for a failed condition, with the existing item.
fn refused(item: &Value) -> (u16, Value) {
    let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    (400, json!({"__type": kind, "message": "The conditional request failed", "Item": item}))
}
