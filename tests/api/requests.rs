//! How many requests to DynamoDB an operation makes, counted on the wire.

use serde_json::json;

use crate::faults::plan::Plan;
use crate::front;
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_create_and_a_replay_are_two_requests_each() {
    let plan = Plan::default();
    let world = World::hostile(&plan, front::TIME).await;
    let other = World::on(world.dynamodb_url.clone(), world.settings.clone()).await;
    let requests = async |user: &str, meeting_id: &str| {
        let before = plan.requests().len();
        world.join(meeting_id, user).await.unwrap();
        plan.requests().len() - before
    };
    let plain = world.meeting().await;
    assert_eq!(requests("alice", &plain).await, 2);
    assert_eq!(requests("alice", &plain).await, 2);

    // Also where the defaults are others, on the instance that created the meeting.
    let create = |world: &World, token: &str| {
        let body = json!({
            "ClientRequestToken": token,
            "ExternalMeetingId": "all-hands",
            "MediaRegion": "eu-central-1",
            "MeetingFeatures": {"Video": {"MaxResolution": "None"}},
        });
        let url = world.url.clone();
        async move {
            let request = reqwest::Client::new().post(format!("{url}/meetings"));
            let request = request.header("content-type", "application/json");
            let answer = crate::world::Raw::read(request.body(body.to_string())).await.json();
            answer["Meeting"]["MeetingId"].as_str().unwrap().to_owned()
        }
    };
    let own = create(&world, "own").await;
    assert_eq!(requests("alice", &own).await, 2);
    assert_eq!(requests("alice", &own).await, 2);

    // Of another instance's meeting it learns from one refusal, once.
    let others = create(&other, "others").await;
    assert_eq!(requests("alice", &others).await, 3);
    assert_eq!(requests("bob", &others).await, 2);
}
