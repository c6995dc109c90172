//! What an attendee may send and receive.

use super::enumeration::enumeration;
use super::{Constraint, Constraints};

enumeration! {
    /// What an attendee may do on one medium.
    MediaCapability {
        /// Both directions.
        SendReceive = "SendReceive",
        /// Sending only.
        Send = "Send",
        /// Receiving only.
        Receive = "Receive",
        /// Neither direction.
        None = "None",
    }
}

/// The capabilities of an attendee. An attendee who receives content also receives video.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_AttendeeCapabilities.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    audio: MediaCapability,
    video: MediaCapability,
    content: MediaCapability,
}

impl MediaCapability {
    fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::Receive)
    }
}

impl Capabilities {
    /// The default capabilities in a meeting with all media.
    pub const ALL: Self = Self {
        audio: MediaCapability::SendReceive,
        video: MediaCapability::SendReceive,
        content: MediaCapability::SendReceive,
    };

    /// Checks that an attendee who receives content also receives video. The error is about the member
    /// `content`.
    pub fn new(
        audio: MediaCapability,
        video: MediaCapability,
        content: MediaCapability,
    ) -> Result<Self, Constraints> {
        if content.receives() && !video.receives() {
            return Err(vec![Constraint::ContentNeedsVideo]);
        }
        Ok(Self { audio, video, content })
    }

    /// The audio capability.
    pub fn audio(self) -> MediaCapability {
        self.audio
    }

    /// The video capability.
    pub fn video(self) -> MediaCapability {
        self.video
    }

    /// The content (screen share) capability.
    pub fn content(self) -> MediaCapability {
        self.content
    }
}
