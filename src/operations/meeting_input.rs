//! What CreateMeeting and CreateMeetingWithAttendees say of a meeting.

use serde::Deserialize;

use super::wire::{TagItem, read_tags};
use crate::domain::{
    ClientRequestToken, Constraint, ContentResolution, ExternalMeetingId, FeatureStatus, Features,
    MediaRegion, Meeting, MeetingHostId, MeetingId, NetworkType, Notifications, Tags, TargetArn,
    TenantId, VideoResolution,
};
use crate::json::{Member, objects};
use crate::violations::Violations;

objects!(MeetingInput, FeaturesInput, AudioInput, ResolutionInput, AttendeeInput, TargetsInput);

/// As it comes.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct MeetingInput {
    client_request_token: Member<String>,
    external_meeting_id: Member<String>,
    media_placement_network_type: Member<String>,
    media_region: Member<String>,
    meeting_features: Member<FeaturesInput>,
    meeting_host_id: Member<String>,
    notifications_configuration: Member<TargetsInput>,
    primary_meeting_id: Member<String>,
    tags: Member<Vec<Member<TagItem>>>,
    tenant_ids: Member<Vec<Member<String>>>,
}

/// `MeetingFeaturesConfiguration`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct FeaturesInput {
    attendee: Member<AttendeeInput>,
    audio: Member<AudioInput>,
    content: Member<ResolutionInput>,
    video: Member<ResolutionInput>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AttendeeInput {
    max_count: Member<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AudioInput {
    echo_reduction: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ResolutionInput {
    max_resolution: Member<String>,
}

/// `NotificationsConfiguration`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TargetsInput {
    lambda_function_arn: Member<String>,
    sns_topic_arn: Member<String>,
    sqs_queue_arn: Member<String>,
}

impl MeetingInput {
    /// Checks every member. `None` when something is wrong.
    pub(super) fn read(self, violations: &mut Violations) -> Option<Meeting> {
        let token = violations.required(
            "clientRequestToken",
            self.client_request_token,
            ClientRequestToken::parse,
        );
        let external_meeting_id = violations.required(
            "externalMeetingId",
            self.external_meeting_id,
            ExternalMeetingId::parse,
        );
        let media_region = violations
            .required("mediaRegion", self.media_region, |text: String| MediaRegion::parse(&text));
        let meeting_host_id =
            violations.optional("meetingHostId", self.meeting_host_id, MeetingHostId::parse);
        let features = violations.optional_structure(
            "meetingFeatures",
            self.meeting_features,
            |violations, features| features.read(violations),
        );
        let primary_meeting_id =
            violations.optional("primaryMeetingId", self.primary_meeting_id, |text: String| {
                MeetingId::parse(&text)
            });
        let tenant_ids =
            violations.optional_structure("tenantIds", self.tenant_ids, |violations, list| {
                violations.elements("tenantIds", list, 1..=5, |violations, at, text| {
                    violations.check(at, TenantId::parse(text))
                })
            });
        let notifications = violations.optional_structure(
            "notificationsConfiguration",
            self.notifications_configuration,
            |violations, targets| targets.read(violations),
        );
        let network_type = violations.optional(
            "mediaPlacementNetworkType",
            self.media_placement_network_type,
            |text: String| NetworkType::parse(&text),
        );
        let tags = violations.optional_structure("tags", self.tags, read_tags);
        Some(Meeting {
            meeting_id: MeetingId::for_token(&token?),
            external_meeting_id: external_meeting_id?,
            media_region: media_region?,
            meeting_host_id: meeting_host_id?,
            features: features?.unwrap_or_default(),
            primary_meeting_id: primary_meeting_id?,
            tenant_ids: tenant_ids?.unwrap_or_default(),
            notifications: notifications?.unwrap_or_default(),
            network_type: network_type?,
            tags: tags?.unwrap_or_else(Tags::new),
            attendees: None,
        })
    }
}

impl FeaturesInput {
    fn read(self, violations: &mut Violations) -> Option<Features> {
        const MAX_COUNT: &str = "meetingFeatures.attendee.maxCount";
        let echo_reduction = only_member(
            violations,
            ["meetingFeatures.audio", "meetingFeatures.audio.echoReduction"],
            self.audio,
            |audio| audio.echo_reduction,
            |text: String| FeatureStatus::parse(&text),
        );
        let video = only_member(
            violations,
            ["meetingFeatures.video", "meetingFeatures.video.maxResolution"],
            self.video,
            |video| video.max_resolution,
            |text: String| VideoResolution::parse(&text),
        );
        let content = only_member(
            violations,
            ["meetingFeatures.content", "meetingFeatures.content.maxResolution"],
            self.content,
            |content| content.max_resolution,
            |text: String| ContentResolution::parse(&text),
        );
        let max_count = only_member(
            violations,
            ["meetingFeatures.attendee", MAX_COUNT],
            self.attendee,
            |attendee| attendee.max_count,
            count,
        );
        // The rule between the members can be told where the count itself is right, whatever is
        // wrong with the others.
        let known =
            Features::new(echo_reduction.flatten(), video.flatten(), content.flatten(), max_count?);
        let features = violations.check(MAX_COUNT, known)?;
        (echo_reduction.is_some() && video.is_some() && content.is_some()).then_some(features)
    }
}

/// The member of a structure that has but one, absent where its structure is. `names` are those of
/// the structure and of the member.
fn only_member<S, W, T>(
    violations: &mut Violations,
    names: [&str; 2],
    structure: Member<S>,
    member: impl FnOnce(S) -> Member<W>,
    parse: impl FnOnce(W) -> Result<T, Constraint>,
) -> Option<Option<T>> {
    let [structure_name, member_name] = names;
    violations
        .optional_structure(structure_name, structure, |violations, structure| {
            violations.optional(member_name, member(structure), parse)
        })
        .map(Option::flatten)
}

/// 1 to 250, as the model has it.
fn count(number: i64) -> Result<u64, Constraint> {
    match u64::try_from(number) {
        Ok(count @ 1..=250) => Ok(count),
        Ok(0) | Err(_) => Err(Constraint::MinValue(1)),
        Ok(_) => Err(Constraint::MaxValue(250)),
    }
}

impl TargetsInput {
    fn read(self, violations: &mut Violations) -> Option<Notifications> {
        let mut target = |member, value| {
            let member = format!("notificationsConfiguration.{member}");
            violations.optional(&member, value, TargetArn::parse)
        };
        let lambda_function = target("lambdaFunctionArn", self.lambda_function_arn);
        let sns_topic = target("snsTopicArn", self.sns_topic_arn);
        let sqs_queue = target("sqsQueueArn", self.sqs_queue_arn);
        Some(Notifications {
            lambda_function: lambda_function?,
            sns_topic: sns_topic?,
            sqs_queue: sqs_queue?,
        })
    }
}
