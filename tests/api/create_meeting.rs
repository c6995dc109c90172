//! CreateMeeting with changed settings and time, and its violations.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;

use crate::app::TestApp;
use crate::suite::meetings::{request, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_used_with_other_parameters_or_for_an_ended_meeting_is_a_conflict() {
    let app = TestApp::with(|settings| settings.meeting_lifetime = 60).await;
    send(request(&app, "token-1").external_meeting_id("standup").media_region("us-east-1"))
        .await
        .unwrap();
    for (external_id, region) in [("retro", "us-east-1"), ("standup", "us-west-2")] {
        let error =
            send(request(&app, "token-1").external_meeting_id(external_id).media_region(region))
                .await
                .unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
        assert_eq!(error.meta().code(), Some("ConflictException"));
    }
    app.advance_clock(60);
    let error =
        send(request(&app, "token-1").external_meeting_id("standup").media_region("us-east-1"))
            .await
            .unwrap_err();
    assert!(error.is_conflict_exception(), "{error:?}");
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
