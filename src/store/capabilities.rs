//! Updating the capabilities of an attendee.

use super::attendee_item::{StoredAttendee, write_capabilities};
use super::schema::attendee::{
    ATTENDEE_ID, CAPABILITIES, CREATED_WITH, DELETED_AT, EXTERNAL_USER_ID, MEETING_ID, REVISION,
};
use super::{Store, conditional_write, item};
use crate::domain::{Attendee, Capabilities, MeetingId};
use crate::error::Error;

/// The outcome of updating capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapabilityUpdate {
    /// The attendee got the capabilities, by this or an earlier attempt. A concurrent update may have
    /// replaced them.
    Updated,
    /// The attendee no longer exists.
    NoSuchAttendee,
}

impl Store {
    /// Replaces the capabilities of an attendee, unless another update has changed them since it was
    /// read. That update then counts as the later one.
    ///
    /// The condition compares the revision, not the capabilities. Otherwise an attempt that is
    /// applied late could undo later changes. The update also keeps the capabilities that the
    /// attendee was created with, so that repeating the original CreateAttendee still succeeds.
    pub async fn update_capabilities(
        &self,
        meeting_id: MeetingId,
        attendee: &Attendee,
        capabilities: Capabilities,
    ) -> Result<CapabilityUpdate, Error> {
        if attendee.capabilities == capabilities {
            return Ok(CapabilityUpdate::Updated);
        }
        let (unchanged, revision) = match attendee.revision {
            0 => (format!("attribute_not_exists({REVISION})"), None),
            revision => (format!("{REVISION} = :revision"), Some(item::number(revision))),
        };
        let mut update = self
            .client
            .update_item()
            .table_name(&self.attendees_table)
            .key(MEETING_ID, item::string(meeting_id.to_string()))
            .key(EXTERNAL_USER_ID, item::string(attendee.external_user_id.expose()))
            .update_expression(format!(
                "SET {CAPABILITIES} = :to, {REVISION} = :next, \
                 {CREATED_WITH} = if_not_exists({CREATED_WITH}, {CAPABILITIES})"
            ))
            .condition_expression(format!(
                "{ATTENDEE_ID} = :id AND attribute_not_exists({DELETED_AT}) AND {unchanged}"
            ))
            .expression_attribute_values(":id", item::string(attendee.attendee_id.to_string()))
            .expression_attribute_values(":next", item::number(attendee.revision + 1))
            .expression_attribute_values(":to", write_capabilities(capabilities));
        if let Some(revision) = revision {
            update = update.expression_attribute_values(":revision", revision);
        }
        conditional_write::update(update, CapabilityUpdate::Updated, |item| {
            let Some(item) = item else { return Ok(CapabilityUpdate::NoSuchAttendee) };
            Ok(match StoredAttendee::from_item(item)? {
                // The revision has changed: by a concurrent update, or by an earlier attempt of this one
                // whose response was lost.
                StoredAttendee::Present(current) if current.attendee_id == attendee.attendee_id => {
                    CapabilityUpdate::Updated
                }
                _ => CapabilityUpdate::NoSuchAttendee,
            })
        })
        .await
    }
}
