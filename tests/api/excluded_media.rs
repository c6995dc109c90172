//! Attendees of meetings without video or content, with several instances and changed settings.

use crate::app::TestApp;
use crate::suite::create_attendee::{capabilities, create_attendee_with};
use crate::suite::features::meeting;

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_learns_the_features_of_meetings_that_others_created() {
    let app = TestApp::new().await;
    let meeting_id = meeting(&app, "None", "FHD").await;
    let other = app.other_instance(0).await;
    let alice = other.create_attendee(&meeting_id, "alice").await.unwrap();
    assert_eq!(alice.capabilities().unwrap().video().as_str(), "Receive");
    assert_eq!(other.create_attendee(&meeting_id, "alice").await.unwrap(), alice);
    assert_eq!(app.create_attendee(&meeting_id, "alice").await.unwrap(), alice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_reserves_no_seat() {
    let app = TestApp::with(|settings| settings.max_attendees = 1).await;
    let meeting_id = meeting(&app, "None", "None").await;
    let video = capabilities("Send", "Send", "None");
    create_attendee_with(&app, &meeting_id, "alice", video).await.unwrap_err();
    app.create_attendee(&meeting_id, "bob").await.unwrap();
}
