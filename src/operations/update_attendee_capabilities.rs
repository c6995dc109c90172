//! `PUT /meetings/{MeetingId}/attendees/{AttendeeId}/capabilities`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_UpdateAttendeeCapabilities.html>
//!
//! The same update can be repeated. A replay of the CreateAttendee that made the attendee stays one, and
//! answers with the attendee as it is now.

use futures_util::future::try_join;
use serde::{Deserialize, Serialize};

use super::Call;
use super::enrolment::effective;
use super::wire::{AttendeeOutput, CapabilitiesInput};
use crate::domain::{Attendee, AttendeeId, Capabilities, MeetingId};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::store::{CapabilityUpdate, StoredAttendee};
use crate::violations::Violations;

objects!(Body);

/// As it comes.
pub(super) struct Input {
    pub(super) meeting_id: String,
    pub(super) attendee_id: String,
    pub(super) body: Body,
}

/// The body.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Body {
    capabilities: Member<CapabilitiesInput>,
}

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attendee: AttendeeOutput,
}

/// Gives an attendee other capabilities.
pub(super) async fn update_attendee_capabilities(
    call: Call<'_>,
    input: Input,
) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let meeting_id = violations.check("meetingId", MeetingId::parse(&input.meeting_id));
    let attendee_id = violations.check("attendeeId", AttendeeId::parse(&input.attendee_id));
    call.facts.meeting_id = meeting_id;
    let capabilities = read(&mut violations, input.body.capabilities);
    let (Some(meeting_id), Some(attendee_id), Some(capabilities)) =
        (meeting_id, attendee_id, capabilities)
    else {
        return Err(Error::Invalid(violations));
    };
    let found = call.store.find_attendee(meeting_id, attendee_id);
    let ((meeting, _), attendee) = try_join(call.active_meeting(meeting_id), found).await?;
    effective(Some(capabilities), meeting.features.excluded_media(), "")?;
    let Some(StoredAttendee::Present(attendee)) = attendee else {
        return Err(Error::NoSuchAttendee);
    };
    call.facts.attendee_id = Some(attendee_id);
    match call.store.update_capabilities(meeting_id, &attendee, capabilities).await? {
        CapabilityUpdate::Updated => {
            let attendee = Attendee { capabilities, ..attendee };
            Ok(Output { attendee: AttendeeOutput::from(&attendee) })
        }
        CapabilityUpdate::ChangedMeanwhile => Err(Error::ChangedMeanwhile),
        CapabilityUpdate::NoSuchAttendee => Err(Error::NoSuchAttendee),
    }
}

/// The capabilities that are required.
pub(super) fn read(
    violations: &mut Violations,
    capabilities: Member<CapabilitiesInput>,
) -> Option<Capabilities> {
    violations.required_structure("capabilities", capabilities, |violations, input| {
        input.read(violations, "capabilities")
    })
}
