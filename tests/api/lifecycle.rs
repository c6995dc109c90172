//! Which changes of items are events, and what the events say.

use dynoxide::Item;
use rollcall_testing::lifecycle::{Change, Event, Table, event};
use serde_json::{Value, json};
use uuid::Uuid;

const MEETING: &str = "0d5b1c0e-0e3b-4b6c-8b0e-3f2d1c0b9a87";
/// When each change happens, and when the meeting's lifetime ends, in seconds since 1970.
const AT: i64 = 1_800_000_000;
const END: i64 = AT + 60;

/// An item, from its attributes in DynamoDB's JSON.
fn item(attributes: Value) -> Item {
    serde_json::from_value(attributes).unwrap()
}

/// The item of an active meeting, with other attributes than usual.
fn meeting(others: Value) -> Option<Item> {
    let mut item = item(json!({
        "MeetingId": {"S": MEETING},
        "ExternalMeetingId": {"S": "standup"},
        "MediaRegion": {"S": "eu-central-1"},
        "MeetingHostId": {"S": "host"},
        "ExpiresAt": {"N": END.to_string()},
        "MeetingTags": {"M": {}},
    }));
    item.extend(self::item(others));
    Some(item)
}

/// The item of a replica that was ended before it was created.
fn placeholder() -> Option<Item> {
    let end = END.to_string();
    Some(item(json!({"MeetingId": {"S": MEETING}, "EndedAt": {"N": end}, "ExpiresAt": {"N": end}})))
}

fn attendee(id: &str, others: Value) -> Option<Item> {
    let media =
        json!({"Audio": {"S": "Send"}, "Video": {"S": "Receive"}, "Content": {"S": "None"}});
    let mut item = item(json!({
        "MeetingId": {"S": MEETING},
        "ExternalUserId": {"S": "alice"},
        "AttendeeId": {"S": id},
        "JoinToken": {"S": "a secret"},
        "Capabilities": {"M": media},
    }));
    item.extend(self::item(others));
    Some(item)
}

fn tombstone(id: &str) -> Option<Item> {
    let mut item = attendee(id, json!({"DeletedAt": {"N": "1"}})).unwrap();
    item.retain(|name, _| name != "JoinToken" && name != "Capabilities");
    Some(item)
}

fn change(table: Table, old: Option<Item>, new: Option<Item>, at: i64) -> Option<Event> {
    let change = Change { id: Uuid::nil(), table, old, new, at };
    event(&change, |id| meeting(json!({})).filter(|_| id == MEETING))
}

#[test]
fn a_meeting_starts_when_it_becomes_active_and_ends_when_it_no_longer_is() {
    let active = || meeting(json!({}));
    let deleted = || meeting(json!({"EndedAt": {"N": "1"}, "ExpiresAt": {"N": "9"}}));
    let seat = || meeting(json!({"Seats": {"BS": ["AAAA"]}}));
    let tag = || meeting(json!({"MeetingTags": {"M": {"team": {"S": "blue"}}}}));
    let primary = || meeting(json!({"Replicas": {"SS": [MEETING]}}));
    let (started, ended) = (Some("chime:MeetingStarted"), Some("chime:MeetingEnded"));
    for (what, old, new, expected) in [
        ("created", None, active(), started),
        ("created after a placeholder", placeholder(), active(), started),
        ("deleted", active(), deleted(), ended),
        ("deleted with seats", seat(), deleted(), ended),
        ("removed by the time to live", active(), None, ended),
        ("a seat is reserved", active(), seat(), None),
        ("a seat is freed", seat(), active(), None),
        ("tagged", active(), tag(), None),
        ("a replica is added", active(), primary(), None),
        ("written without a change", active(), active(), None),
        ("removed after it was deleted", deleted(), None, None),
        ("a replica ends before it exists", None, placeholder(), None),
        ("the placeholder is removed", placeholder(), None, None),
    ] {
        let event = change(Table::Meetings, old, new, AT);
        assert_eq!(event.map(|event| event.detail.event_type), expected, "{what}");
    }
}

#[test]
fn an_attendee_is_added_updated_and_deleted_but_its_removal_with_the_meeting_is_no_event() {
    let with = |id, revision: &str| attendee(id, json!({"Revision": {"N": revision}}));
    let new = |id| attendee(id, json!({}));
    let (added, deleted) = (Some("chime:AttendeeAdded"), Some("chime:AttendeeDeleted"));
    let updated = Some("chime:AttendeeCapabilitiesUpdated");
    for (what, old, new, expected) in [
        ("created", None, new("1"), added),
        ("created again after it was deleted", tombstone("1"), new("2"), added),
        ("replaced by another one", new("1"), new("2"), added),
        ("deleted", new("1"), tombstone("1"), deleted),
        ("deleted after an update", with("1", "3"), tombstone("1"), deleted),
        ("updated", new("1"), with("1", "1"), updated),
        ("updated again", with("1", "1"), with("1", "2"), updated),
        ("written without a change", with("1", "1"), with("1", "1"), None),
        ("the tombstone is written again", tombstone("1"), tombstone("1"), None),
        ("a tombstone without an attendee before", None, tombstone("1"), None),
        ("removed with its meeting", new("1"), None, None),
        ("the tombstone is removed", tombstone("1"), None, None),
    ] {
        let event = change(Table::Attendees, old, new, AT);
        assert_eq!(event.map(|event| event.detail.event_type), expected, "{what}");
    }
}

#[test]
fn a_meeting_ends_with_its_lifetime_although_its_item_changes_later() {
    let deleted = || meeting(json!({"EndedAt": {"N": "1"}, "ExpiresAt": {"N": "9"}}));
    for (new, at, end) in
        [(deleted(), END - 1, END - 1), (deleted(), END + 5, END), (None, END + 100_000, END)]
    {
        let event = change(Table::Meetings, meeting(json!({})), new, at).unwrap();
        assert_eq!(event.detail.timestamp, end * 1_000);
    }
}

#[test]
fn an_event_has_the_documented_members_and_no_join_token() {
    let update = attendee("1", json!({"Revision": {"N": "1"}}));
    let of_meeting = change(Table::Meetings, None, meeting(json!({})), AT).unwrap();
    let of_attendee = change(Table::Attendees, attendee("1", json!({})), update, AT).unwrap();
    let envelope = |detail| {
        json!({
            "version": "0",
            "id": "00000000-0000-0000-0000-000000000000",
            "detail-type": "Chime Meeting State Change",
            "source": "aws.chime",
            "account": "000000000000",
            "time": "2027-01-15T08:00:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail": detail,
        })
    };
    let expected = envelope(json!({
        "version": "0",
        "eventType": "chime:MeetingStarted",
        "timestamp": 1_800_000_000_000_i64,
        "meetingId": MEETING,
        "externalMeetingId": "standup",
        "mediaRegion": "eu-central-1",
    }));
    assert_eq!(serde_json::to_value(of_meeting).unwrap(), expected);
    let expected = envelope(json!({
        "version": "0",
        "eventType": "chime:AttendeeCapabilitiesUpdated",
        "timestamp": 1_800_000_000_000_i64,
        "meetingId": MEETING,
        "attendeeId": "1",
        "externalUserId": "alice",
        "externalMeetingId": "standup",
        "mediaRegion": "eu-central-1",
        "success": "1",
        "attendeeCapabilities": {"audio": "Send", "video": "Receive", "content": "None"},
    }));
    assert_eq!(serde_json::to_value(of_attendee).unwrap(), expected);
}

#[test]
fn without_the_meetings_item_an_event_lacks_what_only_that_has() {
    let (old, new) = (None, attendee("1", json!({})));
    let change = Change { id: Uuid::nil(), table: Table::Attendees, old, new, at: AT };
    let detail = event(&change, |_| None).unwrap().detail;
    assert_eq!(detail.external_user_id.as_deref(), Some("alice"));
    assert_eq!((detail.external_meeting_id, detail.media_region), (None, None));
}
