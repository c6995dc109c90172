//! `MediaPlacement`, which the operator configures.

use aws_sdk_chimesdkmeetings::types::{MediaPlacement, Meeting};
use rollcall::Settings;
use serde_json::{Map, Value, json};

use crate::app::TestApp;
use crate::lambda_process::{TABLES, refusal};
use crate::suite::meetings::{get, request, send};

/// The setting that the function reads from this value of `MEDIA_PLACEMENT`.
fn media_placement(value: &str) -> Option<rollcall::domain::MediaPlacement> {
    let settings = Settings::from_env(|name| match name {
        "MEDIA_PLACEMENT" => Some(value.into()),
        "MEETINGS_TABLE" | "ATTENDEES_TABLE" => Some("any".into()),
        _ => None,
    });
    settings.unwrap().media_placement
}

async fn app_with(value: Value) -> TestApp {
    TestApp::with(|settings| settings.media_placement = media_placement(&value.to_string())).await
}

/// The meeting of CreateMeetingWithAttendees.
async fn send_with_attendees(app: &TestApp, token: &str) -> Meeting {
    let request = app.chime.create_meeting_with_attendees().client_request_token(token);
    let request = request.external_meeting_id("standup").media_region("us-west-2");
    let alice = crate::suite::create_meeting_with_attendees::item("alice", None);
    request.attendees(alice).send().await.unwrap().meeting.unwrap()
}

/// Each URL names the member, so that none can be taken for another.
fn template(member: &str) -> String {
    format!("wss://{{MediaRegion}}.example.com:443/{member}/{{MeetingId}}/{{MeetingId}}")
}

#[tokio::test(flavor = "multi_thread")]
async fn three_operations_return_every_member_with_the_placeholders_filled() {
    let members = [
        "AudioFallbackUrl",
        "AudioHostUrl",
        "EventIngestionUrl",
        "ScreenDataUrl",
        "ScreenSharingUrl",
        "ScreenViewingUrl",
        "SignalingUrl",
        "TurnControlUrl",
    ];
    let templates = members.map(|member| (member.to_owned(), json!(template(member))));
    let app = app_with(Value::Object(Map::from_iter(templates))).await;

    let created = send(request(&app, "token-1")).await.unwrap();
    let with_attendees = send_with_attendees(&app, "token-2").await;
    for (meeting, region) in [(&created, "eu-central-1"), (&with_attendees, "us-west-2")] {
        let id = meeting.meeting_id().unwrap();
        let url = |member: &str| {
            template(member).replace("{MeetingId}", id).replace("{MediaRegion}", region)
        };
        let expected = MediaPlacement::builder()
            .audio_fallback_url(url("AudioFallbackUrl"))
            .audio_host_url(url("AudioHostUrl"))
            .event_ingestion_url(url("EventIngestionUrl"))
            .screen_data_url(url("ScreenDataUrl"))
            .screen_sharing_url(url("ScreenSharingUrl"))
            .screen_viewing_url(url("ScreenViewingUrl"))
            .signaling_url(url("SignalingUrl"))
            .turn_control_url(url("TurnControlUrl"))
            .build();
        assert_eq!(meeting.media_placement(), Some(&expected));
        assert_eq!(get(&app, id).await.unwrap(), *meeting);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_may_be_newer_than_the_documentation() {
    let app = app_with(json!({"SignalingUrl": "wss://{MediaRegion}.example.com"})).await;
    for region in ["il-central-1", "ap-southeast-7", "eusc-de-east-1", "xx-future-10"] {
        let created = send(request(&app, region).media_region(region)).await.unwrap();
        assert_eq!(created.media_region(), Some(region));
        let url = format!("wss://{region}.example.com");
        assert_eq!(created.media_placement().unwrap().signaling_url(), Some(url.as_str()));
        assert_eq!(get(&app, created.meeting_id().unwrap()).await.unwrap(), created);
    }
    let mut body = json!({"ClientRequestToken": "token-1", "ExternalMeetingId": "standup"});
    let pattern = "Value at 'mediaRegion' failed to satisfy constraint: Member must satisfy \
                   regular expression pattern: [a-z]{2,}(-[a-z]+)+-[0-9]+";
    for text in ["tel aviv", "IL-CENTRAL-1", "il-central-1.example.com", "auto"] {
        body["MediaRegion"] = text.into();
        let message = app.post("/meetings", body.to_string()).await.bad_request();
        assert_eq!(message, format!("1 validation error detected: {pattern}"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_members_of_the_setting_are_returned() {
    let app = app_with(json!({"AudioHostUrl": "audio.example.com:3478/path"})).await;
    let body = json!({"ClientRequestToken": "token-1", "ExternalMeetingId": "standup", "MediaRegion": "us-east-1"});
    let created = app.post("/meetings", body.to_string()).await.json();
    let expected = json!({"AudioHostUrl": "audio.example.com:3478/path"});
    assert_eq!(created["Meeting"]["MediaPlacement"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_there_is_no_such_member() {
    assert_eq!(media_placement(""), None);
    let app = TestApp::new().await;
    let body = json!({"ClientRequestToken": "token-1", "ExternalMeetingId": "standup", "MediaRegion": "us-east-1"});
    let created = app.post("/meetings", body.to_string()).await.json();
    let meeting = created["Meeting"].as_object().unwrap();
    assert!(!meeting.contains_key("MediaPlacement"), "{meeting:?}");
    let id = meeting["MeetingId"].as_str().unwrap();
    assert_eq!(get(&app, id).await.unwrap().media_placement(), None);
    assert_eq!(send_with_attendees(&app, "token-2").await.media_placement(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_after_a_change_of_the_setting_is_equal_and_returns_the_new_urls() {
    let before = app_with(json!({"SignalingUrl": "wss://old.example.com"})).await;
    let created = send(request(&before, "token-1")).await.unwrap();
    let with_attendees = send_with_attendees(&before, "token-2").await;

    let mut settings = before.settings.clone();
    for (value, signaling_url) in [
        (r#"{"SignalingUrl": "wss://new.example.com"}"#, Some("wss://new.example.com")),
        ("", None),
    ] {
        settings.media_placement = media_placement(value);
        let after = TestApp::on(before.dynamodb_url.clone(), settings.clone()).await;
        let replays = [
            (send(request(&after, "token-1")).await.unwrap(), &created),
            (send_with_attendees(&after, "token-2").await, &with_attendees),
        ];
        for (replay, original) in replays {
            assert_eq!(replay.meeting_id(), original.meeting_id());
            let placement = replay.media_placement();
            assert_eq!(placement.and_then(MediaPlacement::signaling_url), signaling_url);
            assert_eq!(get(&after, replay.meeting_id().unwrap()).await.unwrap(), replay);
        }
        assert!(after.log.json().iter().all(|line| line["status"] == 200));
        let replays = after.log.json().iter().filter(|line| line["replay"] == true).count();
        assert_eq!(replays, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_setting_is_named_without_its_value_and_the_function_does_not_start() {
    for value in [
        "s3cret",
        r#"["wss://s3cret.example.com"]"#,
        "{}",
        r#"{"SignalingUrl": "s3cret"}"#,
        r#"{"SignalingUrl": "https://s3cret.example.com"}"#,
        r#"{"SignalingUrl": "s3cret.example.com:443"}"#,
        r#"{"SignalingUrl": "wss://s3cret.example.com?s3cret=1"}"#,
        r#"{"SignalingUrl": "wss://s3cret.example.com/#s3cret"}"#,
        r#"{"SignalingUrl": "wss://s3cret.example.com", "s3cret": "wss://s3cret.example.com"}"#,
        r#"{"SignalingUrl": "wss://s3cret.example.com", "SignalingUrl": "wss://s3cret.example.com"}"#,
        r#"{"SignalingUrl": "wss://s3cret.example.com/{AttendeeId}"}"#,
        r#"{"SignalingUrl": "wss://s3cret.example.com", "AudioHostUrl": 7}"#,
        r#"{"SignalingUrl": "wss://s3cret.example.com", "AudioHostUrl": null}"#,
    ] {
        let line = refusal(&[&TABLES[..], &[("MEDIA_PLACEMENT", value)]].concat()).await;
        assert!(line["message"].as_str().unwrap().starts_with("MEDIA_PLACEMENT "), "{line}");
        assert!(!line.to_string().contains("s3cret"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_function_warns_at_its_start_of_a_setting_without_a_signaling_url() {
    for (value, has_warning) in [
        (json!({"AudioHostUrl": "audio.example.com:3478"}), true),
        (json!({"SignalingUrl": "wss://example.com"}), false),
    ] {
        let app = app_with(value).await;
        app.service.log_start();
        let lines = app.log.json();
        let warnings: Vec<_> = lines.iter().filter(|line| line["level"] == "WARN").collect();
        assert_eq!(lines.len(), 1 + usize::from(has_warning), "{lines:?}");
        for warning in &warnings {
            let message = warning["message"].as_str().unwrap();
            assert!(message.starts_with("MEDIA_PLACEMENT has no SignalingUrl"), "{message}");
        }
        assert_eq!(warnings.len(), usize::from(has_warning));
    }
}
