//! Tags of a meeting, by its ARN.

use std::sync::Arc;

use aws_sdk_chimesdkmeetings::types::Tag;

use crate::world::World;

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

async fn meeting(world: &World) -> String {
    let request = world.chime.create_meeting().client_request_token("token").tags(tag("b", "2"));
    let request = request.external_meeting_id("standup").media_region("us-east-1");
    let answer = request.tags(tag("a", "1")).send().await.unwrap();
    answer.meeting.unwrap().meeting_arn.unwrap()
}

async fn tags(world: &World, arn: &str) -> Vec<(String, String)> {
    let answer = world.chime.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    answer.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_listed_added_replaced_and_removed() {
    let world = World::new().await;
    let arn = meeting(&world).await;
    assert_eq!(tags(&world, &arn).await, pairs(&[("a", "1"), ("b", "2")]));
    let change = world.chime.tag_resource().resource_arn(&arn);
    change.tags(tag("b", "two")).tags(tag("c", "")).send().await.unwrap();
    assert_eq!(tags(&world, &arn).await, pairs(&[("a", "1"), ("b", "two"), ("c", "")]));
    let change = world.chime.untag_resource().resource_arn(&arn);
    change.tag_keys("a").tag_keys("never-there").tag_keys("a").send().await.unwrap();
    assert_eq!(tags(&world, &arn).await, pairs(&[("b", "two"), ("c", "")]));
    // What became of the tags does not make another request of the meeting's.
    assert_eq!(meeting(&world).await, arn);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_has_fifty_tags_at_most() {
    let world = World::new().await;
    let arn = meeting(&world).await;
    let add = |from: usize, to: usize| {
        let new = (from..to).map(|index| tag(&format!("key-{index}"), "x").clone()).collect();
        world.chime.tag_resource().resource_arn(&arn).set_tags(Some(new)).send()
    };
    add(0, 48).await.unwrap();
    let error = add(48, 49).await.unwrap_err().into_service_error();
    assert!(error.is_too_many_tags_exception(), "{error:?}");
    add(0, 48).await.unwrap();
    let error = add(0, 51).await.unwrap_err().into_service_error();
    assert!(error.is_bad_request_exception(), "{error:?}");
    assert_eq!(tags(&world, &arn).await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_is_lost_to_another() {
    let world = Arc::new(World::new().await);
    let arn = meeting(&world).await;
    let callers = (0..40).map(|index| {
        let (world, arn) = (world.clone(), arn.clone());
        tokio::spawn(async move {
            let change = world.chime.tag_resource().resource_arn(arn);
            change.tags(tag(&format!("key-{index}"), "x")).send().await.unwrap();
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    assert_eq!(tags(&world, &arn).await.len(), 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_active_meeting_has_no_tags() {
    let world = World::new().await;
    let arn = meeting(&world).await;
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    let own = "arn:aws:chime:us-east-1:000000000000";
    let elsewhere = arn.replace("us-east-1", "us-west-2");
    for other in [&format!("{own}:meeting/{id}"), &format!("{own}:room/{id}"), &elsewhere] {
        let list = world.chime.list_tags_for_resource().resource_arn(other).send().await;
        assert!(list.unwrap_err().into_service_error().is_resource_not_found_exception());
        let add = world.chime.tag_resource().resource_arn(other).tags(tag("a", "1")).send().await;
        assert!(add.unwrap_err().into_service_error().is_resource_not_found_exception());
        let remove = world.chime.untag_resource().resource_arn(other).tag_keys("a").send().await;
        assert!(remove.unwrap_err().into_service_error().is_resource_not_found_exception());
    }
    let list = world.chime.list_tags_for_resource().resource_arn("aws:chime").send().await;
    assert!(list.unwrap_err().into_service_error().is_bad_request_exception());
    let none = world.chime.untag_resource().resource_arn(&arn).tag_keys("a b").send().await;
    assert!(none.unwrap_err().into_service_error().is_bad_request_exception());
}
