//! The events that `cargo local` delivers to its `--events`.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use rollcall_testing::emulator;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::data::DataFile;
use super::{Local, PATIENCE, command, error_of, program};
use crate::app::{chime_client, listen, refused};
use crate::suite::create_attendee::capabilities;

/// A server that events are sent to.
struct Receiver {
    url: String,
    received: UnboundedReceiver<(HeaderMap, Value)>,
}

type Responses = (UnboundedSender<(HeaderMap, Value)>, Arc<Mutex<Vec<u16>>>);

async fn receive(
    State((sender, responses)): State<Responses>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    sender.send((headers, serde_json::from_str(&body).unwrap())).unwrap();
    let mut responses = responses.lock().unwrap();
    let status = if responses.is_empty() { 204 } else { responses.remove(0) };
    StatusCode::from_u16(status).unwrap()
}

impl Receiver {
    /// A receiver that gives these responses, and then 204.
    async fn new(responses: &[u16]) -> Self {
        let (listener, url) = listen().await;
        Self::on(listener, url, responses)
    }

    fn on(listener: TcpListener, url: String, responses: &[u16]) -> Self {
        let (sender, received) = unbounded_channel();
        let responses = Arc::new(Mutex::new(responses.to_vec()));
        let routes = Router::new().fallback(receive).with_state((sender, responses));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, received }
    }

    /// The next event.
    async fn next(&mut self) -> Value {
        self.next_with_headers().await.1
    }

    async fn next_with_headers(&mut self) -> (HeaderMap, Value) {
        let received = tokio::time::timeout(PATIENCE, self.received.recv()).await;
        received.expect("an event").unwrap()
    }

    async fn types(&mut self, count: usize) -> Vec<String> {
        let mut types = Vec::new();
        for _ in 0..count {
            types.push(event_type(&self.next().await));
        }
        types
    }
}

fn event_type(event: &Value) -> String {
    event["detail"]["eventType"].as_str().unwrap().trim_start_matches("chime:").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_one_event_in_the_order_of_the_changes_and_no_event_has_a_join_token() {
    let mut receiver = Receiver::new(&[]).await;
    let mut local = Local::start(&["--events", &receiver.url]);
    let client = chime_client(&local.api);
    let meeting_id = local.create_meeting().await;
    assert_eq!(local.create_meeting().await, meeting_id, "a replay is no event");
    let alice = local.create_attendee(&meeting_id).await;
    local.create_attendee(&meeting_id).await;
    let id = alice.attendee_id().unwrap();
    let update = client.update_attendee_capabilities().meeting_id(&meeting_id).attendee_id(id);
    update.capabilities(capabilities("Receive", "None", "None")).send().await.unwrap();
    client.delete_attendee().meeting_id(&meeting_id).attendee_id(id).send().await.unwrap();
    let again = local.create_attendee(&meeting_id).await;
    client.delete_meeting().meeting_id(&meeting_id).send().await.unwrap();

    let mut events = Vec::new();
    for expected in [
        "MeetingStarted",
        "AttendeeAdded",
        "AttendeeCapabilitiesUpdated",
        "AttendeeDeleted",
        "AttendeeAdded",
        "MeetingEnded",
    ] {
        let event = receiver.next().await;
        assert_eq!(event_type(&event), expected);
        assert_eq!(event["detail"]["meetingId"], meeting_id);
        assert_eq!(event["detail"]["externalMeetingId"], "standup");
        assert_eq!(event["detail"]["mediaRegion"], "us-east-1");
        events.push(event);
    }
    assert_eq!(events[1]["detail"]["attendeeId"], id);
    assert_eq!(events[4]["detail"]["attendeeId"], again.attendee_id().unwrap());
    let mut ids: Vec<_> = events.iter().map(|event| event["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), events.len());
    let written = format!("{}{events:?}", local.terminate());
    assert!(written.contains("AttendeeAdded               204 Delivered"), "{written}");
    for token in [alice.join_token(), again.join_token()] {
        assert!(!written.contains(token.unwrap()));
    }
    assert!(receiver.received.try_recv().is_err(), "no other event");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_sent_again_until_the_receiver_takes_it_unless_it_refuses_it_for_good() {
    let mut receiver = Receiver::new(&[500, 429, 302, 408, 204, 400]).await;
    let mut local = Local::start(&["--events", &receiver.url]);
    let meeting_id = local.create_meeting().await;
    local.create_attendee(&meeting_id).await;
    let first = receiver.next().await;
    for _ in 0..4 {
        assert_eq!(receiver.next().await, first);
    }
    assert_eq!(event_type(&receiver.next().await), "AttendeeAdded");
    let request = chime_client(&local.api).delete_meeting().meeting_id(meeting_id);
    request.send().await.unwrap();
    assert_eq!(event_type(&receiver.next().await), "MeetingEnded");
    let log = local.terminate();
    for line in
        ["MeetingStarted              500 NotDelivered", "AttendeeAdded               400 Refused"]
    {
        assert_eq!(log.matches(line).count(), 1, "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_and_password_of_the_url_are_sent_as_basic_authentication_and_never_logged() {
    let mut receiver = Receiver::new(&[]).await;
    let url = receiver.url.replace("http://", "http://user:p%40ss@");
    let mut local = Local::start(&["--events", &url]);
    local.create_meeting().await;
    let (headers, _) = receiver.next_with_headers().await;
    // `printf user:p@ss | base64`
    assert_eq!(headers["authorization"], "Basic dXNlcjpwQHNz");
    assert_eq!(headers["content-type"], "application/json");
    assert!(!headers["host"].to_str().unwrap().contains("user"));
    let log = local.terminate();
    assert!(!log.contains("p@ss") && !log.contains("p%40ss"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_not_delivered_before_a_kill_is_delivered_after_the_next_start() {
    let file = DataFile::new();
    let (socket, url) = refused();
    let arguments = ["--data", file.path(), "--events", &url];
    let mut before = Local::start(&arguments);
    let meeting_id = before.create_meeting().await;
    before.create_attendee(&meeting_id).await;
    before.child.kill().unwrap();
    before.child.wait().unwrap();
    // Without the flag, nothing is sent, and what happens is no event.
    drop(Local::start(&["--data", file.path()]).create_attendee(&meeting_id).await);

    let mut receiver = Receiver::on(socket.listen(16).unwrap(), url.clone(), &[]);
    let after = Local::start(&arguments);
    let request = chime_client(&after.api).delete_meeting().meeting_id(meeting_id);
    request.send().await.unwrap();
    let types = receiver.types(3).await;
    assert_eq!(types, ["MeetingStarted", "AttendeeAdded", "MeetingEnded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_leaves_no_record_behind() {
    let file = DataFile::new();
    let mut receiver = Receiver::new(&[]).await;
    let mut local = Local::start(&["--data", file.path(), "--events", &receiver.url]);
    let meeting_id = local.create_meeting().await;
    local.create_attendee(&meeting_id).await;
    receiver.types(2).await;
    local.terminate();
    let (_, connection) = emulator::open_with_connection(Some(&file.0)).unwrap();
    let count = connection.query_row("SELECT count(*) FROM _stream_records", [], |row| row.get(0));
    assert_eq!(count, Ok(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_whose_lifetime_is_over_ends_with_the_time_of_that_end() {
    let mut receiver = Receiver::new(&[]).await;
    let mut command = command(&["--events", &receiver.url]);
    let local = Local::spawn(command.env("MEETING_LIFETIME_SECONDS", "1"));
    local.create_meeting().await;
    let (started, ended) = (receiver.next().await, receiver.next().await);
    assert_eq!(event_type(&ended), "MeetingEnded");
    let timestamp = |event: &Value| event["detail"]["timestamp"].as_i64().unwrap();
    let lifetime = timestamp(&ended) - timestamp(&started);
    assert!((1_000..=2_000).contains(&lifetime), "{lifetime} ms");
}

#[test]
fn a_url_that_events_can_not_be_sent_to_is_an_error() {
    for url in ["", "127.0.0.1:9000", "ftp://127.0.0.1/", "http://"] {
        let message = error_of(program(&["--events", url]));
        assert!(message.contains("--events"), "{message}");
    }
}
