//! The members of an input that are in the path.

use crate::domain::{AttendeeId, MeetingId};
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

/// The input of an operation on a meeting that has no other member.
pub struct MeetingPath {
    pub meeting_id: MeetingId,
}

/// The input of an operation on an attendee that has no other member, or the path of one that has.
pub struct AttendeePath {
    pub meeting_id: MeetingId,
    pub attendee_id: AttendeeId,
}

/// The meeting that the path names.
pub fn meeting_id(http: &Bindings<'_>, violations: &mut Violations) -> Result<MeetingId, Reported> {
    violations.check("meetingId", MeetingId::parse(http.label("MeetingId")))
}

impl MeetingPath {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        Ok(Self { meeting_id: meeting_id(http, violations)? })
    }
}

impl AttendeePath {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let meeting_id = meeting_id(http, violations);
        let attendee_id =
            violations.check("attendeeId", AttendeeId::parse(http.label("AttendeeId")));
        Ok(Self { meeting_id: meeting_id?, attendee_id: attendee_id? })
    }
}
