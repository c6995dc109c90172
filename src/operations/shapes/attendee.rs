//! Attendees: what requests ask for, and what responses return.

use serde::{Deserialize, Serialize};

use crate::domain::{Attendee, Capabilities, ExcludedMedia, ExternalUserId, MediaCapability};
use crate::json::{Member, objects};
use crate::violations::{Reported, Violations};

objects!(AttendeeCapabilities, CreateAttendeeRequestItem);

/// `AttendeeCapabilities` of a request.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AttendeeCapabilities {
    audio: Member<String>,
    video: Member<String>,
    content: Member<String>,
}

impl AttendeeCapabilities {
    pub fn validate(self, violations: &mut Violations) -> Result<Capabilities, Reported> {
        let mut medium = |member, value| violations.required(member, value, MediaCapability::parse);
        let audio = medium("audio", self.audio);
        let video = medium("video", self.video);
        let content = medium("content", self.content);
        // Check the rule between video and content even if the audio capability is invalid.
        let rule = Capabilities::new(audio.unwrap_or(MediaCapability::None), video?, content?);
        let capabilities = violations.check("content", rule);
        audio.and(capabilities)
    }
}

/// `CreateAttendeeRequestItem`; the body of CreateAttendee has the same members.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateAttendeeRequestItem {
    external_user_id: Member<String>,
    capabilities: Member<AttendeeCapabilities>,
}

/// An attendee that a request asks for.
#[derive(Debug)]
pub struct AttendeeRequest {
    pub external_user_id: ExternalUserId,
    /// `None` asks for the meeting's defaults.
    pub capabilities: Option<Capabilities>,
}

impl CreateAttendeeRequestItem {
    pub fn validate(self, violations: &mut Violations) -> Result<AttendeeRequest, Reported> {
        let external_user_id =
            violations.required("externalUserId", self.external_user_id, ExternalUserId::parse);
        let capabilities = violations.optional_structure(
            "capabilities",
            self.capabilities,
            AttendeeCapabilities::validate,
        );
        Ok(AttendeeRequest { external_user_id: external_user_id?, capabilities: capabilities? })
    }
}

/// The capabilities of a new attendee: those that the request names, if the meeting permits them, or
/// the meeting's defaults.
pub fn resolve_capabilities(
    requested: Option<Capabilities>,
    excluded: ExcludedMedia,
    violations: &mut Violations,
) -> Result<Capabilities, Reported> {
    match requested {
        None => Ok(excluded.default_capabilities()),
        Some(named) => check_permitted(named, excluded, violations).map(|()| named),
    }
}

/// Checks that the capabilities that a request names use no medium that the meeting excludes.
pub fn check_permitted(
    named: Capabilities,
    excluded: ExcludedMedia,
    violations: &mut Violations,
) -> Result<(), Reported> {
    let [video, content] = excluded.check(named);
    violations.within("capabilities", |violations| {
        let video = violations.check("video", video);
        let content = violations.check("content", content);
        video.and(content)
    })
}

/// The output of an operation that returns one attendee.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttendeeResponse {
    pub attendee: AttendeeOutput,
}

/// `AttendeeCapabilities` of a response.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CapabilitiesOutput {
    audio: &'static str,
    content: &'static str,
    video: &'static str,
}

/// `Attendee`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttendeeOutput {
    attendee_id: String,
    capabilities: CapabilitiesOutput,
    external_user_id: String,
    join_token: String,
}

impl From<&Attendee> for AttendeeOutput {
    fn from(attendee: &Attendee) -> Self {
        Self {
            attendee_id: attendee.attendee_id.to_string(),
            capabilities: CapabilitiesOutput {
                audio: attendee.capabilities.audio().as_str(),
                content: attendee.capabilities.content().as_str(),
                video: attendee.capabilities.video().as_str(),
            },
            external_user_id: attendee.external_user_id.expose().to_owned(),
            join_token: attendee.join_token.expose().to_owned(),
        }
    }
}
