//! `POST /tags?operation=tag-resource`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_TagResource.html>

use serde::Deserialize;

use super::Call;
use super::tags::tagged;
use super::wire::{MAX_TAGS, TagItem, read_tags};
use crate::domain::ResourceArn;
use crate::error::Error;
use crate::json::{Member, objects};
use crate::violations::Violations;

objects!(Input);

/// How often it is tried. Another attempt is needed only when somebody removed a tag that is to get
/// a new value, or took the room for a new one, at the same time.
const ATTEMPTS: usize = 8;

/// As it comes.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: Member<String>,
    #[serde(rename = "Tags")]
    tags: Member<Vec<Member<TagItem>>>,
}

/// Adds tags to a meeting; a key that is there gets the new value.
pub(super) async fn tag_resource(mut call: Call<'_>, input: Input) -> Result<(), Error> {
    let mut violations = Violations::default();
    let arn = violations.required("resourceARN", input.resource_arn, ResourceArn::parse);
    let tags = violations.required_structure("tags", input.tags, read_tags);
    let (Some(arn), Some(new)) = (arn, tags) else {
        return Err(Error::Invalid(violations));
    };
    for _ in 0..ATTEMPTS {
        let (meeting_id, before) = tagged(&mut call, &arn).await?;
        let added = new.keys().filter(|key| !before.contains_key(key)).count();
        if before.len() + added > MAX_TAGS {
            return Err(Error::TooManyTags(arn));
        }
        let now = call.clock.epoch_seconds();
        if new.is_empty() || call.store.set_tags(meeting_id, &new, &before, MAX_TAGS, now).await? {
            return Ok(());
        }
    }
    Err(Error::Unavailable("others keep changing the same tags".into()))
}
