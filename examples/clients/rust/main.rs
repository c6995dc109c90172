//! Calls the API with the AWS SDK for Rust: `cargo run --example client -- ENDPOINT`. Credentials and region
//! come from the environment. With `SIGNING_NAME=execute-api` it signs for a deployed API.
//!
//! It is an example of this package, because then it needs no dependencies that the tests do not build anyway.

use std::collections::BTreeSet;
use std::error::Error;

use aws_config::BehaviorVersion;
use aws_sdk_chimesdkmeetings::Client;
use aws_sdk_chimesdkmeetings::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_chimesdkmeetings::config::{Builder, ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_chimesdkmeetings::error::BoxError;
use aws_sdk_chimesdkmeetings::operation::RequestId;
use aws_sdk_chimesdkmeetings::operation::create_attendee::CreateAttendeeError;
use aws_sdk_chimesdkmeetings::operation::get_meeting::GetMeetingError;
use aws_sdk_chimesdkmeetings::types::{
    AttendeeCapabilities, AttendeeFeatures, CreateAttendeeRequestItem, EngineTranscribeSettings,
    MediaCapabilities, MeetingFeaturesConfiguration, TranscribeLanguageCode,
    TranscriptionConfiguration, VideoFeatures, VideoResolution,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_types::SigningName;

/// API Gateway verifies signatures for `execute-api`, not for `chime`.
#[derive(Debug)]
struct SignFor(SigningName);

impl Intercept for SignFor {
    fn name(&self) -> &'static str {
        "SignFor"
    }

    fn modify_before_signing(
        &self,
        _: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        config.interceptor_state().store_put(self.0.clone());
        Ok(())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a command-line program reports its result there")]
async fn main() -> Result<(), Box<dyn Error>> {
    let endpoint = std::env::args().nth(1).ok_or("the endpoint is missing")?;
    // With the default features of `aws-config`, the default HTTP client does.
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let environment =
        aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let mut config = Builder::from(&environment).endpoint_url(endpoint);
    if let Ok(name) = std::env::var("SIGNING_NAME") {
        config = config.interceptor(SignFor(SigningName::from(name)));
    }
    run(&Client::from_conf(config.build())).await?;
    println!("Rust aws-sdk-chimesdkmeetings {} ok", aws_sdk_chimesdkmeetings::meta::PKG_VERSION);
    Ok(())
}

async fn run(chime: &Client) -> Result<(), Box<dyn Error>> {
    // A meeting for two attendees.
    let features = MeetingFeaturesConfiguration::builder()
        .video(VideoFeatures::builder().max_resolution(VideoResolution::Hd).build())
        .attendee(AttendeeFeatures::builder().max_count(2).build())
        .build();
    let meeting = chime
        .create_meeting()
        .client_request_token(uuid::Uuid::new_v4())
        .external_meeting_id("standup")
        .media_region("eu-central-1")
        .meeting_features(features.clone())
        .send()
        .await?
        .meeting
        .ok_or("no meeting")?;
    assert_eq!(meeting.meeting_features(), Some(&features));
    let id = meeting.meeting_id().ok_or("no meeting id")?;

    // Creating the same user again returns the same attendee, with the same join token.
    let create = |user: &str| chime.create_attendee().meeting_id(id).external_user_id(user);
    let alice = create("alice").send().await?.attendee.ok_or("no attendee")?;
    let again = create("alice").send().await?.attendee.ok_or("no attendee")?;
    assert_eq!(again, alice);

    // Bob is named twice and becomes one attendee.
    let bob = CreateAttendeeRequestItem::builder().external_user_id("bob").build()?;
    let batch = chime.batch_create_attendee().meeting_id(id).attendees(bob.clone()).attendees(bob);
    let batch = batch.send().await?;
    assert_eq!((batch.attendees().len(), batch.errors()), (1, &[][..]));
    let bob = batch.attendees().first().and_then(|bob| bob.attendee_id()).ok_or("no attendee")?;

    let mut pages = chime.list_attendees().meeting_id(id).max_results(1).into_paginator().send();
    let mut listed = BTreeSet::new();
    while let Some(page) = pages.next().await {
        listed.extend(page?.attendees.into_iter().flatten().filter_map(|a| a.external_user_id));
    }
    assert_eq!(listed, BTreeSet::from(["alice".to_owned(), "bob".to_owned()]));

    let receive_audio = AttendeeCapabilities::builder()
        .audio(MediaCapabilities::Receive)
        .video(MediaCapabilities::None)
        .content(MediaCapabilities::None)
        .build()?;
    let update = chime.update_attendee_capabilities().meeting_id(id).attendee_id(bob);
    let updated = update.capabilities(receive_audio.clone()).send().await?;
    let updated = updated.attendee.ok_or("no attendee")?;
    assert_eq!(updated.capabilities(), Some(&receive_audio));

    let refused =
        create("aws:alice").send().await.err().ok_or("no exception")?.into_service_error();
    assert!(matches!(refused, CreateAttendeeError::BadRequestException(_)), "{refused:?}");
    assert!(refused.request_id().is_some());
    let refused = create("carol").send().await.err().ok_or("no exception")?.into_service_error();
    assert!(matches!(refused, CreateAttendeeError::LimitExceededException(_)), "{refused:?}");
    assert!(refused.request_id().is_some());
    let refused = create("alice").capabilities(receive_audio).send().await;
    let refused = refused.err().ok_or("no exception")?.into_service_error();
    assert!(matches!(refused, CreateAttendeeError::UnprocessableEntityException(_)), "{refused:?}");
    assert!(refused.request_id().is_some());

    let engine = EngineTranscribeSettings::builder();
    let engine = engine.language_code(TranscribeLanguageCode::EnUs).build();
    let transcription =
        TranscriptionConfiguration::builder().engine_transcribe_settings(engine).build();
    let start = chime.start_meeting_transcription().meeting_id(id);
    start.transcription_configuration(transcription).send().await?;
    chime.stop_meeting_transcription().meeting_id(id).send().await?;

    chime.delete_attendee().meeting_id(id).attendee_id(bob).send().await?;
    chime.delete_meeting().meeting_id(id).send().await?;
    let refused = chime.get_meeting().meeting_id(id).send().await;
    let refused = refused.err().ok_or("no exception")?.into_service_error();
    assert!(matches!(refused, GetMeetingError::NotFoundException(_)), "{refused:?}");
    assert!(refused.request_id().is_some());
    Ok(())
}
