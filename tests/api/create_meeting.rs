//! CreateMeeting through the SDK.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::create_meeting::CreateMeetingError;
use aws_sdk_chimesdkmeetings::types::Meeting;

use crate::world::World;

async fn create(
    world: &World,
    token: &str,
    external_id: &str,
    region: &str,
) -> Result<Meeting, CreateMeetingError> {
    let request = world.chime.create_meeting().client_request_token(token);
    let answer = request.external_meeting_id(external_id).media_region(region).send().await;
    answer.map(|output| output.meeting.unwrap()).map_err(|error| error.into_service_error())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_what_was_asked_for_with_an_id_and_an_arn() {
    let world = World::new().await;
    let meeting = create(&world, "token-1", "standup", "eu-central-1").await.unwrap();
    assert_eq!(meeting.external_meeting_id(), Some("standup"));
    assert_eq!(meeting.media_region(), Some("eu-central-1"));
    let id = meeting.meeting_id().unwrap();
    assert_eq!(
        meeting.meeting_arn(),
        Some(format!("arn:aws:chime:us-east-1:000000000000:meeting/{id}").as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_makes_one_meeting_also_from_32_callers() {
    let world = std::sync::Arc::new(World::new().await);
    let callers = (0..32).map(|_| {
        let world = world.clone();
        tokio::spawn(async move { create(&world, "token-1", "standup", "us-east-1").await })
    });
    let mut meetings = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        meetings.push(caller.await.unwrap().unwrap());
    }
    assert!(meetings.iter().all(|meeting| *meeting == meetings[0]));
    let other = create(&world, "token-2", "standup", "us-east-1").await.unwrap();
    assert_ne!(other.meeting_id(), meetings[0].meeting_id());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_with_other_parameters_or_of_an_ended_meeting_is_a_conflict() {
    let world = World::with(|settings| settings.meeting_lifetime = 60).await;
    create(&world, "token-1", "standup", "us-east-1").await.unwrap();
    for (external_id, region) in [("retro", "us-east-1"), ("standup", "us-west-2")] {
        let error = create(&world, "token-1", external_id, region).await.unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
        assert_eq!(error.meta().code(), Some("ConflictException"));
    }
    world.pass(60);
    let error = create(&world, "token-1", "standup", "us-east-1").await.unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_with_a_meeting_is_told_at_once() {
    let world = World::new().await;
    let error = create(&world, "*", "aws:x", "mars").await.unwrap_err();
    assert!(error.is_bad_request_exception(), "{error:?}");
    let message = error.message().unwrap();
    assert!(message.starts_with("4 validation errors detected: "), "{message}");
    for member in ["'clientRequestToken'", "'externalMeetingId'", "'mediaRegion'"] {
        assert!(message.contains(member), "{message}");
    }

    let missing = world.post("/meetings", "{}").await.bad_request();
    assert!(missing.starts_with("3 validation errors detected: "), "{missing}");
}
