//! What a meeting without video or content means for its attendees.

use aws_sdk_chimesdkmeetings::types::AttendeeCapabilities;

use crate::suite::features::meeting;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_did_not_create_the_meeting_learns_what_it_is() {
    let world = World::new().await;
    let meeting_id = meeting(&world, "None", "FHD").await;
    let other = World::on(world.dynamodb_url.clone(), world.settings.clone()).await;
    let alice = other.join(&meeting_id, "alice").await.unwrap();
    assert_eq!(alice.capabilities().unwrap().video().as_str(), "Receive");
    assert_eq!(other.join(&meeting_id, "alice").await.unwrap(), alice);
    assert_eq!(world.join(&meeting_id, "alice").await.unwrap(), alice);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_claims_no_seat() {
    let world = World::with(|settings| settings.max_attendees = 1).await;
    let meeting_id = meeting(&world, "None", "None").await;
    let all = AttendeeCapabilities::builder().audio("Send".into()).video("Send".into());
    let request = world.chime.create_attendee().meeting_id(&meeting_id).external_user_id("alice");
    request.capabilities(all.content("None".into()).build().unwrap()).send().await.unwrap_err();
    world.join(&meeting_id, "bob").await.unwrap();
}
