//! Attendees of meetings without video or content.

use aws_sdk_chimesdkmeetings::types::{
    ContentFeatures, MeetingFeaturesConfiguration, VideoFeatures,
};

use super::create_attendee::{capabilities, create_attendee_with};
use super::meetings::{delete, request, send};
use super::{Api, assert_bad_request};

/// Creates a meeting whose video and content have these resolutions.
pub async fn meeting(api: &Api, video: &str, content: &str) -> String {
    let features = MeetingFeaturesConfiguration::builder()
        .video(VideoFeatures::builder().max_resolution(video.into()).build())
        .content(ContentFeatures::builder().max_resolution(content.into()).build())
        .build();
    let request = request(api, &format!("{video}-{content}")).meeting_features(features);
    send(request).await.unwrap().meeting_id.unwrap()
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
            let (user, before) = (format!("user-{index}"), api.stored_attendees().await);
            let asked = capabilities("Send", asked_video, asked_content);
            match create_attendee_with(api, &meeting_id, &user, asked).await {
                Ok(_) => assert!(granted, "{asked_video} {asked_content} in {video} {content}"),
                Err(error) => {
                    assert!(!granted, "{error:?}");
                    assert_bad_request(&error, "'capabilities.");
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
    delete(api, &meeting_id).await;
    let video = capabilities("Send", "Send", "None");
    let error = create_attendee_with(api, &meeting_id, "alice", video).await.unwrap_err();
    assert!(error.is_not_found_exception(), "{error:?}");
}
