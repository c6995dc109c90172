//! Attendees of meetings without video or content.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use aws_sdk_chimesdkmeetings::types::{
    AttendeeCapabilities, ContentFeatures, MeetingFeaturesConfiguration, VideoFeatures,
};

use super::Api;

/// Creates a meeting whose video and content have these resolutions.
pub async fn meeting(api: &Api, video: &str, content: &str) -> String {
    let features = MeetingFeaturesConfiguration::builder()
        .video(VideoFeatures::builder().max_resolution(video.into()).build())
        .content(ContentFeatures::builder().max_resolution(content.into()).build())
        .build();
    let request =
        api.chime.create_meeting().client_request_token(api.token(&format!("{video}-{content}")));
    let request = request.external_meeting_id("standup").media_region("us-east-1");
    let response = request.meeting_features(features).send().await.unwrap();
    response.meeting.unwrap().meeting_id.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn capabilities_depend_on_the_features_of_the_meeting() {
    let api = &Api::start().await;
    for (video, content, expected) in [
        ("HD", "FHD", ["SendReceive", "SendReceive", "SendReceive"]),
        ("None", "FHD", ["SendReceive", "Receive", "SendReceive"]),
        ("HD", "None", ["SendReceive", "SendReceive", "None"]),
        ("None", "None", ["SendReceive", "None", "None"]),
    ] {
        let meeting_id = meeting(api, video, content).await;
        let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
        let granted = alice.capabilities().unwrap();
        assert_eq!(
            [granted.audio(), granted.video(), granted.content()].map(|medium| medium.as_str()),
            expected,
            "{video} {content}"
        );
        assert_eq!(api.create_attendee(&meeting_id, "alice").await.unwrap(), alice);

        let named = [
            ("None", "None", true),
            ("SendReceive", "None", video != "None"),
            ("Send", "None", video != "None"),
            ("Receive", "None", video != "None"),
            ("None", "Send", content != "None"),
            ("Receive", "SendReceive", video != "None" && content != "None"),
            ("Receive", "Receive", video != "None" && content != "None"),
        ];
        for (index, (asked_video, asked_content, granted)) in named.into_iter().enumerate() {
            let capabilities = AttendeeCapabilities::builder().audio("Send".into());
            let capabilities = capabilities.video(asked_video.into()).content(asked_content.into());
            let request = api.chime.create_attendee().meeting_id(&meeting_id);
            let request = request.external_user_id(format!("user-{index}"));
            let before = api.stored_attendees().await;
            let response = request.capabilities(capabilities.build().unwrap()).send().await;
            match response {
                Ok(_) => assert!(granted, "{asked_video} {asked_content} in {video} {content}"),
                Err(error) => {
                    let error = error.into_service_error();
                    assert!(!granted && error.is_bad_request_exception(), "{error:?}");
                    assert!(error.message().unwrap().contains("'capabilities."), "{error:?}");
                    assert_eq!(api.stored_attendees().await, before);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_meeting_is_reported_before_its_excluded_media() {
    let api = &Api::start().await;
    let meeting_id = meeting(api, "None", "None").await;
    api.chime.delete_meeting().meeting_id(&meeting_id).send().await.unwrap();
    let all = AttendeeCapabilities::builder().audio("Send".into()).video("Send".into());
    let request = api.chime.create_attendee().meeting_id(&meeting_id).external_user_id("alice");
    let response = request.capabilities(all.content("None".into()).build().unwrap()).send().await;
    assert!(response.unwrap_err().into_service_error().is_not_found_exception());
}
