//! `PUT /meetings/{MeetingId}/attendees/capabilities?operation=batch-update-except`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_BatchUpdateAttendeeCapabilitiesExcept.html>
//!
//! The update is not atomic. An attendee that is created during it keeps its own capabilities. After a
//! failure only some attendees have the new capabilities; retry to update the others.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use serde::Deserialize;

use super::context::Context;
use super::shapes::{AttendeeCapabilities, check_permitted, meeting_id};
use crate::domain::{AttendeeId, Capabilities, MeetingId};
use crate::error::Error;
use crate::json::{List, Member, objects};
use crate::rest_json::Bindings;
use crate::store::CONCURRENT_WRITES;
use crate::violations::{Reported, Violations};

objects!(Body, AttendeeIdItem);

/// More than any meeting has.
const ALL_ATTENDEES: usize = 1_000;

pub struct Input {
    meeting_id: MeetingId,
    excluded: HashSet<AttendeeId>,
    capabilities: Capabilities,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Body {
    capabilities: Member<AttendeeCapabilities>,
    excluded_attendee_ids: Member<List<AttendeeIdItem, 250>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AttendeeIdItem {
    attendee_id: Member<String>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let meeting_id = meeting_id(http, violations);
        let body: Body = http.body(violations)?;
        let excluded = violations.structures(
            "excludedAttendeeIds",
            body.excluded_attendee_ids,
            1,
            |item, violations| {
                violations.required("attendeeId", item.attendee_id, AttendeeId::parse)
            },
        );
        let excluded = violations.require("excludedAttendeeIds", excluded);
        let capabilities = violations.required_structure(
            "capabilities",
            body.capabilities,
            AttendeeCapabilities::validate,
        );
        Ok(Self {
            meeting_id: meeting_id?,
            excluded: excluded?.into_iter().collect(),
            capabilities: capabilities?,
        })
    }
}

/// Gives new capabilities to all attendees except some.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<(), Error> {
    let Input { meeting_id, excluded, capabilities } = input;
    let active = context.active_meeting(meeting_id).await?;
    let excluded_media = active.excluded_media()?;
    Violations::collect(|violations| check_permitted(capabilities, excluded_media, violations))?;
    let store = context.store;
    let (mut attendees, unreadable) = store.list_attendees(meeting_id, None, ALL_ATTENDEES).await?;
    context.warn_of_unreadable(&unreadable);
    attendees.retain(|attendee| !excluded.contains(&attendee.attendee_id));
    let updates = attendees.into_iter().map(|attendee| async move {
        store.update_capabilities(meeting_id, &attendee, capabilities).await
    });
    // One update that fails does not stop the others.
    let updates: Vec<_> = stream::iter(updates).buffer_unordered(CONCURRENT_WRITES).collect().await;
    // An attendee that was deleted meanwhile needs no capabilities.
    updates.into_iter().try_for_each(|update| update.map(|_| ()))
}
