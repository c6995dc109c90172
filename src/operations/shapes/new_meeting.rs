//! What CreateMeeting and CreateMeetingWithAttendees say of a meeting.

use serde::Deserialize;

use super::tag::{Tag, validate_tags};
use crate::domain::{
    ClientRequestToken, Constraint, ContentResolution, ExternalMeetingId, FeatureStatus, Features,
    MAX_TAGS, MediaRegion, Meeting, MeetingHostId, MeetingId, NetworkType, NewMeeting, TargetArn,
    TenantId, VideoResolution,
};
use crate::json::{List, Member, objects};
use crate::violations::{Reported, Violations};

objects!(
    CreateMeetingRequest,
    MeetingFeatures,
    AttendeeFeatures,
    AudioFeatures,
    MediaFeatures,
    NotificationsConfiguration,
);

/// `CreateMeetingRequest`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct CreateMeetingRequest {
    client_request_token: Member<String>,
    external_meeting_id: Member<String>,
    media_placement_network_type: Member<String>,
    media_region: Member<String>,
    meeting_features: Member<MeetingFeatures>,
    meeting_host_id: Member<String>,
    notifications_configuration: Member<NotificationsConfiguration>,
    primary_meeting_id: Member<String>,
    tags: Member<List<Tag, MAX_TAGS>>,
    tenant_ids: Member<List<String, 5>>,
}

/// `MeetingFeaturesConfiguration`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct MeetingFeatures {
    attendee: Member<AttendeeFeatures>,
    audio: Member<AudioFeatures>,
    content: Member<MediaFeatures>,
    video: Member<MediaFeatures>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AttendeeFeatures {
    max_count: Member<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct AudioFeatures {
    echo_reduction: Member<String>,
}

/// `VideoFeatures` and `ContentFeatures`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct MediaFeatures {
    max_resolution: Member<String>,
}

/// `NotificationsConfiguration`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct NotificationsConfiguration {
    lambda_function_arn: Member<String>,
    sns_topic_arn: Member<String>,
    sqs_queue_arn: Member<String>,
}

impl CreateMeetingRequest {
    pub fn validate(self, violations: &mut Violations) -> Result<NewMeeting, Reported> {
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
        let media_region =
            violations.required("mediaRegion", self.media_region, MediaRegion::parse);
        let meeting_host_id =
            violations.optional("meetingHostId", self.meeting_host_id, MeetingHostId::parse);
        let features = violations.optional_structure(
            "meetingFeatures",
            self.meeting_features,
            MeetingFeatures::validate,
        );
        let primary_meeting_id =
            violations.optional("primaryMeetingId", self.primary_meeting_id, MeetingId::parse);
        let tenant_ids = violations.values("tenantIds", self.tenant_ids, 1, TenantId::parse);
        let notifications = violations.optional_structure(
            "notificationsConfiguration",
            self.notifications_configuration,
            NotificationsConfiguration::validate,
        );
        let network_type = violations.optional(
            "mediaPlacementNetworkType",
            self.media_placement_network_type,
            NetworkType::parse,
        );
        let tags = validate_tags(self.tags, violations);
        // Nothing reads the targets of notifications or the type of the network, so they are not
        // kept.
        notifications?;
        network_type?;
        let meeting = Meeting {
            meeting_id: MeetingId::for_token(&token?),
            external_meeting_id: external_meeting_id?,
            media_region: media_region?,
            meeting_host_id: meeting_host_id?,
            features: features?.unwrap_or_default(),
            primary_meeting_id: primary_meeting_id?,
            tenant_ids: tenant_ids?.unwrap_or_default(),
        };
        Ok(NewMeeting { meeting, tags: tags?.unwrap_or_default() })
    }
}

impl MeetingFeatures {
    fn validate(self, violations: &mut Violations) -> Result<Features, Reported> {
        let echo_reduction = only_member(
            violations,
            ["audio", "echoReduction"],
            self.audio,
            |audio| audio.echo_reduction,
            FeatureStatus::parse,
        );
        let video = only_member(
            violations,
            ["video", "maxResolution"],
            self.video,
            |video| video.max_resolution,
            VideoResolution::parse,
        );
        let content = only_member(
            violations,
            ["content", "maxResolution"],
            self.content,
            |content| content.max_resolution,
            ContentResolution::parse,
        );
        let max_count = only_member(
            violations,
            ["attendee", "maxCount"],
            self.attendee,
            |attendee| attendee.max_count,
            parse_max_count,
        );
        // If the count is valid, check the rule between the members even if another member is invalid.
        let features = Features::new(
            echo_reduction.unwrap_or_default(),
            video.unwrap_or_default(),
            content.unwrap_or_default(),
            max_count?,
        );
        let features = violations.check("attendee.maxCount", features);
        echo_reduction.and(video.and(content.and(features)))
    }
}

/// The member of a structure that has no other; it is absent where its structure is. `names` are the
/// names of the structure and of the member.
fn only_member<S, W, T>(
    violations: &mut Violations,
    names: [&str; 2],
    structure: Member<S>,
    member: impl FnOnce(S) -> Member<W>,
    parse: impl FnOnce(W) -> Result<T, Constraint>,
) -> Result<Option<T>, Reported> {
    let [structure_name, member_name] = names;
    let validated =
        violations.optional_structure(structure_name, structure, |structure, violations| {
            violations.optional(member_name, member(structure), parse)
        });
    validated.map(Option::flatten)
}

/// The model's limits: 1 to 250.
fn parse_max_count(number: i64) -> Result<u64, Constraint> {
    match u64::try_from(number) {
        Ok(count @ 1..=250) => Ok(count),
        Ok(0) | Err(_) => Err(Constraint::MinValue(1)),
        Ok(_) => Err(Constraint::MaxValue(250)),
    }
}

impl NotificationsConfiguration {
    fn validate(self, violations: &mut Violations) -> Result<(), Reported> {
        let mut target = |member, value| violations.optional(member, value, TargetArn::parse);
        let lambda_function = target("lambdaFunctionArn", self.lambda_function_arn);
        let sns_topic = target("snsTopicArn", self.sns_topic_arn);
        let sqs_queue = target("sqsQueueArn", self.sqs_queue_arn);
        lambda_function.and(sns_topic).and(sqs_queue).map(|_| ())
    }
}
