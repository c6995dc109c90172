//! `GET /tags?arn=…`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_ListTagsForResource.html>

use serde::Serialize;

use super::context::Context;
use super::shapes::TagOutput;
use crate::domain::ResourceArn;
use crate::error::Error;
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

pub struct Input {
    arn: ResourceArn,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    tags: Vec<TagOutput>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let arn = violations.required("resourceARN", http.query("arn"), ResourceArn::parse)?;
        Ok(Self { arn })
    }
}

/// Lists the tags of a meeting in the order of their keys.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<Output, Error> {
    let (_, tags) = context.tagged_meeting(&input.arn).await?;
    Ok(Output { tags: TagOutput::list(&tags) })
}
