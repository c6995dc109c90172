//! Structures that several operations read or write, member by member as in the service model.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Attendee, Capabilities, Constraint, ExternalUserId, Features, MediaCapability, Meeting, TagKey,
    TagValue, Tags, TenantId,
};
use crate::json::{Member, objects};
use crate::violations::Violations;

objects!(CapabilitiesInput, AttendeeItem, TagItem);

/// `AttendeeCapabilities` as it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct CapabilitiesInput {
    audio: Member<String>,
    video: Member<String>,
    content: Member<String>,
}

impl CapabilitiesInput {
    /// Checks every member, named as below `at`, then the rule between them.
    pub(super) fn read(self, violations: &mut Violations, at: &str) -> Option<Capabilities> {
        let mut medium = |member, value| {
            violations.required(&format!("{at}.{member}"), value, |text: String| {
                MediaCapability::parse(&text)
            })
        };
        let audio = medium("audio", self.audio);
        let video = medium("video", self.video);
        let content = medium("content", self.content);
        // Without a valid audio capability there are no capabilities, but the rule between the
        // other two can be told all the same.
        let rule = Capabilities::new(audio.unwrap_or(MediaCapability::None), video?, content?);
        let capabilities = violations.check(&format!("{at}.content"), rule)?;
        audio.map(|_| capabilities)
    }
}

/// `CreateAttendeeRequestItem`, which is also what CreateAttendee has beside the meeting's id.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct AttendeeItem {
    external_user_id: Member<String>,
    capabilities: Member<CapabilitiesInput>,
}

/// An attendee that somebody asks for.
#[derive(Debug)]
pub(super) struct AskedFor {
    pub(super) external_user_id: ExternalUserId,
    /// `None` for the meeting's defaults.
    pub(super) capabilities: Option<Capabilities>,
}

impl AttendeeItem {
    /// Checks every member; their names are put behind `at`, which ends with a dot or is empty.
    pub(super) fn read(self, violations: &mut Violations, at: &str) -> Option<AskedFor> {
        let external_user_id = violations.required(
            &format!("{at}externalUserId"),
            self.external_user_id,
            ExternalUserId::parse,
        );
        let name = format!("{at}capabilities");
        let capabilities =
            violations.optional_structure(&name, self.capabilities, |violations, input| {
                input.read(violations, &name)
            });
        Some(AskedFor { external_user_id: external_user_id?, capabilities: capabilities? })
    }
}

/// `Tag` as it comes.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct TagItem {
    key: Member<String>,
    value: Member<String>,
}

/// The most tags that one request names, and that one meeting has.
pub(super) const MAX_TAGS: usize = 50;

/// A list of tags, each key once.
pub(super) fn read_tags(violations: &mut Violations, list: Vec<Member<TagItem>>) -> Option<Tags> {
    let mut keys = BTreeSet::new();
    let mut unique = true;
    let pairs = violations.elements("tags", list, 0..=MAX_TAGS, |violations, at, tag| {
        let key = violations.required(&format!("{at}.key"), tag.key, TagKey::parse);
        unique &= key.clone().is_none_or(|key| keys.insert(key));
        let value = violations.required(&format!("{at}.value"), tag.value, TagValue::parse);
        key.zip(value)
    });
    if !unique {
        return violations.check("tags", Err(Constraint::UniqueKeys));
    }
    Some(pairs?.into_iter().collect())
}

/// `Tag` as it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagOutput {
    key: String,
    value: String,
}

impl TagOutput {
    pub(super) fn list(tags: &Tags) -> Vec<Self> {
        let tag = |(key, value): (&TagKey, &TagValue)| Self {
            key: key.as_str().to_owned(),
            value: value.as_str().to_owned(),
        };
        tags.iter().map(tag).collect()
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

/// `Meeting`. There is no `MediaPlacement`: this service runs no media servers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MeetingOutput {
    external_meeting_id: String,
    media_region: &'static str,
    meeting_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_features: Option<FeaturesOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_host_id: Option<String>,
    meeting_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_meeting_id: Option<String>,
    /// Also where there are none.
    tenant_ids: Vec<String>,
}

/// `MeetingFeaturesConfiguration`, as far as it was named.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FeaturesOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    attendee: Option<AttendeeFeatures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<AudioFeatures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Resolution>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<Resolution>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AttendeeFeatures {
    max_count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AudioFeatures {
    echo_reduction: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Resolution {
    max_resolution: &'static str,
}

impl MeetingOutput {
    /// `arn` is the meeting's.
    pub(super) fn new(meeting: &Meeting, arn: String) -> Self {
        Self {
            external_meeting_id: meeting.external_meeting_id.expose().to_owned(),
            media_region: meeting.media_region.as_str(),
            meeting_arn: arn,
            meeting_features: FeaturesOutput::new(&meeting.features),
            meeting_host_id: meeting.meeting_host_id.as_ref().map(|id| id.expose().to_owned()),
            meeting_id: meeting.meeting_id.to_string(),
            primary_meeting_id: meeting.primary_meeting_id.map(|id| id.to_string()),
            tenant_ids: meeting
                .tenant_ids
                .iter()
                .map(TenantId::as_str)
                .map(str::to_owned)
                .collect(),
        }
    }
}

impl FeaturesOutput {
    fn new(features: &Features) -> Option<Self> {
        if *features == Features::default() {
            return None;
        }
        let resolution = |max_resolution| Resolution { max_resolution };
        Some(Self {
            attendee: features.max_count().map(|max_count| AttendeeFeatures { max_count }),
            audio: features
                .echo_reduction()
                .map(|status| AudioFeatures { echo_reduction: status.as_str() }),
            content: features.content().map(|content| resolution(content.as_str())),
            video: features.video().map(|video| resolution(video.as_str())),
        })
    }
}
