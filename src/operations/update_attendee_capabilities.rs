//! `PUT /meetings/{MeetingId}/attendees/{AttendeeId}/capabilities`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_UpdateAttendeeCapabilities.html>
//!
//! The same update can be repeated. Repeating the CreateAttendee that created the attendee still succeeds,
//! and returns the attendee with its new capabilities.

use futures_util::future::try_join;
use serde::Deserialize;

use super::context::Context;
pub use super::shapes::AttendeeResponse as Output;
use super::shapes::{AttendeeCapabilities, AttendeeOutput, AttendeePath, check_permitted};
use crate::domain::{Attendee, Capabilities};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::rest_json::Bindings;
use crate::store::CapabilityUpdate;
use crate::violations::{Reported, Violations};

objects!(Body);

pub struct Input {
    path: AttendeePath,
    capabilities: Capabilities,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Body {
    capabilities: Member<AttendeeCapabilities>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let path = AttendeePath::read(http, violations);
        let body: Body = http.body(violations)?;
        let capabilities = violations.required_structure(
            "capabilities",
            body.capabilities,
            AttendeeCapabilities::validate,
        );
        Ok(Self { path: path?, capabilities: capabilities? })
    }
}

/// Gives an attendee new capabilities. Of concurrent updates, the last one counts.
pub async fn run(context: Context<'_>, input: Input) -> Result<Output, Error> {
    let Input { path: AttendeePath { meeting_id, attendee_id }, capabilities } = input;
    let found = context.store.find_attendee(meeting_id, attendee_id);
    let (active, found) = try_join(context.active_meeting(meeting_id), found).await?;
    let excluded = active.excluded_media()?;
    Violations::collect(|violations| check_permitted(capabilities, excluded, violations))?;
    let attendee = found.ok_or(Error::NoSuchAttendee)?.attendee()?;
    context.log.attendee_id = Some(attendee_id);
    match context.store.update_capabilities(meeting_id, &attendee, capabilities).await? {
        CapabilityUpdate::Updated => {
            let attendee = Attendee { capabilities, ..attendee };
            Ok(Output { attendee: AttendeeOutput::from(&attendee) })
        }
        CapabilityUpdate::NoSuchAttendee => Err(Error::NoSuchAttendee),
    }
}
