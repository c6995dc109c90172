//! Tags of meetings.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{Constraint, MAX_TAGS, TagKey, TagValue, Tags};
use crate::json::{List, Member, objects};
use crate::violations::{Reported, Violations};

objects!(Tag);

/// `Tag` of a request.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Tag {
    key: Member<String>,
    value: Member<String>,
}

/// The member `Tags`; each key can occur once.
pub fn validate_tags(
    tags: Member<List<Tag, MAX_TAGS>>,
    violations: &mut Violations,
) -> Result<Option<Tags>, Reported> {
    let mut keys = BTreeSet::new();
    let mut is_unique = true;
    let pairs = violations.structures("tags", tags, 0, |tag, violations| {
        let key = violations.required("key", tag.key, TagKey::parse);
        if let Ok(key) = &key {
            is_unique &= keys.insert(key.clone());
        }
        let value = violations.required("value", tag.value, TagValue::parse);
        Ok((key?, value?))
    });
    if !is_unique {
        violations.check("tags", Err(vec![Constraint::UniqueKeys]))?;
    }
    Ok(pairs?.map(|pairs| pairs.into_iter().collect()))
}

/// `Tag` of a response.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagOutput {
    key: String,
    value: String,
}

impl TagOutput {
    /// The tags in the order of their keys.
    pub fn list(tags: &Tags) -> Vec<Self> {
        let tag = |(key, value): (&TagKey, &TagValue)| Self {
            key: key.as_str().to_owned(),
            value: value.as_str().to_owned(),
        };
        tags.iter().map(tag).collect()
    }
}
