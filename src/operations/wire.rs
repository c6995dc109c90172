//! Structures that several operations read or write, member by member as in the service model.

use serde::{Deserialize, Serialize};

use crate::domain::{Attendee, Capabilities, MediaCapability};
use crate::json::{Member, Wire};
use crate::violations::Violations;

/// `AttendeeCapabilities` as it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct CapabilitiesInput {
    audio: Member<String>,
    video: Member<String>,
    content: Member<String>,
}

impl Wire for CapabilitiesInput {
    const TYPE: &'static str = "an object that names each member once";
    const FIRST: &'static [u8] = b"{";
}

impl CapabilitiesInput {
    /// Checks every member, then the rule between them.
    pub(super) fn read(self, violations: &mut Violations) -> Option<Capabilities> {
        let mut medium = |member, value| {
            violations.required(member, value, |text: String| MediaCapability::parse(&text))
        };
        let audio = medium("capabilities.audio", self.audio);
        let video = medium("capabilities.video", self.video);
        let content = medium("capabilities.content", self.content);
        // Without a valid audio capability there are no capabilities, but the rule between the
        // other two can be told all the same.
        let rule = Capabilities::new(audio.unwrap_or(MediaCapability::None), video?, content?);
        let capabilities = violations.check("capabilities.content", rule)?;
        audio.map(|_| capabilities)
    }
}

/// `AttendeeCapabilities` as it goes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct CapabilitiesOutput {
    audio: &'static str,
    content: &'static str,
    video: &'static str,
}

/// `Attendee`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttendeeOutput {
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
