//! ListTagsForResource, TagResource and UntagResource.

use aws_sdk_chimesdkmeetings::operation::list_tags_for_resource::ListTagsForResourceError;
use aws_sdk_chimesdkmeetings::operation::tag_resource::TagResourceError;
use aws_sdk_chimesdkmeetings::operation::untag_resource::UntagResourceError;
use aws_sdk_chimesdkmeetings::types::Tag;
use futures_util::future::join_all;

use super::meetings::{request, send};
use super::{Api, UNKNOWN_ID};

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

async fn meeting(api: &Api) -> String {
    let request = request(api, "token").tags(tag("b", "2")).tags(tag("a", "1"));
    send(request).await.unwrap().meeting_arn.unwrap()
}

async fn tags(api: &Api, arn: &str) -> Vec<(String, String)> {
    let response = api.chime.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    response.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_listed_added_replaced_and_removed() {
    let api = &Api::start().await;
    let arn = meeting(api).await;
    assert_eq!(tags(api, &arn).await, pairs(&[("a", "1"), ("b", "2")]));
    let change = api.chime.tag_resource().resource_arn(&arn);
    change.tags(tag("b", "two")).tags(tag("c", "")).send().await.unwrap();
    assert_eq!(tags(api, &arn).await, pairs(&[("a", "1"), ("b", "two"), ("c", "")]));
    let change = api.chime.untag_resource().resource_arn(&arn);
    change.tag_keys("a").tag_keys("never-there").tag_keys("a").send().await.unwrap();
    assert_eq!(tags(api, &arn).await, pairs(&[("b", "two"), ("c", "")]));
    // Changed tags don't make a replay of CreateMeeting a conflict.
    assert_eq!(meeting(api).await, arn);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_arn_of_another_partition_region_and_account_names_the_same_meeting() {
    let api = &Api::start().await;
    let arn = meeting(api).await;
    let (_, id) = arn.split_once(":meeting/").unwrap();
    let elsewhere = format!("arn:aws-cn:chime:xx-other-1:999999999999:meeting/{id}");
    let add = api.chime.tag_resource().resource_arn(&elsewhere).tags(tag("c", "3"));
    add.send().await.unwrap();
    api.chime.untag_resource().resource_arn(&elsewhere).tag_keys("a").send().await.unwrap();
    assert_eq!(tags(api, &elsewhere).await, pairs(&[("b", "2"), ("c", "3")]));
    assert_eq!(tags(api, &arn).await, pairs(&[("b", "2"), ("c", "3")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_has_at_most_fifty_tags() {
    let api = &Api::start().await;
    let arn = meeting(api).await;
    let add = |from: usize, to: usize| {
        let new = (from..to).map(|index| tag(&format!("key-{index}"), "x").clone()).collect();
        api.chime.tag_resource().resource_arn(&arn).set_tags(Some(new)).send()
    };
    add(0, 48).await.unwrap();
    let error = add(48, 49).await.unwrap_err().into_service_error();
    let TagResourceError::TooManyTagsException(error) = error else { panic!("{error:?}") };
    assert_eq!(error.resource_name(), Some(arn.as_str()));
    add(0, 48).await.unwrap();
    let error = add(0, 51).await.unwrap_err().into_service_error();
    assert!(error.is_bad_request_exception(), "{error:?}");
    assert_eq!(tags(api, &arn).await.len(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_lose_no_tag() {
    let api = &Api::start().await;
    let arn = meeting(api).await;
    let callers = (0..40).map(|index| {
        let change = api.chime.tag_resource().resource_arn(&arn);
        change.tags(tag(&format!("key-{index}"), "x")).send()
    });
    for outcome in join_all(callers).await {
        outcome.unwrap();
    }
    assert_eq!(tags(api, &arn).await.len(), 42);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_meetings_have_tags() {
    let api = &Api::start().await;
    let arn = meeting(api).await;
    let id = UNKNOWN_ID;
    let (own, _) = arn.split_once(":meeting/").unwrap();
    let elsewhere =
        own.rsplitn(3, ':').last().unwrap().to_owned() + ":xx-other-1:000000000000:meeting/" + id;
    for other in [&format!("{own}:meeting/{id}"), &format!("{own}:room/{id}"), &elsewhere] {
        let list = api.chime.list_tags_for_resource().resource_arn(other).send().await;
        let error = list.unwrap_err().into_service_error();
        let ListTagsForResourceError::ResourceNotFoundException(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.resource_name(), Some(other.as_str()));
        let add = api.chime.tag_resource().resource_arn(other).tags(tag("a", "1")).send().await;
        let error = add.unwrap_err().into_service_error();
        let TagResourceError::ResourceNotFoundException(error) = error else { panic!("{error:?}") };
        assert_eq!(error.resource_name(), Some(other.as_str()));
        let remove = api.chime.untag_resource().resource_arn(other).tag_keys("a").send().await;
        let error = remove.unwrap_err().into_service_error();
        let UntagResourceError::ResourceNotFoundException(error) = error else {
            panic!("{error:?}")
        };
        assert_eq!(error.resource_name(), Some(other.as_str()));
    }
    let list = api.chime.list_tags_for_resource().resource_arn("aws:chime").send().await;
    assert!(list.unwrap_err().into_service_error().is_bad_request_exception());
    let none = api.chime.untag_resource().resource_arn(&arn).tag_keys("a b").send().await;
    assert!(none.unwrap_err().into_service_error().is_bad_request_exception());
}
