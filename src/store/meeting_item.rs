//! Maps a meeting to its item, and back.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{self, Item, Unreadable, as_written};
use super::schema::EXPIRES_AT;
use super::schema::meeting as name;
use crate::clock::Timestamp;
use crate::domain::{
    ContentResolution, ExcludedMedia, ExternalMeetingId, FeatureStatus, Features, MediaRegion,
    Meeting, MeetingHostId, MeetingId, NewMeeting, TagKey, TagValue, Tags, TenantId,
    VideoResolution,
};

/// The members of the set of excluded media.
const VIDEO: &str = "Video";
const CONTENT: &str = "Content";

/// The item of a new meeting with `max_attendees` seats and this `end`.
pub(super) fn to_item(new: &NewMeeting, max_attendees: u64, end: Timestamp) -> Item {
    let NewMeeting { meeting, tags } = new;
    let features = meeting.features;
    let texts = [
        (name::MEETING_ID, Some(meeting.meeting_id.to_string())),
        (name::EXTERNAL_MEETING_ID, Some(meeting.external_meeting_id.expose().to_owned())),
        (name::MEDIA_REGION, Some(meeting.media_region.as_str().to_owned())),
        (name::MEETING_HOST_ID, meeting.meeting_host_id.as_ref().map(|id| id.expose().to_owned())),
        (name::PRIMARY_MEETING_ID, meeting.primary_meeting_id.map(|id| id.to_string())),
        (name::ECHO_REDUCTION, features.echo_reduction().map(|value| value.as_str().to_owned())),
        (name::VIDEO_RESOLUTION, features.video().map(|value| value.as_str().to_owned())),
        (name::CONTENT_RESOLUTION, features.content().map(|value| value.as_str().to_owned())),
    ];
    let tenants = meeting.tenant_ids.iter().map(|id| item::string(id.as_str())).collect();
    let others = [
        (name::MAX_COUNT, features.max_count().map(item::number)),
        (name::MAX_ATTENDEES, Some(item::number(max_attendees))),
        (EXPIRES_AT, Some(item::number(end))),
        (name::TENANT_IDS, Some(AttributeValue::L(tenants))),
        (name::TAGS, Some(write_tags(tags))),
        (name::TAGS_AT_CREATION, Some(AttributeValue::M(HashMap::new()))),
        (name::EXCLUDED_MEDIA, write_excluded_media(features.excluded_media())),
    ];
    texts
        .into_iter()
        .map(|(name, text)| (name, text.map(item::string)))
        .chain(others)
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// The meeting as it was created.
pub(super) fn from_item(item: &Item) -> Result<Meeting, Unreadable> {
    Ok(Meeting {
        meeting_id: item::read(item, name::MEETING_ID, as_written(MeetingId::parse))?,
        external_meeting_id: item::read(item, name::EXTERNAL_MEETING_ID, ExternalMeetingId::parse)?,
        media_region: item::read(item, name::MEDIA_REGION, MediaRegion::parse)?,
        meeting_host_id: item::read_optional(item, name::MEETING_HOST_ID, MeetingHostId::parse)?,
        features: features(item)?,
        primary_meeting_id: item::read_optional(
            item,
            name::PRIMARY_MEETING_ID,
            as_written(MeetingId::parse),
        )?,
        tenant_ids: tenant_ids(item)?,
    })
}

/// The end of the meeting's lifetime.
pub(super) fn end(item: &Item) -> Result<Timestamp, Unreadable> {
    item::read_number(item, EXPIRES_AT)?.map(Timestamp::from).ok_or(Unreadable(EXPIRES_AT))
}

/// Whether the meeting was deleted, or its lifetime is over at `now`.
pub(super) fn has_ended(item: &Item, now: Timestamp) -> Result<bool, Unreadable> {
    Ok(item.contains_key(name::ENDED_AT) || end(item)? <= now)
}

/// Tags as an attribute, which every meeting has, even without tags.
fn write_tags(tags: &Tags) -> AttributeValue {
    let pair = |(key, value): (&TagKey, &TagValue)| {
        (key.as_str().to_owned(), item::string(value.as_str()))
    };
    AttributeValue::M(tags.iter().map(pair).collect())
}

/// Excluded media as a set, or `None` if nothing is excluded, because DynamoDB has no empty sets.
pub(super) fn write_excluded_media(excluded: ExcludedMedia) -> Option<AttributeValue> {
    let media = [(excluded.video, VIDEO), (excluded.content, CONTENT)];
    let set: Vec<_> = media
        .iter()
        .filter(|(excluded, _)| *excluded)
        .map(|(_, name)| (*name).to_owned())
        .collect();
    if set.is_empty() { None } else { Some(AttributeValue::Ss(set)) }
}

/// The meeting's excluded media.
pub(super) fn excluded_media(item: &Item) -> Result<ExcludedMedia, Unreadable> {
    let set = match item.get(name::EXCLUDED_MEDIA) {
        None => return Ok(ExcludedMedia::default()),
        Some(AttributeValue::Ss(set)) => set,
        Some(_) => return Err(Unreadable(name::EXCLUDED_MEDIA)),
    };
    let mut excluded = ExcludedMedia::default();
    for medium in set {
        match medium.as_str() {
            VIDEO => excluded.video = true,
            CONTENT => excluded.content = true,
            _ => return Err(Unreadable(name::EXCLUDED_MEDIA)),
        }
    }
    Ok(excluded)
}

/// The ids in a primary's list of replicas, as far as they can be read.
pub(super) fn replicas(list: &AttributeValue) -> Vec<MeetingId> {
    let ids = list.as_ss().map(Vec::as_slice).unwrap_or_default();
    ids.iter().filter_map(|id| as_written(MeetingId::parse)(id).ok()).collect()
}

fn features(item: &Item) -> Result<Features, Unreadable> {
    Features::new(
        item::read_optional(item, name::ECHO_REDUCTION, FeatureStatus::parse)?,
        item::read_optional(item, name::VIDEO_RESOLUTION, VideoResolution::parse)?,
        item::read_optional(item, name::CONTENT_RESOLUTION, ContentResolution::parse)?,
        item::read_number(item, name::MAX_COUNT)?,
    )
    .map_err(|_| Unreadable(name::MAX_COUNT))
}

fn tenant_ids(item: &Item) -> Result<Vec<TenantId>, Unreadable> {
    let list = match item.get(name::TENANT_IDS) {
        None => return Ok(Vec::new()),
        Some(AttributeValue::L(list)) => list,
        Some(_) => return Err(Unreadable(name::TENANT_IDS)),
    };
    let tenant = |value: &AttributeValue| TenantId::parse(value.as_s().ok()?.clone()).ok();
    list.iter().map(|value| tenant(value).ok_or(Unreadable(name::TENANT_IDS))).collect()
}

/// The meeting's current tags.
pub(super) fn tags(item: &Item) -> Result<Tags, Unreadable> {
    let Some(AttributeValue::M(map)) = item.get(name::TAGS) else {
        return Err(Unreadable(name::TAGS));
    };
    let tag = |(key, value): (&String, &AttributeValue)| {
        let value = TagValue::parse(value.as_s().ok()?.clone()).ok()?;
        Some((TagKey::parse(key.clone()).ok()?, value))
    };
    map.iter().map(|pair| tag(pair).ok_or(Unreadable(name::TAGS))).collect()
}
