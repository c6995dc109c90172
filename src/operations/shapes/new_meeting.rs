//! What CreateMeeting and CreateMeetingWithAttendees say of a meeting.

use serde::Deserialize;

use super::tag::{Tag, validate_tags};
use crate::domain::{
    ClientRequestToken, Constraint, Constraints, ContentResolution, ExternalMeetingId,
    FeatureStatus, Features, MAX_TAGS, MediaRegion, Meeting, MeetingHostId, MeetingId, NetworkType,
    NewMeeting, TargetArn, TenantId, VideoResolution,
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
        let echo_reduction = violations.optional_structure("audio", self.audio, |audio, inner| {
            inner.optional("echoReduction", audio.echo_reduction, FeatureStatus::parse)
        });
        let video = violations.optional_structure("video", self.video, |video, inner| {
            inner.optional("maxResolution", video.max_resolution, VideoResolution::parse)
        });
        let content = violations.optional_structure("content", self.content, |content, inner| {
            inner.optional("maxResolution", content.max_resolution, ContentResolution::parse)
        });
        let count = violations.optional_structure("attendee", self.attendee, |attendee, inner| {
            inner.optional("maxCount", attendee.max_count, parse_max_count)
        });
        // If the count is valid, check the rule between the members even if another member is invalid.
        let features = Features::new(
            echo_reduction.unwrap_or_default().flatten(),
            video.unwrap_or_default().flatten(),
            content.unwrap_or_default().flatten(),
            count?.flatten(),
        );
        let features = violations.check("attendee.maxCount", features);
        echo_reduction.and(video.and(content.and(features)))
    }
}

/// The model's limits: 1 to 250.
fn parse_max_count(number: i64) -> Result<u64, Constraints> {
    match u64::try_from(number) {
        Ok(count @ 1..=250) => Ok(count),
        Ok(0) | Err(_) => Err(vec![Constraint::MinValue(1)]),
        Ok(_) => Err(vec![Constraint::MaxValue(250)]),
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
