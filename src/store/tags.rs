//! Changing a meeting's tags, each by itself, so that changes of different tags never collide.

use super::meeting_update::{active, changed};
use super::schema::meeting::TAGS;
use super::{Store, item};
use crate::domain::{MeetingId, TagKey, Tags};
use crate::error::Error;

impl Store {
    /// Sets these tags on the condition that the meeting is active at `now` (in seconds since 1970)
    /// and has at most `most` tags afterwards, if it has these keys of them as in `before`. Tells
    /// whether they were set.
    pub async fn set_tags(
        &self,
        meeting: MeetingId,
        tags: &Tags,
        before: &Tags,
        most: usize,
        now: u64,
    ) -> Result<bool, Error> {
        let mut update = self.update_meeting(meeting, now);
        let (mut settings, mut conditions) = (Vec::new(), vec![active()]);
        let mut room = most;
        for (index, (key, value)) in tags.iter().enumerate() {
            settings.push(format!("{TAGS}.#key{index} = :value{index}"));
            update = update
                .expression_attribute_names(format!("#key{index}"), key.as_str())
                .expression_attribute_values(
                    format!(":value{index}"),
                    item::string(value.as_str()),
                );
            if before.contains_key(key) {
                conditions.push(format!("attribute_exists({TAGS}.#key{index})"));
            } else {
                room = room.saturating_sub(1);
            }
        }
        conditions.push(format!("size({TAGS}) <= :room"));
        let update = update
            .expression_attribute_values(":room", item::number(room as u64))
            .update_expression(format!("SET {}", settings.join(", ")))
            .condition_expression(conditions.join(" AND "));
        changed(update).await
    }

    /// Removes the tags with these keys on the condition that the meeting is active at `now`, in
    /// seconds since 1970. Tells whether it is.
    pub async fn remove_tags(
        &self,
        meeting: MeetingId,
        keys: &[TagKey],
        now: u64,
    ) -> Result<bool, Error> {
        let mut update = self.update_meeting(meeting, now).condition_expression(active());
        let mut removals = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            removals.push(format!("{TAGS}.#key{index}"));
            update = update.expression_attribute_names(format!("#key{index}"), key.as_str());
        }
        changed(update.update_expression(format!("REMOVE {}", removals.join(", ")))).await
    }
}
