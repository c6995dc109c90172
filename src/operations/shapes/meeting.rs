//! The meeting that responses return.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{
    ContentResolution, FeatureStatus, Features, Meeting, VideoResolution, meeting_arn,
};
use crate::operations::context::Context;

/// The output of an operation that returns one meeting.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MeetingResponse {
    pub meeting: MeetingOutput,
}

/// `Meeting`
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MeetingOutput {
    external_meeting_id: String,
    /// The URLs by member. This service runs no media servers, so they are the operator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    media_placement: Option<BTreeMap<&'static str, String>>,
    media_region: String,
    meeting_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_features: Option<FeaturesOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_host_id: Option<String>,
    meeting_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_meeting_id: Option<String>,
    /// An empty list where the meeting has none.
    tenant_ids: Vec<String>,
}

/// `MeetingFeaturesConfiguration`, with the members that the request named.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FeaturesOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    attendee: Option<Feature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    audio: Option<Feature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Feature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<Feature>,
}

/// A structure with one member, which has the name of the variant.
#[derive(Serialize)]
enum Feature {
    EchoReduction(&'static str),
    MaxCount(u64),
    MaxResolution(&'static str),
}

impl MeetingOutput {
    /// The structure of a meeting. Its ARN and its `MediaPlacement` are not stored: they follow from the
    /// function's ARN and the current settings.
    pub fn new(context: &Context<'_>, meeting: &Meeting) -> Self {
        let media_placement = context.settings.media_placement.as_ref();
        Self {
            external_meeting_id: meeting.external_meeting_id.expose().to_owned(),
            media_placement: media_placement
                .map(|placement| placement.urls(meeting.meeting_id, &meeting.media_region)),
            media_region: meeting.media_region.as_str().to_owned(),
            meeting_arn: meeting_arn(context.function_arn, meeting.meeting_id),
            meeting_features: FeaturesOutput::new(&meeting.features),
            meeting_host_id: meeting.meeting_host_id.as_ref().map(|id| id.expose().to_owned()),
            meeting_id: meeting.meeting_id.to_string(),
            primary_meeting_id: meeting.primary_meeting_id.map(|id| id.to_string()),
            tenant_ids: meeting.tenant_ids.iter().map(|id| id.as_str().to_owned()).collect(),
        }
    }
}

impl FeaturesOutput {
    fn new(features: &Features) -> Option<Self> {
        if *features == Features::default() {
            return None;
        }
        let echo_reduction = features.echo_reduction().map(FeatureStatus::as_str);
        let content = features.content().map(ContentResolution::as_str);
        let video = features.video().map(VideoResolution::as_str);
        Some(Self {
            attendee: features.max_count().map(Feature::MaxCount),
            audio: echo_reduction.map(Feature::EchoReduction),
            content: content.map(Feature::MaxResolution),
            video: video.map(Feature::MaxResolution),
        })
    }
}
