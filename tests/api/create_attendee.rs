//! CreateAttendee through the SDK: typed outputs, typed exceptions.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::types::{Attendee, AttendeeCapabilities, MediaCapabilities};

use crate::world::World;

fn capabilities(audio: &str, video: &str, content: &str) -> AttendeeCapabilities {
    AttendeeCapabilities::builder()
        .audio(audio.into())
        .video(video.into())
        .content(content.into())
        .build()
        .unwrap()
}

async fn join_with(
    world: &World,
    meeting_id: &str,
    user: &str,
    capabilities: AttendeeCapabilities,
) -> Result<Attendee, CreateAttendeeError> {
    let request = world.chime.create_attendee().meeting_id(meeting_id).external_user_id(user);
    let answer = request.capabilities(capabilities).send().await;
    answer.map(|output| output.attendee.unwrap()).map_err(|error| error.into_service_error())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_has_an_id_a_token_and_all_capabilities() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let attendee = world.join(&meeting_id, "alice@example.com").await.unwrap();

    assert_eq!(attendee.external_user_id(), Some("alice@example.com"));
    let id = uuid::Uuid::parse_str(attendee.attendee_id().unwrap()).unwrap();
    assert_eq!(id.get_version_num(), 4);
    let token = attendee.join_token().unwrap();
    assert!(token.len() >= 43 && token.len() <= 2048, "{}", token.len());
    assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/'));
    let all = MediaCapabilities::SendReceive;
    let granted = attendee.capabilities().unwrap();
    assert_eq!([granted.audio(), granted.video(), granted.content()], [&all, &all, &all]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_64_combinations_of_capabilities_are_granted_or_refused_by_the_corner_rule() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let values = ["SendReceive", "Send", "Receive", "None"];
    let (mut granted, mut refused) = (0, 0);
    for audio in values {
        for video in values {
            for content in values {
                let user = format!("{audio}-{video}-{content}");
                let asked = capabilities(audio, video, content);
                let outcome = join_with(&world, &meeting_id, &user, asked.clone()).await;
                if content.ends_with("Receive") && !video.ends_with("Receive") {
                    let error = outcome.unwrap_err();
                    assert!(error.is_bad_request_exception(), "{user}: {error:?}");
                    assert!(error.message().unwrap().contains("'capabilities.content'"));
                    refused += 1;
                } else {
                    assert_eq!(outcome.unwrap().capabilities, Some(asked));
                    granted += 1;
                }
            }
        }
    }
    assert_eq!((granted, refused), (48, 16));
    assert_eq!(world.items().await, 48);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_again_finds_the_same_attendee() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let first = world.join(&meeting_id, "alice").await.unwrap();
    assert_eq!(world.join(&meeting_id, "alice").await.unwrap(), first);
    // What is granted by default is the same as asking for it.
    let all = capabilities("SendReceive", "SendReceive", "SendReceive");
    assert_eq!(join_with(&world, &meeting_id, "alice", all).await.unwrap(), first);
    // A meeting id is the same in any case.
    assert_eq!(world.join(&meeting_id.to_uppercase(), "alice").await.unwrap(), first);
    assert_eq!(world.items().await, 1);

    let other = world.join(&meeting_id, "Alice").await.unwrap();
    assert_ne!(other.attendee_id(), first.attendee_id());
    assert_ne!(other.join_token(), first.join_token());
    assert_eq!(world.items().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_user_with_other_capabilities_is_unprocessable_and_changes_nothing() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let first = world.join(&meeting_id, "alice").await.unwrap();
    let error = join_with(&world, &meeting_id, "alice", capabilities("None", "None", "None"))
        .await
        .unwrap_err();
    assert!(error.is_unprocessable_entity_exception(), "{error:?}");
    assert!(error.message().unwrap().contains("Capabilities"));
    assert_eq!(world.join(&meeting_id, "alice").await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_meeting_admits_nobody_new_and_everybody_again() {
    let world = World::with(|settings| settings.max_attendees = 2).await;
    let meeting_id = world.meeting().await;
    let alice = world.join(&meeting_id, "alice").await.unwrap();
    let bob = world.join(&meeting_id, "bob").await.unwrap();

    let CreateAttendeeError::LimitExceededException(error) =
        world.join(&meeting_id, "carol").await.unwrap_err()
    else {
        panic!("a third attendee in a meeting of two")
    };
    assert_eq!(error.code.as_deref(), Some("LimitExceeded"));
    assert!(error.request_id.is_some());
    assert_eq!(world.join(&meeting_id, "alice").await.unwrap(), alice);
    assert_eq!(world.join(&meeting_id, "bob").await.unwrap(), bob);
    assert_eq!(world.items().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_never_was_is_not_found() {
    let world = World::new().await;
    let CreateAttendeeError::NotFoundException(error) =
        world.join("0f8fad5b-d9cb-469f-a165-70867728950e", "alice").await.unwrap_err()
    else {
        panic!("an attendee without a meeting")
    };
    assert_eq!(error.code.as_deref(), Some("NotFound"));
    assert_eq!(world.items().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_ends_with_its_lifetime_to_the_second() {
    let world = World::with(|settings| settings.meeting_lifetime = 60).await;
    let meeting_id = world.meeting().await;
    world.pass(59);
    let alice = world.join(&meeting_id, "alice").await.unwrap();
    assert!(alice.attendee_id().is_some());
    world.pass(1);
    for user in ["alice", "bob"] {
        let error = world.join(&meeting_id, user).await.unwrap_err();
        assert!(error.is_not_found_exception(), "{error:?}");
        assert_eq!(error.message(), Some("The meeting has ended"));
    }
    assert_eq!(world.items().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_was_marked_as_ended_has_ended() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let mark = world.dynamodb.update_item().table_name(&world.settings.meetings_table);
    mark.key("MeetingId", aws_sdk_dynamodb::types::AttributeValue::S(meeting_id.clone()))
        .update_expression("SET EndedAt = :now")
        .expression_attribute_values(
            ":now",
            aws_sdk_dynamodb::types::AttributeValue::N("1800000000".into()),
        )
        .send()
        .await
        .unwrap();
    let error = world.join(&meeting_id, "alice").await.unwrap_err();
    assert!(error.is_not_found_exception(), "{error:?}");
    assert_eq!(error.message(), Some("The meeting has ended"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shortened_lifetime_does_not_shorten_a_meeting_that_is_there() {
    let before = World::with(|settings| settings.meeting_lifetime = 1_000_000).await;
    let meeting_id = before.meeting().await;
    let mut settings = before.settings.clone();
    settings.meeting_lifetime = 60;
    let after = World::on(before.dynamodb_url.clone(), settings).await;

    let alice = after.join(&meeting_id, "alice").await.unwrap();
    after.pass(999_999);
    assert_eq!(after.join(&meeting_id, "alice").await.unwrap(), alice);
    let item = after.dynamodb.scan().table_name(&after.settings.attendees_table).send().await;
    let expires_at = item.unwrap().items()[0]["ExpiresAt"].as_n().unwrap().parse::<u64>().unwrap();
    assert!(expires_at >= 1_801_000_000, "time to live would remove an attendee too early");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_is_a_typed_exception_with_code_message_and_request_id() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let CreateAttendeeError::BadRequestException(error) =
        world.join(&meeting_id, "x").await.unwrap_err()
    else {
        panic!("a name of one character")
    };
    assert_eq!(error.code.as_deref(), Some("BadRequest"));
    assert_eq!(
        error.message(),
        Some(
            "1 validation error detected: Value at 'externalUserId' failed to satisfy \
             constraint: Member must have length greater than or equal to 2"
        )
    );
    assert_eq!(error.request_id(), error.meta().extra("aws_request_id"));
    assert!(error.request_id().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn external_user_ids_are_taken_and_refused_as_documented() {
    let world = World::new().await;
    let meeting_id = world.meeting().await;
    let long = "é".repeat(64);
    let taken = ["«»", "À\u{ff}", "\u{c0}\u{d7}\u{f7}", "a ", " \t\n\r\u{b}\u{c}", "-_", &long];
    for user in taken {
        let attendee = world.join(&meeting_id, user).await.unwrap();
        assert_eq!(attendee.external_user_id(), Some(user), "kept as it came");
    }
    for allowed in "-_&@+=,(){}[]/.:|'\"#".chars() {
        let user = format!("{allowed}{allowed}");
        assert!(world.join(&meeting_id, &user).await.is_ok(), "{user}");
    }
    for refused in
        "!$%*;<>?\\^`~\u{bf}\u{100}\u{aa}\u{85}\u{a0}\u{2028}\u{0}\u{1c}\u{7f}ẞ😀".chars()
    {
        let user = format!("ok{refused}");
        let error = world.join(&meeting_id, &user).await.unwrap_err();
        assert!(error.is_bad_request_exception(), "U+{:04X}: {error:?}", refused as u32);
        assert!(!error.message().unwrap().contains(&user), "a message repeats the value");
    }
    for refused in ["é".repeat(65), "aws:x".to_owned(), "AWS:alice".to_owned()] {
        let error = world.join(&meeting_id, &refused).await.unwrap_err();
        assert!(error.is_bad_request_exception(), "{error:?}");
    }
    assert_eq!(world.items().await, taken.len() + 20);
}
