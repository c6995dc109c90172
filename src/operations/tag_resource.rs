//! `POST /tags?operation=tag-resource`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_TagResource.html>

use serde::Deserialize;

use super::context::Context;
use super::shapes::{Tag, validate_tags};
use crate::domain::{MAX_TAGS, ResourceArn, Tags};
use crate::error::Error;
use crate::json::{List, Member, objects};
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

objects!(Body);

/// An attempt fails only if a concurrent request removes one of these tags, or adds so many that the limit
/// would be exceeded.
const MAX_ATTEMPTS: usize = 8;

pub struct Input {
    arn: ResourceArn,
    tags: Tags,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(rename = "ResourceARN")]
    resource_arn: Member<String>,
    #[serde(rename = "Tags")]
    tags: Member<List<Tag, MAX_TAGS>>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let body: Body = http.body(violations)?;
        let arn = violations.required("resourceARN", body.resource_arn, ResourceArn::parse);
        let tags = validate_tags(body.tags, violations);
        let tags = violations.require("tags", tags);
        Ok(Self { arn: arn?, tags: tags? })
    }
}

/// Adds tags to a meeting. A key that the meeting already has gets the new value.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<(), Error> {
    let Input { arn, tags } = input;
    for _ in 0..MAX_ATTEMPTS {
        let (meeting_id, current) = context.tagged_meeting(&arn).await?;
        let added = tags.keys().filter(|key| !current.contains_key(key)).count();
        if current.len() + added > MAX_TAGS {
            return Err(Error::TooManyTags(arn));
        }
        let (store, now) = (context.store, context.now());
        if tags.is_empty() || store.set_tags(meeting_id, &tags, &current, now).await? {
            return Ok(());
        }
    }
    Err(Error::Unavailable("other requests keep changing the same tags".into()))
}
