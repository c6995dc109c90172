//! CreateMeeting with changed settings and time, and its violations.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;

use crate::app::TestApp;
use crate::suite::meetings::{request, send};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_names_its_meeting_until_the_meeting_has_ended() {
    let app = TestApp::with(|settings| settings.meeting_lifetime = 60).await;
    let create = async |external_id: &str, region: &str| {
        send(request(&app, "token-1").external_meeting_id(external_id).media_region(region)).await
    };
    let meeting = create("standup", "us-east-1").await.unwrap();
    assert_eq!(app.log.json().pop().unwrap()["replay"], false);
    let parameters = [("standup", "us-east-1"), ("retro", "us-east-1"), ("standup", "us-west-2")];
    for (external_id, region) in parameters {
        assert_eq!(create(external_id, region).await.unwrap(), meeting);
        assert_eq!(app.log.json().pop().unwrap()["replay"], true);
    }
    app.advance_clock(60);
    for (external_id, region) in parameters {
        let error = create(external_id, region).await.unwrap_err();
        assert!(error.is_conflict_exception(), "{error:?}");
        assert_eq!(error.meta().code(), Some("ConflictException"));
        assert_eq!(
            error.message(),
            Some("The ClientRequestToken was used for a meeting that has ended")
        );
    }
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
