//! Structures that several operations share, member by member as in the service model.
//!
//! A structure of a request has a method `validate`: it gives the values of the domain, or reports
//! every violation.

mod attendee;
mod meeting;
mod new_meeting;
mod path;
mod tag;

pub use attendee::{
    AttendeeCapabilities, AttendeeOutput, AttendeeRequest, AttendeeResponse,
    CreateAttendeeRequestItem, check_permitted, resolve_capabilities,
};
pub use meeting::{MeetingOutput, MeetingResponse};
pub use new_meeting::CreateMeetingRequest;
pub use path::{AttendeePath, MeetingPath, meeting_id};
pub use tag::{Tag, TagOutput, validate_tags};
