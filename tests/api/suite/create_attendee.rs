//! CreateAttendee through the SDK: typed outputs, typed exceptions.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::types::{Attendee, AttendeeCapabilities, MediaCapabilities};

use super::{Api, UNKNOWN_ID};

pub fn capabilities(audio: &str, video: &str, content: &str) -> AttendeeCapabilities {
    AttendeeCapabilities::builder()
        .audio(audio.into())
        .video(video.into())
        .content(content.into())
        .build()
        .unwrap()
}

pub async fn create_attendee_with(
    api: &Api,
    meeting_id: &str,
    user: &str,
    capabilities: AttendeeCapabilities,
) -> Result<Attendee, CreateAttendeeError> {
    let request = api.chime.create_attendee().meeting_id(meeting_id).external_user_id(user);
    let response = request.capabilities(capabilities).send().await;
    response.map(|output| output.attendee.unwrap()).map_err(|error| error.into_service_error())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attendee_has_an_id_a_token_and_all_capabilities() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let attendee = api.create_attendee(&meeting_id, "alice@example.com").await.unwrap();

    assert_eq!(attendee.external_user_id(), Some("alice@example.com"));
    let id = uuid::Uuid::parse_str(attendee.attendee_id().unwrap()).unwrap();
    assert_eq!(id.get_version_num(), 4);
    assert_token_names(&attendee, &meeting_id);
    let all = MediaCapabilities::SendReceive;
    let granted = attendee.capabilities().unwrap();
    assert_eq!([granted.audio(), granted.video(), granted.content()], [&all, &all, &all]);
}

/// Asserts the form of a join token: the two ids, and a secret.
pub fn assert_token_names(attendee: &Attendee, meeting_id: &str) {
    let token = attendee.join_token().unwrap();
    let ids = format!("{meeting_id}{}", attendee.attendee_id().unwrap()).replace('-', "");
    let secret = token.strip_prefix(&ids).expect("a token begins with the two ids");
    assert_eq!(secret.len(), 64);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_names_its_meeting_in_lower_case_whatever_the_request_s_path_says() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let attendee = api.create_attendee(&meeting_id.to_uppercase(), "alice").await.unwrap();
    assert_token_names(&attendee, &meeting_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_64_combinations_of_capabilities_are_granted_or_refused_by_the_corner_rule() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let values = ["SendReceive", "Send", "Receive", "None"];
    let (mut granted, mut refused) = (0, 0);
    for audio in values {
        for video in values {
            for content in values {
                let user = format!("{audio}-{video}-{content}");
                let asked = capabilities(audio, video, content);
                let outcome = create_attendee_with(api, &meeting_id, &user, asked.clone()).await;
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
    api.assert_stored(48).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_returns_the_same_attendee() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let first = api.create_attendee(&meeting_id, "alice").await.unwrap();
    assert_eq!(api.create_attendee(&meeting_id, "alice").await.unwrap(), first);
    // The default capabilities are equal to the same capabilities in the request.
    let all = capabilities("SendReceive", "SendReceive", "SendReceive");
    assert_eq!(create_attendee_with(api, &meeting_id, "alice", all).await.unwrap(), first);
    // Meeting ids are case-insensitive.
    assert_eq!(api.create_attendee(&meeting_id.to_uppercase(), "alice").await.unwrap(), first);
    api.assert_stored(1).await;

    let other = api.create_attendee(&meeting_id, "Alice").await.unwrap();
    assert_ne!(other.attendee_id(), first.attendee_id());
    assert_ne!(other.join_token(), first.join_token());
    api.assert_stored(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_with_other_capabilities_is_unprocessable_and_changes_nothing() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let first = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let error =
        create_attendee_with(api, &meeting_id, "alice", capabilities("None", "None", "None"))
            .await
            .unwrap_err();
    assert!(error.is_unprocessable_entity_exception(), "{error:?}");
    assert!(error.message().unwrap().contains("Capabilities"));
    assert_eq!(api.create_attendee(&meeting_id, "alice").await.unwrap(), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_meeting_is_not_found() {
    let api = &Api::start().await;
    let CreateAttendeeError::NotFoundException(error) =
        api.create_attendee(UNKNOWN_ID, "alice").await.unwrap_err()
    else {
        panic!("expected NotFoundException")
    };
    assert_eq!(error.code.as_deref(), Some("NotFoundException"));
    api.assert_stored(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_is_a_typed_exception_with_code_message_and_request_id() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let CreateAttendeeError::BadRequestException(error) =
        api.create_attendee(&meeting_id, "x").await.unwrap_err()
    else {
        panic!("expected BadRequestException")
    };
    assert_eq!(error.code.as_deref(), Some("BadRequestException"));
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
async fn external_user_ids_are_accepted_and_refused_as_documented() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let long = "é".repeat(64);
    let accepted = ["«»", "À\u{ff}", "\u{c0}\u{d7}\u{f7}", "a ", " \t\n\r\u{b}\u{c}", "-_", &long];
    for user in accepted {
        let attendee = api.create_attendee(&meeting_id, user).await.unwrap();
        assert_eq!(attendee.external_user_id(), Some(user), "returned unchanged");
    }
    for allowed in "-_&@+=,(){}[]/.:|'\"#".chars() {
        let user = format!("{allowed}{allowed}");
        assert!(api.create_attendee(&meeting_id, &user).await.is_ok(), "{user}");
    }
    for refused in
        "!$%*;<>?\\^`~\u{bf}\u{100}\u{aa}\u{85}\u{a0}\u{2028}\u{0}\u{1c}\u{7f}ẞ😀".chars()
    {
        let user = format!("ok{refused}");
        let error = api.create_attendee(&meeting_id, &user).await.unwrap_err();
        assert!(error.is_bad_request_exception(), "U+{:04X}: {error:?}", refused as u32);
        assert!(!error.message().unwrap().contains(&user), "the message repeats the value");
    }
    for refused in ["é".repeat(65), "aws:x".to_owned(), "AWS:alice".to_owned()] {
        let error = api.create_attendee(&meeting_id, &refused).await.unwrap_err();
        assert!(error.is_bad_request_exception(), "{error:?}");
    }
    api.assert_stored(accepted.len() + 20).await;
}
