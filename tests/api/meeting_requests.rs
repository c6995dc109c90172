//! CreateMeeting and CreateMeetingWithAttendees with changed settings and items, and their violations.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use serde_json::json;

use crate::app::TestApp;
use crate::suite::create_meeting_with_attendees::{create, users};
use crate::suite::meetings::{request, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_names_its_meeting_until_the_meeting_has_ended() {
    let app = TestApp::with(|settings| settings.meeting_lifetime = 60).await;
    let create = async |external_id: &str, region: &str| {
        send(request(&app, "token-1").external_meeting_id(external_id).media_region(region)).await
    };
    let meeting = create("standup", "us-east-1").await.unwrap();
    assert_eq!(app.log.json().pop().unwrap()["replay"], false);
    let parameters = [("standup", "us-east-1"), ("retro", "us-east-1"), ("standup", "us-west-2")];
    for (external_id, region) in parameters {
        assert_eq!(create(external_id, region).await.unwrap(), meeting);
        assert_eq!(app.log.json().pop().unwrap()["replay"], true);
    }
    app.advance_clock(60);
    for (external_id, region) in parameters {
        let error = create(external_id, region).await.unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
        assert_eq!(error.meta().code(), Some("ConflictException"));
        assert_eq!(
            error.message(),
            Some("The ClientRequestToken was used for a meeting that has ended")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_violations_of_a_meeting_are_in_one_message() {
    let app = TestApp::new().await;
    let error = send(request(&app, "*").external_meeting_id("aws:x").media_region("mars"))
        .await
        .unwrap_err();
    assert!(error.is_bad_request_exception(), "{error:?}");
    let message = error.message().unwrap();
    assert!(message.starts_with("4 validation errors detected: "), "{message}");
    for member in ["'clientRequestToken'", "'externalMeetingId'", "'mediaRegion'"] {
        assert!(message.contains(member), "{message}");
    }

    let missing = app.post("/meetings", "{}").await.bad_request();
    assert!(missing.starts_with("3 validation errors detected: "), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_completes_an_interrupted_request() {
    let app = TestApp::new().await;
    let first = create(&app, None, users(3)).await.unwrap();
    // As if the instance had crashed before it put the last attendee.
    app.remove_attendee(first.meeting().unwrap().meeting_id().unwrap(), "user-2").await;
    let again = create(&app, None, users(3)).await.unwrap();
    assert_eq!(again.attendees()[..2], first.attendees()[..2]);
    assert_eq!(again.attendees()[2].external_user_id(), Some("user-2"));
    assert_eq!(app.stored_attendees().await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_request_creates_nothing() {
    let app = TestApp::new().await;
    for (attendees, expected) in [
        (json!(null), "'attendees' failed"),
        (json!([]), "'attendees' failed"),
        (json!(vec![json!({"ExternalUserId": "alice"}); 21]), "'attendees' failed"),
        (json!([{"ExternalUserId": "alice"}, {}]), "'attendees.2.member.externalUserId'"),
        (
            json!([{"ExternalUserId": "alice", "Capabilities": {}}]),
            "'attendees.1.member.capabilities.audio'",
        ),
        (json!(["alice"]), "'attendees.1.member' failed"),
    ] {
        let body = json!({
            "ClientRequestToken": "token",
            "ExternalMeetingId": "standup",
            "MediaRegion": "us-east-1",
            "Attendees": attendees,
        });
        let response = app.post("/meetings?operation=create-attendees", body.to_string()).await;
        let message = response.bad_request();
        assert!(message.contains(expected), "{message}");
    }
    assert_eq!(app.stored_attendees().await, 0);
    assert_eq!(app.meetings().await, []);
}
