//! `POST /tags?operation=untag-resource`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_UntagResource.html>

use std::collections::BTreeSet;

use serde::Deserialize;

use super::context::Context;
use crate::domain::{MAX_TAGS, ResourceArn, TagKey};
use crate::error::Error;
use crate::json::{List, Member, objects};
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

objects!(Body);

pub struct Input {
    arn: ResourceArn,
    /// Each key once, because DynamoDB refuses to remove an attribute twice.
    keys: BTreeSet<TagKey>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(rename = "ResourceARN")]
    resource_arn: Member<String>,
    #[serde(rename = "TagKeys")]
    tag_keys: Member<List<String, MAX_TAGS>>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let body: Body = http.body(violations)?;
        let arn = violations.required("resourceARN", body.resource_arn, ResourceArn::parse);
        let keys = violations.values("tagKeys", body.tag_keys, 0, TagKey::parse);
        let keys = violations.require("tagKeys", keys);
        Ok(Self { arn: arn?, keys: keys?.into_iter().collect() })
    }
}

/// Removes tags from a meeting. A key that the meeting does not have is ignored.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<(), Error> {
    let (meeting_id, _) = context.tagged_meeting(&input.arn).await?;
    let (keys, now) = (&input.keys, context.now());
    if keys.is_empty() || context.store.remove_tags(meeting_id, keys, now).await? {
        Ok(())
    } else {
        Err(Error::NoSuchResource(input.arn))
    }
}
