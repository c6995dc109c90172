//! `POST /tags?operation=untag-resource`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_UntagResource.html>

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Call;
use super::tags::tagged;
use super::wire::MAX_TAGS;
use crate::domain::{ResourceArn, TagKey};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::violations::Violations;

objects!(Input);

/// As it comes.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: Member<String>,
    #[serde(rename = "TagKeys")]
    tag_keys: Member<Vec<Member<String>>>,
}

/// Removes tags from a meeting; a key that is not there is none to remove.
pub(super) async fn untag_resource(mut call: Call<'_>, input: Input) -> Result<(), Error> {
    let mut violations = Violations::default();
    let arn = violations.required("resourceARN", input.resource_arn, ResourceArn::parse);
    let keys = violations.required_structure("tagKeys", input.tag_keys, |violations, list| {
        violations.elements("tagKeys", list, 0..=MAX_TAGS, |violations, at, text| {
            violations.check(at, TagKey::parse(text))
        })
    });
    let (Some(arn), Some(keys)) = (arn, keys) else {
        return Err(Error::Invalid(violations));
    };
    // A key that is named twice is removed once; DynamoDB refuses to do it twice.
    let keys: Vec<TagKey> = keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let (meeting_id, _) = tagged(&mut call, &arn).await?;
    let now = call.clock.epoch_seconds();
    if keys.is_empty() || call.store.remove_tags(meeting_id, &keys, now).await? {
        Ok(())
    } else {
        Err(Error::NoSuchResource(arn))
    }
}
