//! One line per request, and nothing in it that a request held.

use aws_sdk_chimesdkmeetings::types::{AttendeeCapabilities, MediaCapabilities};
use serde_json::json;

use crate::suite::MEETING_TOKEN;
use crate::suite::races::race;
use crate::world::{SECRET, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_one_line_that_says_what_came_of_it() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let attendee = world.join(&meeting_id, "alice").await.unwrap();
    world.join(&meeting_id, "alice").await.unwrap();
    world.join(&meeting_id, "x").await.unwrap_err();

    let lines = world.log.json();
    let operations: Vec<_> = lines.iter().map(|line| line["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["CreateMeeting", "CreateAttendee", "CreateAttendee", "CreateAttendee"]);
    let column = |name: &str| lines.iter().map(|line| line[name].clone()).collect::<Vec<_>>();
    assert_eq!(column("coldStart"), [true, false, false, false]);
    assert_eq!(column("status"), [200, 200, 200, 400]);
    assert_eq!(column("replay"), [json!(false), json!(false), json!(true), json!(null)]);
    assert_eq!(column("outcome"), ["Success", "Success", "Success", "BadRequestException"]);
    assert_eq!(column("meetingId"), vec![json!(meeting_id); 4]);
    assert_eq!(column("attendeeId")[1].as_str(), attendee.attendee_id());
    assert_eq!(column("attendeeId")[1], column("attendeeId")[2]);
    for line in &lines {
        assert!(line["durationMs"].as_f64().unwrap() > 0.0);
        assert_eq!(line["timestamp"], "2027-01-15T08:00:00Z");
        assert!(line["requestId"].is_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_callers_with_one_user_all_but_one_are_replays() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    race(&world, &meeting_id, vec!["alice".to_owned(); 64]).await;
    let replays = world.log.json().iter().filter(|line| line["replay"] == true).count();
    assert_eq!(replays, 63);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_request_is_in_the_log_on_any_path() {
    let world = World::with(|settings| settings.max_attendees = 1).await;
    let meeting_id = world.meeting().await;
    let attendee = world.join(&meeting_id, SECRET).await.unwrap();
    world.join(&meeting_id, SECRET).await.unwrap();
    world.join(&meeting_id, &format!("{SECRET}-2")).await.unwrap_err();
    world.join(&meeting_id, &format!("aws:{SECRET}")).await.unwrap_err();
    world.join(&meeting_id.replace('-', "+"), SECRET).await.unwrap_err();
    world.join("0f8fad5b-d9cb-469f-a165-70867728950e", SECRET).await.unwrap_err();
    let none = MediaCapabilities::None;
    let other =
        AttendeeCapabilities::builder().audio(none.clone()).video(none.clone()).content(none);
    let conflicting =
        world.chime.create_attendee().meeting_id(&meeting_id).external_user_id(SECRET);
    conflicting.capabilities(other.build().unwrap()).send().await.unwrap_err();
    for (path, body) in [
        (format!("/{SECRET}"), "{}".to_owned()),
        (format!("/meetings/{SECRET}/attendees?operation={SECRET}"), "{}".to_owned()),
        (format!("/meetings/{SECRET}/attendees"), SECRET.to_owned()),
        (format!("/meetings/{meeting_id}/attendees"), format!("{{\"{SECRET}\":")),
        (
            format!("/meetings/{meeting_id}/attendees"),
            format!("{{\"ExternalUserId\":[\"{SECRET}\"]}}"),
        ),
        ("/meetings".to_owned(), format!("{{\"ExternalMeetingId\":\"{SECRET}%\"}}")),
    ] {
        let answer = world.post(&path, body).await;
        assert!(!answer.body.contains(SECRET), "repeated to the caller: {answer:?}");
    }
    let tag = json!({"Key": SECRET, "Value": SECRET});
    let meeting = json!({
        "ClientRequestToken": SECRET,
        "ExternalMeetingId": SECRET,
        "MeetingHostId": SECRET,
        "MediaRegion": "eu-central-1",
        "TenantIds": [SECRET],
        "Tags": [tag],
        "NotificationsConfiguration": {"SqsQueueArn": format!("arn:aws:sqs:{SECRET}")},
        "Attendees": [{"ExternalUserId": SECRET}],
    });
    let created = world.post("/meetings?operation=create-attendees", meeting.to_string()).await;
    let arn = created.json()["Meeting"]["MeetingArn"].clone();
    let tagged = json!({"ResourceARN": arn, "Tags": [tag], "TagKeys": [SECRET]}).to_string();
    assert_eq!(world.post("/tags?operation=tag-resource", tagged.clone()).await.status, 204);
    assert_eq!(world.post("/tags?operation=untag-resource", tagged).await.status, 204);
    let foreign = json!({"ResourceARN": format!("arn:{SECRET}"), "Tags": [tag]}).to_string();
    assert_eq!(world.post("/tags?operation=tag-resource", foreign).await.status, 404);
    world.event_text(SECRET).await;
    world.event(&json!({"path": "/", "httpMethod": SECRET, "requestContext": {"requestId": format!("{SECRET} ")}})).await;
    world.break_clock();
    world.join(&meeting_id, SECRET).await.unwrap_err();

    let log = world.log.text();
    for secret in [SECRET, attendee.join_token().unwrap(), "standup", MEETING_TOKEN] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
    assert_eq!(world.log.json().len(), 21, "one line a request");
}
