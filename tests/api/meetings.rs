//! A meeting's life: everything that it can be created with, finding it, its end.

use std::sync::Arc;

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::create_meeting::CreateMeetingError;
use aws_sdk_chimesdkmeetings::operation::create_meeting::builders::CreateMeetingFluentBuilder;
use aws_sdk_chimesdkmeetings::types::{
    AttendeeFeatures, AudioFeatures, ContentFeatures, MediaPlacementNetworkType, Meeting,
    MeetingFeaturesConfiguration, NotificationsConfiguration, Tag, VideoFeatures,
};
use serde_json::json;

use crate::world::World;

fn request(world: &World, token: &str) -> CreateMeetingFluentBuilder {
    let request = world.chime.create_meeting().client_request_token(token);
    request.external_meeting_id("standup").media_region("eu-central-1")
}

async fn send(request: CreateMeetingFluentBuilder) -> Result<Meeting, CreateMeetingError> {
    let answer = request.send().await.map_err(|error| error.into_service_error())?;
    Ok(answer.meeting.unwrap())
}

async fn get(world: &World, meeting_id: &str) -> Result<Meeting, String> {
    match world.chime.get_meeting().meeting_id(meeting_id).send().await {
        Ok(answer) => Ok(answer.meeting.unwrap()),
        Err(error) => {
            let error = error.into_service_error();
            assert!(error.is_not_found_exception(), "{error:?}");
            Err(error.message().unwrap().to_owned())
        }
    }
}

async fn delete(world: &World, meeting_id: &str) {
    world.chime.delete_meeting().meeting_id(meeting_id).send().await.unwrap();
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_meeting_was_created_with_is_what_it_is() {
    let world = World::new().await;
    let primary = send(request(&world, "primary")).await.unwrap().meeting_id.unwrap();
    let features = MeetingFeaturesConfiguration::builder()
        .audio(AudioFeatures::builder().echo_reduction("AVAILABLE".into()).build())
        .video(VideoFeatures::builder().max_resolution("FHD".into()).build())
        .content(ContentFeatures::builder().max_resolution("UHD".into()).build())
        .attendee(AttendeeFeatures::builder().max_count(25).build())
        .build();
    let whole = || {
        request(&world, "whole")
            .meeting_host_id("host@example.com")
            .primary_meeting_id(primary.to_uppercase())
            .meeting_features(features.clone())
            .tenant_ids("tenant-1")
            .tenant_ids("tenant-2")
            .notifications_configuration(
                NotificationsConfiguration::builder()
                    .sqs_queue_arn("arn:aws:sqs:eu-central-1:123456789012:queue")
                    .build(),
            )
            .media_placement_network_type(MediaPlacementNetworkType::DualStack)
            .tags(tag("team", "blue"))
    };
    let meeting = send(whole()).await.unwrap();
    assert_eq!(meeting.external_meeting_id(), Some("standup"));
    assert_eq!(meeting.meeting_host_id(), Some("host@example.com"));
    assert_eq!(meeting.primary_meeting_id(), Some(primary.as_str()));
    assert_eq!(meeting.meeting_features(), Some(&features));
    assert_eq!(meeting.tenant_ids(), ["tenant-1", "tenant-2"]);
    assert_eq!(meeting.media_placement(), None);
    assert_eq!(get(&world, &meeting.meeting_id().unwrap().to_uppercase()).await.unwrap(), meeting);

    // Each member is a parameter of the request that the token stands for.
    assert_eq!(send(whole()).await.unwrap(), meeting);
    for other in [
        whole().meeting_host_id("other"),
        whole().set_primary_meeting_id(None),
        whole().set_meeting_features(None),
        whole().tenant_ids("tenant-3"),
        whole().set_notifications_configuration(None),
        whole().set_media_placement_network_type(None),
        whole().tags(tag("more", "")),
    ] {
        let error = send(other).await.unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
    }

    // A primary meeting that has ended since keeps nobody from the answer given before.
    delete(&world, &primary).await;
    assert_eq!(send(whole()).await.unwrap(), meeting);
    let error = send(request(&world, "late").primary_meeting_id(&primary)).await.unwrap_err();
    assert!(error.is_bad_request_exception(), "{error:?}");
    assert!(error.message().unwrap().contains("PrimaryMeetingId"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_member_of_a_meeting_is_held_to_its_rules() {
    let world = World::new().await;
    let tags = |tags: Vec<(String, &str)>| {
        tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect::<Vec<_>>()
    };
    let many = (0..51).map(|index| (format!("key-{index}"), "")).collect();
    for (member, value, told) in [
        ("MeetingHostId", json!("aws:x"), "'meetingHostId'"),
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
        let message = world.post("/meetings", body.to_string()).await.bad_request();
        assert!(message.contains(told), "{member}: {message}");
    }
    let items = world.dynamodb.scan().table_name(&world.settings.meetings_table).send().await;
    assert_eq!(items.unwrap().items().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_violation_hides_no_other() {
    let world = World::new().await;
    let body = json!({
        "MeetingFeatures": {"Audio": {"EchoReduction": "x"}, "Video": {"MaxResolution": "FHD"}},
        "Tags": [{"Key": "a", "Value": ""}, {"Key": "a", "Value": ""}, {"Key": "é", "Value": "é"}],
        "TenantIds": ["??", "t2", "t3", "t4", "t5", "t6"],
    });
    let message = world.post("/meetings", body.to_string()).await.bad_request();
    for told in [
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
        assert!(message.contains(told), "{told}: {message}");
    }
    let keys: Vec<_> = (0..50).map(|_| json!({"Key": "é".repeat(200)})).collect();
    let long = world.post("/meetings", json!({"Tags": keys}).to_string()).await.bad_request();
    assert!(long.len() <= 4096, "{}", long.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_count_of_a_meeting_caps_its_attendees() {
    let world = World::with(|settings| settings.max_attendees = 1).await;
    let two = AttendeeFeatures::builder().max_count(2).build();
    let features = MeetingFeaturesConfiguration::builder().attendee(two).build();
    let meeting = send(request(&world, "two").meeting_features(features)).await.unwrap();
    let meeting_id = meeting.meeting_id().unwrap();
    world.join(meeting_id, "alice").await.unwrap();
    world.join(meeting_id, "bob").await.unwrap();
    let error = world.join(meeting_id, "carol").await.unwrap_err();
    assert!(error.is_limit_exceeded_exception(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_meeting_has_ended_for_everybody_and_its_attendees_are_gone() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    for user in 0..30 {
        world.join(&meeting_id, &format!("user-{user}")).await.unwrap();
    }
    delete(&world, &meeting_id).await;
    assert_eq!(world.items().await, 0);
    assert_eq!(get(&world, &meeting_id).await.unwrap_err(), "The meeting has ended");
    let error = world.join(&meeting_id, "user-1").await.unwrap_err();
    assert_eq!(error.message(), Some("The meeting has ended"));
    // Whoever lost the answer asks again.
    delete(&world, &meeting_id).await;
    let error = send(request(&world, crate::world::MEETING_TOKEN)).await.unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");

    let unknown = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let error = world.chime.delete_meeting().meeting_id(unknown).send().await.unwrap_err();
    assert!(error.into_service_error().is_not_found_exception());
    let error = world.chime.delete_meeting().meeting_id("x").send().await.unwrap_err();
    assert!(error.into_service_error().is_bad_request_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn attendees_that_could_not_be_removed_are_told_in_the_log_and_seen_by_nobody() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    world.join(&meeting_id, "alice").await.unwrap();
    let attendees = &world.settings.attendees_table;
    world.dynamodb.delete_table().table_name(attendees).send().await.unwrap();
    delete(&world, &meeting_id).await;
    let line = world.log.json().pop().unwrap();
    assert_eq!((&line["level"], &line["status"]), (&json!("WARN"), &json!(204)));
    let cause = line["cause"].as_str().unwrap();
    assert!(cause.starts_with("attendees not removed: DynamoDB answered 400"), "{cause}");
    assert!(world.join(&meeting_id, "alice").await.unwrap_err().is_not_found_exception());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_has_no_body() {
    let world = World::new().await;
    let url = format!("{}/meetings/{}", world.url, world.meeting().await);
    let answer = crate::world::Raw::read(reqwest::Client::new().delete(url)).await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    assert!(answer.header("x-amzn-requestid").is_some());
    assert_eq!(answer.header("content-type"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_ends_with_its_lifetime_for_every_operation() {
    let world = World::with(|settings| settings.meeting_lifetime = 60).await;
    let meeting = send(request(&world, "short")).await.unwrap();
    let meeting_id = meeting.meeting_id().unwrap();
    world.pass(59);
    assert_eq!(get(&world, meeting_id).await.unwrap(), meeting);
    world.pass(1);
    assert_eq!(get(&world, meeting_id).await.unwrap_err(), "The meeting has ended");
    assert_eq!(
        get(&world, "0f8fad5b-d9cb-469f-a165-70867728950e").await.unwrap_err(),
        "The meeting does not exist"
    );
    let tags = world.chime.list_tags_for_resource().resource_arn(meeting.meeting_arn().unwrap());
    assert!(tags.send().await.unwrap_err().into_service_error().is_resource_not_found_exception());
    delete(&world, meeting_id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_join_token_comes_back_when_time_to_live_forgets_a_meeting_before_its_attendees() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let alice = world.join(&meeting_id, "alice").await.unwrap();
    // A plain repetition is one, with attendees or without.
    assert_eq!(world.meeting().await, meeting_id);
    let forget = world.dynamodb.delete_item().table_name(&world.settings.meetings_table);
    let key = aws_sdk_dynamodb::types::AttributeValue::S(meeting_id.clone());
    forget.key("MeetingId", key).send().await.unwrap();

    let error = send(request(&world, crate::world::MEETING_TOKEN)).await.unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");
    assert!(world.join(&meeting_id, "alice").await.unwrap_err().is_not_found_exception());
    assert!(alice.join_token().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_loses_against_none_of_fifty_joins() {
    let world = Arc::new(World::new().await);
    let meeting_id = world.meeting().await;
    let start = Arc::new(tokio::sync::Barrier::new(51));
    let joins = (0..50).map(|user| {
        let (world, start, meeting_id) = (world.clone(), start.clone(), meeting_id.clone());
        tokio::spawn(async move {
            start.wait().await;
            world.join(&meeting_id, &format!("user-{user}")).await
        })
    });
    let joins: Vec<_> = joins.collect();
    start.wait().await;
    delete(&world, &meeting_id).await;
    // The deletion was answered: from here on nobody gets in, whoever was first.
    for user in 0..50 {
        let error = world.join(&meeting_id, &format!("user-{user}")).await.unwrap_err();
        assert!(error.is_not_found_exception(), "{error:?}");
    }
    for join in joins {
        if let Err(error) = join.await.unwrap() {
            assert!(error.is_not_found_exception(), "{error:?}");
        }
    }
    assert_eq!(get(&world, &meeting_id).await.unwrap_err(), "The meeting has ended");
}
