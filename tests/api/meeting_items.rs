//! Meetings with changed settings, time and items, and their violations.

use std::collections::BTreeSet;

use aws_sdk_chimesdkmeetings::types::{AttendeeFeatures, MeetingFeaturesConfiguration, Tag};
use rollcall::domain::{ClientRequestToken, MeetingId};
use rollcall::operations::OPERATIONS;
use rollcall_testing::calls::{Call, Subject};
use serde_json::json;

use crate::app::{HttpResponse, TestApp};
use crate::items::{item, map, number, text, texts};
use crate::suite::meetings::{create, create_replica, delete, get, request, send};
use crate::suite::{MEETING_TOKEN, UNKNOWN_ID, assert_not_found};

#[tokio::test(flavor = "multi_thread")]
async fn every_member_of_a_meeting_is_validated() {
    let app = TestApp::new().await;
    let tags = |tags: Vec<(String, &str)>| {
        tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>()
    };
    let many = (0..51).map(|index| (format!("key-{index}"), "")).collect();
    for (member, value, expected) in [
        ("MeetingHostId", json!("x"), "'meetingHostId'"),
        ("MeetingHostId", json!("x".repeat(65)), "'meetingHostId'"),
        ("PrimaryMeetingId", json!("x"), "'primaryMeetingId'"),
        ("MediaPlacementNetworkType", json!("Ipv6Only"), "'mediaPlacementNetworkType'"),
        ("TenantIds", json!([]), "'tenantIds' failed"),
        ("TenantIds", json!(["t1", "t2", "t3", "t4", "t5", "t6"]), "'tenantIds' failed"),
        ("TenantIds", json!(["t1", "aaaa"]), "'tenantIds.2.member' failed"),
        ("TenantIds", json!(["t1", null]), "'tenantIds.2.member' failed"),
        ("TenantIds", json!(["t1", 7]), "'tenantIds.2.member' failed"),
        ("TenantIds", json!("t1"), "'tenantIds' failed"),
        ("Tags", json!(tags(many)), "'tags' failed"),
        ("Tags", json!(tags(vec![("a".into(), "1"), ("a".into(), "2")])), "unique keys"),
        ("Tags", json!([{"Key": "aws:a", "Value": ""}]), "'tags.1.member.key'"),
        ("Tags", json!([{"Key": "a"}]), "'tags.1.member.value'"),
        ("Tags", json!([["a", "b"]]), "'tags.1.member'"),
        ("MeetingFeatures", json!({"Video": {"MaxResolution": "UHD"}}), "video.maxResolution"),
        ("MeetingFeatures", json!({"Content": {"MaxResolution": "HD"}}), "content.maxResolution"),
        ("MeetingFeatures", json!({"Audio": {"EchoReduction": true}}), "audio.echoReduction"),
        ("MeetingFeatures", json!({"Attendee": {"MaxCount": 0}}), "attendee.maxCount"),
        ("MeetingFeatures", json!({"Attendee": {"MaxCount": 251}}), "attendee.maxCount"),
        ("MeetingFeatures", json!({"Attendee": {"MaxCount": 1.5}}), "attendee.maxCount"),
        ("MeetingFeatures", json!({"Attendee": {"MaxCount": "9"}}), "attendee.maxCount"),
        ("MeetingFeatures", json!({"Video": {"MaxResolution": "FHD"}}), "attendee.maxCount"),
        (
            "MeetingFeatures",
            json!({"Content": {"MaxResolution": "UHD"}, "Attendee": {"MaxCount": 26}}),
            "attendee.maxCount",
        ),
        ("MeetingFeatures", json!([]), "'meetingFeatures'"),
        (
            "NotificationsConfiguration",
            json!({"SnsTopicArn": "queue", "SqsQueueArn": 7}),
            "notificationsConfiguration.snsTopicArn",
        ),
    ] {
        let mut body = json!({
            "ClientRequestToken": "token",
            "ExternalMeetingId": "standup",
            "MediaRegion": "eu-central-1",
        });
        body[member] = value;
        let message = app.post("/meetings", body.to_string()).await.bad_request();
        assert!(message.contains(expected), "{member}: {message}");
    }
    assert_eq!(app.meetings().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_violations_are_reported_together() {
    let app = TestApp::new().await;
    let body = json!({
        "MeetingFeatures": {"Audio": {"EchoReduction": "x"}, "Video": {"MaxResolution": "FHD"}},
        "Tags": [{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}, {"Key": "é", "Value": "é"}],
        "TenantIds": ["??", "t2", "t3", "t4", "t5", "t6"],
    });
    let message = app.post("/meetings", body.to_string()).await.bad_request();
    for expected in [
        "10 validation errors",
        "'clientRequestToken'",
        "'externalMeetingId'",
        "'mediaRegion'",
        "'meetingFeatures.audio.echoReduction'",
        "'meetingFeatures.attendee.maxCount'",
        "'tags.3.member.key'",
        "'tags.3.member.value'",
        "'tags' failed",
        "'tenantIds' failed",
    ] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
    let keys: Vec<_> = (0..50).map(|_| json!({"Key": "é".repeat(200)})).collect();
    let long = app.post("/meetings", json!({"Tags": keys}).to_string()).await.bad_request();
    assert!(long.len() > 3_900 && long.len() <= 4096, "{}", long.len());
    assert!(long.starts_with("153 validation errors") && long.ends_with(" more)"), "{long}");
}

#[tokio::test(flavor = "multi_thread")]
async fn max_count_limits_the_attendees_of_a_meeting() {
    let app = TestApp::with(|settings| settings.max_attendees = 1).await;
    let two = AttendeeFeatures::builder().max_count(2).build();
    let features = MeetingFeaturesConfiguration::builder().attendee(two).build();
    let meeting = send(request(&app, "two").meeting_features(features)).await.unwrap();
    let meeting_id = meeting.meeting_id().unwrap();
    app.create_attendee(meeting_id, "alice").await.unwrap();
    app.create_attendee(meeting_id, "bob").await.unwrap();
    let error = app.create_attendee(meeting_id, "carol").await.unwrap_err();
    assert!(error.is_limit_exceeded_exception(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_stores_its_tags_once_and_a_replay_does_not_change_them() {
    let app = TestApp::new().await;
    let tag = |value: &str| Tag::builder().key("team").value(value).build().unwrap();
    let create = |value: &str| send(request(&app, "tagged").tags(tag(value)));
    let meeting = create("blue").await.unwrap();
    let (arn, id) = (meeting.meeting_arn().unwrap(), meeting.meeting_id().unwrap());
    let created = app.meeting_item(id).await;
    assert_eq!(format!("{created:?}").matches("blue").count(), 1, "{created:?}");
    for value in ["blue", "red"] {
        assert_eq!(create(value).await.unwrap(), meeting);
        assert_eq!(app.meeting_item(id).await, created);
    }
    app.chime.tag_resource().resource_arn(arn).tags(tag("green")).send().await.unwrap();
    for value in ["blue", "red"] {
        assert_eq!(create(value).await.unwrap(), meeting);
    }
    let tags = app.chime.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    assert_eq!(tags.tags(), [tag("green")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_request_is_stored_only_to_compare_it_with_others() {
    let app = TestApp::new().await;
    let body = json!({
        "ClientRequestToken": "token",
        "ExternalMeetingId": "standup",
        "MediaRegion": "eu-central-1",
        "MediaPlacementNetworkType": "DualStack",
        "NotificationsConfiguration": {"SnsTopicArn": "arn:aws:sns:eu-central-1:1:secret-topic"},
        "Tags": [{"Key": "team", "Value": "blue"}],
        "Attendees": [{"ExternalUserId": "alice"}],
    });
    let path = "/meetings?operation=create-attendees";
    let created = app.post(path, body.to_string()).await.json();
    let item = app.meeting_item(created["Meeting"]["MeetingId"].as_str().unwrap()).await;
    let names: BTreeSet<_> = item.keys().map(String::as_str).collect();
    let expected = [
        "ExpiresAt",
        "ExternalMeetingId",
        "MaxAttendees",
        "MediaRegion",
        "MeetingId",
        "MeetingTags",
        "Seats",
        "TagsAtCreation",
        "TenantIds",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    // Version 0.1 can't read a meeting without it.
    assert_eq!(item["TagsAtCreation"], map([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_token_names_a_meeting_does_not_touch_the_primary_that_it_names() {
    let app = TestApp::new().await;
    let primary = create(&app, "primary").await;
    let single = send(request(&app, "single")).await.unwrap();
    let id = single.meeting_id().unwrap();
    let items = async || (app.meeting_item(&primary).await, app.meeting_item(id).await);
    let before = items().await;
    assert_eq!(create_replica(&app, "single", &primary).await.unwrap(), single);
    assert_eq!(items().await, before);
    delete(&app, &primary).await;
    assert_eq!(get(&app, id).await.unwrap(), single);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_items_of_earlier_versions_are_read() {
    let app = TestApp::new().await;
    let digest = || Some(text("0f8fad5b-d9cb-569f-a165-70867728950e"));
    for (version, old) in [
        ("version-0-1", [Some(map([("team", text("blue"))])), None]),
        ("after-0-1", [digest(), digest()]),
        ("without-the-map", [None, None]),
    ] {
        let create = || {
            send(request(&app, version).tags(Tag::builder().key("a").value("b").build().unwrap()))
        };
        let meeting = create().await.unwrap();
        let id = meeting.meeting_id().unwrap();
        let [tags, attendees] = old;
        let changes = [
            ("TagsAtCreation", tags),
            ("AttendeesAtCreation", attendees),
            ("MediaPlacementNetworkType", Some(text("DualStack"))),
            ("LambdaFunctionArn", Some(text("arn:aws:lambda:eu-central-1:1:function:f"))),
            ("SnsTopicArn", Some(text("arn:aws:sns:eu-central-1:1:topic"))),
            ("SqsQueueArn", Some(text("arn:aws:sqs:eu-central-1:1:queue"))),
        ];
        app.change_meeting(id, &changes).await;
        assert_eq!(create().await.unwrap(), meeting, "{version}");
        assert_eq!(get(&app, id).await.unwrap(), meeting, "{version}");
        app.create_attendee(id, "alice").await.unwrap();
        delete(&app, id).await;
        assert_eq!(get(&app, id).await.unwrap_err(), "The meeting has ended");
    }
}

fn id_for_token(app: &TestApp, token: &str) -> String {
    let token = ClientRequestToken::parse(app.token(token)).ok().unwrap();
    MeetingId::for_token(&token).to_string()
}

/// Version 0.1 listed a replica before it put the item, and removed an ended one from the list later.
#[tokio::test(flavor = "multi_thread")]
async fn a_primary_of_version_0_1_ends_its_own_replicas_and_no_other_meeting() {
    let app = TestApp::new().await;
    let primary = create(&app, "primary").await;
    let replica = |token| create_replica(&app, token, &primary);
    let own = replica("own").await.unwrap().meeting_id.unwrap();
    let other = send(request(&app, "other")).await.unwrap();
    let other_id = other.meeting_id().unwrap();
    let [ended, missing] = ["ended", "missing"].map(|token| id_for_token(&app, token));
    let end = number(4_000_000_000_u64);
    let keys = [("MeetingId", text(&ended)), ("EndedAt", end.clone()), ("ExpiresAt", end)];
    app.put_meeting(item(keys)).await;
    let listed = texts(&[&own, other_id, &ended, &missing]);
    app.change_meeting(&primary, &[("Replicas", Some(listed))]).await;

    // The same token gets the place that a crash left, and nobody else does.
    let error = replica("fifth").await.unwrap_err();
    assert!(error.is_limit_exceeded_exception(), "{error:?}");
    assert!(replica("ended").await.unwrap_err().is_conflict_exception());
    assert_eq!(replica("missing").await.unwrap().meeting_id(), Some(&*missing));
    delete(&app, &missing).await;
    let fifth = replica("fifth").await.unwrap().meeting_id.unwrap();
    for _ in 0..2 {
        delete(&app, &primary).await;
        for replica in [&own, &missing, &fifth] {
            assert_eq!(get(&app, replica).await.unwrap_err(), "The meeting has ended");
        }
        assert_eq!(get(&app, other_id).await.unwrap(), other);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_primary_of_version_0_1_ends_a_replica_that_was_about_to_be_created() {
    let app = TestApp::new().await;
    let primary = create(&app, "primary").await;
    let replica = id_for_token(&app, "replica");
    app.change_meeting(&primary, &[("Replicas", Some(texts(&[&replica])))]).await;
    delete(&app, &primary).await;
    let error = send(request(&app, "replica")).await.unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");
    assert_eq!(get(&app, &replica).await.unwrap_err(), "The meeting has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn attendees_that_could_not_be_deleted_are_logged_and_not_found() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    app.create_attendee(&meeting_id, "alice").await.unwrap();
    let attendees = &app.settings.attendees_table;
    app.dynamodb.delete_table().table_name(attendees).send().await.unwrap();
    delete(&app, &meeting_id).await;
    let line = app.log.json().pop().unwrap();
    assert_eq!((&line["level"], &line["status"]), (&json!("WARN"), &json!(204)));
    let cause = line["cause"].as_str().unwrap();
    assert!(cause.starts_with("clean-up not finished: DynamoDB answered 400"), "{cause}");
    assert!(app.create_attendee(&meeting_id, "alice").await.unwrap_err().is_not_found_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_response_to_a_deletion_has_no_body() {
    let app = TestApp::new().await;
    let path = format!("/meetings/{}", app.create_meeting().await);
    let response = HttpResponse::read(app.request("DELETE", &path)).await;
    assert_eq!((response.status, response.body.as_str()), (204, ""));
    assert!(response.header("x-amzn-requestid").is_some());
    assert_eq!(response.header("content-type"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_finds_a_meeting_after_its_lifetime() {
    let app = TestApp::with(|settings| settings.meeting_lifetime = 60).await;
    let meeting = send(request(&app, "short")).await.unwrap();
    let meeting_id = meeting.meeting_id().unwrap();
    app.advance_clock(59);
    assert_eq!(get(&app, meeting_id).await.unwrap(), meeting);
    let alice = app.create_attendee(meeting_id, "alice").await.unwrap();
    app.advance_clock(1);
    let attendee_id = alice.attendee_id.unwrap();
    let alice = Subject { meeting_id: meeting_id.to_owned(), attendee_id, ..Subject::default() };
    // The others create meetings, or end one that may have ended.
    let others = ["CreateMeeting", "CreateMeetingWithAttendees", "DeleteMeeting"];
    for name in OPERATIONS.iter().map(|operation| operation.name) {
        if others.contains(&name) {
            continue;
        }
        let response = app.send(&Call::new(name, &alice)).await;
        assert_eq!(response.status, 404, "{name}: {response:?}");
        match response.header("x-amzn-errortype") {
            Some("NotFoundException") => {
                assert_eq!(response.json()["Message"], "The meeting has ended", "{name}");
            }
            error => assert_eq!(error, Some("ResourceNotFoundException"), "{name}"),
        }
    }
    let replay = app.create_attendee(meeting_id, "alice").await.unwrap_err();
    assert_not_found(&replay, "The meeting has ended");
    assert_eq!(app.stored_attendees().await, 1);
    assert_eq!(get(&app, UNKNOWN_ID).await.unwrap_err(), "The meeting does not exist");
    delete(&app, meeting_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lifetime_of_a_second_lasts_at_least_a_second() {
    let app = TestApp::with(|settings| settings.meeting_lifetime = 1).await;
    app.advance_clock_by_milliseconds(999);
    let meeting = send(request(&app, "short")).await.unwrap();
    let meeting_id = meeting.meeting_id().unwrap();
    app.advance_clock_by_milliseconds(1_000);
    assert_eq!(get(&app, meeting_id).await.unwrap(), meeting);
    app.create_attendee(meeting_id, "alice").await.unwrap();
    app.advance_clock_by_milliseconds(1);
    assert_eq!(get(&app, meeting_id).await.unwrap_err(), "The meeting has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_join_token_is_returned_if_time_to_live_removes_a_meeting_before_its_attendees() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let alice = app.create_attendee(&meeting_id, "alice").await.unwrap();
    // A replay succeeds, with and without attendees.
    assert_eq!(app.create_meeting().await, meeting_id);
    app.remove_meeting(&meeting_id).await;

    let error = send(request(&app, MEETING_TOKEN)).await.unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");
    assert!(app.create_attendee(&meeting_id, "alice").await.unwrap_err().is_not_found_exception());
    assert!(alice.join_token().is_some());
}
