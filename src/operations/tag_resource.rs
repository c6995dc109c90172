//! `POST /tags?operation=tag-resource`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_TagResource.html>

use serde::Deserialize;

use super::Call;
use super::tags::change;
use super::wire::{MAX_TAGS, TagItem, read_tags};
use crate::domain::ResourceArn;
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
    change(&mut call, &arn, |tags| {
        tags.extend(new.clone());
        if tags.len() > MAX_TAGS { Err(Error::TooManyTags) } else { Ok(()) }
    })
    .await
}
