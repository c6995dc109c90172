//! The features of a meeting, and the media and capabilities that follow from them.

use super::enumeration::enumeration;
use super::{Capabilities, Constraint, Constraints, MediaCapability};

/// The maximum number of attendees of a meeting with the highest resolutions.
const MAX_COUNT_IN_HIGH_RESOLUTION: u64 = 25;

enumeration! {
    /// The maximum resolution of video in a meeting.
    VideoResolution {
        /// The meeting excludes video.
        None = "None",
        /// 1280 × 720.
        Hd = "HD",
        /// 1920 × 1080, for up to 25 attendees.
        Fhd = "FHD",
    }
}

enumeration! {
    /// The maximum resolution of content (screen share) in a meeting.
    ContentResolution {
        /// The meeting excludes content.
        None = "None",
        /// 1920 × 1080.
        Fhd = "FHD",
        /// 3840 × 2160, for up to 25 attendees.
        Uhd = "UHD",
    }
}

enumeration! {
    /// Whether clients may use a feature.
    FeatureStatus {
        /// Clients may use it.
        Available = "AVAILABLE",
        /// Clients may not use it.
        Unavailable = "UNAVAILABLE",
    }
}

/// The features that a meeting was created with; those that the request did not name are `None`.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_MeetingFeaturesConfiguration.html>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    echo_reduction: Option<FeatureStatus>,
    video: Option<VideoResolution>,
    content: Option<ContentResolution>,
    max_count: Option<u64>,
}

/// The media that a meeting excludes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExcludedMedia {
    /// Whether the meeting excludes video.
    pub video: bool,
    /// Whether the meeting excludes content.
    pub content: bool,
}

impl Features {
    /// Checks that a meeting with the highest resolutions has a `max_count` of at most 25. The error is
    /// about the member `MaxCount`, whose own range of 1 to 250 the caller checks.
    pub fn new(
        echo_reduction: Option<FeatureStatus>,
        video: Option<VideoResolution>,
        content: Option<ContentResolution>,
        max_count: Option<u64>,
    ) -> Result<Self, Constraints> {
        let high = video == Some(VideoResolution::Fhd) || content == Some(ContentResolution::Uhd);
        if high && max_count.is_none_or(|count| count > MAX_COUNT_IN_HIGH_RESOLUTION) {
            let rule = Constraint::HighResolutionNeedsCount(MAX_COUNT_IN_HIGH_RESOLUTION);
            return Err(vec![rule]);
        }
        Ok(Self { echo_reduction, video, content, max_count })
    }

    /// `Audio.EchoReduction`
    pub fn echo_reduction(&self) -> Option<FeatureStatus> {
        self.echo_reduction
    }

    /// `Video.MaxResolution`
    pub fn video(&self) -> Option<VideoResolution> {
        self.video
    }

    /// `Content.MaxResolution`
    pub fn content(&self) -> Option<ContentResolution> {
        self.content
    }

    /// `Attendee.MaxCount`
    pub fn max_count(&self) -> Option<u64> {
        self.max_count
    }

    /// The media whose maximum resolution is `None`.
    pub fn excluded_media(&self) -> ExcludedMedia {
        ExcludedMedia {
            video: self.video == Some(VideoResolution::None),
            content: self.content == Some(ContentResolution::None),
        }
    }
}

impl ExcludedMedia {
    /// Every value.
    pub const ALL: [Self; 4] = [
        Self { video: false, content: false },
        Self { video: true, content: false },
        Self { video: false, content: true },
        Self { video: true, content: true },
    ];

    /// The capabilities of an attendee whose request names none. In a meeting that excludes only video,
    /// the video capability is `Receive`, because an attendee can't receive content without it.
    ///
    /// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_AttendeeCapabilities.html>
    pub fn default_capabilities(self) -> Capabilities {
        use MediaCapability::{None, Receive, SendReceive};
        let (video, content) = match (self.video, self.content) {
            (false, false) => (SendReceive, SendReceive),
            (true, false) => (Receive, SendReceive),
            (false, true) => (SendReceive, None),
            (true, true) => (None, None),
        };
        // Every pair is valid.
        Capabilities::new(SendReceive, video, content).unwrap_or(Capabilities::ALL)
    }

    /// Checks the video and the content capability: that of an excluded medium can only be `None`.
    pub fn check(self, named: Capabilities) -> [Result<(), Constraints>; 2] {
        let media =
            [("video", self.video, named.video()), ("content", self.content, named.content())];
        media.map(|(medium, is_excluded, capability)| {
            if is_excluded && capability != MediaCapability::None {
                return Err(vec![Constraint::ExcludedByMeeting(medium)]);
            }
            Ok(())
        })
    }
}
