//! Changing a meeting's tags. Each tag is changed separately, so that concurrent changes of
//! different tags never conflict.

use std::collections::BTreeSet;

use super::conditional_write::update_if;
use super::meetings::active_condition;
use super::schema::meeting::TAGS;
use super::{Store, item};
use crate::clock::Timestamp;
use crate::domain::{MAX_TAGS, MeetingId, TagKey, Tags};
use crate::error::Error;

impl Store {
    /// Sets these tags, if the meeting is active at `now` and will have at most [`MAX_TAGS`] tags.
    /// `before` are its tags when they were read. Keys that are set again must still exist, because
    /// they don't add to the number of tags. Returns whether the tags were set.
    pub async fn set_tags(
        &self,
        meeting_id: MeetingId,
        tags: &Tags,
        before: &Tags,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut update = self.update_meeting(meeting_id, now);
        let (mut assignments, mut conditions) = (Vec::new(), vec![active_condition()]);
        let mut max_before = MAX_TAGS;
        for (index, (key, value)) in tags.iter().enumerate() {
            assignments.push(format!("{TAGS}.#key{index} = :value{index}"));
            update = update
                .expression_attribute_names(format!("#key{index}"), key.as_str())
                .expression_attribute_values(
                    format!(":value{index}"),
                    item::string(value.as_str()),
                );
            if before.contains_key(key) {
                conditions.push(format!("attribute_exists({TAGS}.#key{index})"));
            } else {
                max_before = max_before.saturating_sub(1);
            }
        }
        conditions.push(format!("size({TAGS}) <= :max_before"));
        let update = update
            .expression_attribute_values(":max_before", item::number(max_before as u64))
            .update_expression(format!("SET {}", assignments.join(", ")))
            .condition_expression(conditions.join(" AND "));
        update_if(update).await
    }

    /// Removes the tags with these keys, if the meeting is active at `now`. Returns whether it is.
    pub async fn remove_tags(
        &self,
        meeting_id: MeetingId,
        keys: &BTreeSet<TagKey>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut update =
            self.update_meeting(meeting_id, now).condition_expression(active_condition());
        let mut removals = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            removals.push(format!("{TAGS}.#key{index}"));
            update = update.expression_attribute_names(format!("#key{index}"), key.as_str());
        }
        update_if(update.update_expression(format!("REMOVE {}", removals.join(", ")))).await
    }
}
