//! `GET /tags?arn=…`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_ListTagsForResource.html>

use serde::Serialize;

use super::Call;
use super::tags::tagged;
use super::wire::TagOutput;
use crate::domain::ResourceArn;
use crate::error::Error;
use crate::json::Member;
use crate::violations::Violations;

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    tags: Vec<TagOutput>,
}

/// Lists the tags of a meeting, in the order of their keys.
pub(super) async fn list_tags_for_resource(
    mut call: Call<'_>,
    arn: Member<String>,
) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let Some(arn) = violations.required("resourceARN", arn, ResourceArn::parse) else {
        return Err(Error::Invalid(violations));
    };
    let (_, tags) = tagged(&mut call, &arn).await?;
    Ok(Output { tags: TagOutput::list(&tags) })
}
