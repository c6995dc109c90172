//! The first write of CreateAttendee: claiming a seat.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::Store;
use super::client::failure;
use super::item::{self, Item};
use super::meeting_item;
use super::meetings::active_condition;
use super::schema::TIME_TO_LIVE;
use super::schema::meeting::{EXCLUDED_MEDIA, MAX_ATTENDEES, SEATS};
use crate::domain::{ExcludedMedia, ExternalUserId, MeetingId};
use crate::error::Error;

/// What came of claiming a seat. Only `Claimed` changed anything.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// The user has a seat, now or from an earlier attempt.
    Claimed,
    /// The meeting is another than was assumed.
    NotAsAssumed(Assumption),
    /// All seats are other users'.
    Full,
    /// The meeting was deleted, or is past its lifetime.
    Ended,
    /// There is no such item.
    NoSuchMeeting,
}

/// What a claim takes for granted of a meeting. None of it ever changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The meeting is over by this time, in seconds since 1970.
    pub over_by: u64,
    /// The media that it does without.
    pub excluded: ExcludedMedia,
}

/// Which media an attendee wants, and so what a claim has to know of the meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// Whatever there is: exactly what is assumed must be excluded.
    WhatThereIs,
    /// These: they must not be excluded.
    Named {
        /// Video in any direction.
        video: bool,
        /// Content in any direction.
        content: bool,
    },
}

impl Media {
    /// Whether a meeting without these media does for an attendee who wants those.
    fn fit(self, excluded: ExcludedMedia, assumed: ExcludedMedia) -> bool {
        match self {
            Self::WhatThereIs => excluded == assumed,
            Self::Named { video, content } => {
                !(video && excluded.video || content && excluded.content)
            }
        }
    }
}

impl Store {
    /// What is best assumed of a meeting: what this instance knows of it, or that it does without
    /// nothing.
    pub fn likely_excluded_media(&self, meeting: MeetingId) -> ExcludedMedia {
        self.excluded_media.get(meeting)
    }

    /// Adds the user's seat to the meeting's, on the condition that the meeting is active at `now`
    /// (in seconds since 1970), is as assumed, and has a seat free or has this one.
    ///
    /// Adding a seat twice changes nothing, so anyone may repeat this at any time. A claim that
    /// succeeds brings nothing back, because a full meeting's seats are 7 kB on the wire; what the
    /// caller needs to know of the meeting is assumed as part of the condition, and only a claim
    /// that fails brings the item, and so the reason.
    pub async fn claim_seat(
        &self,
        meeting: MeetingId,
        user: &ExternalUserId,
        media: Media,
        assumed: Assumption,
        now: u64,
    ) -> Result<Claim, Error> {
        let seat = Blob::new(meeting.seat_of(user));
        let (media_condition, media_values) = media_condition(media, assumed.excluded);
        let active = active_condition();
        let claim = self
            .update_meeting(meeting, now)
            .update_expression(format!("ADD {SEATS} :seats"))
            // `size` of a missing attribute makes a comparison false, hence the seats' absence
            // beside it.
            .condition_expression(format!(
                "{active} \
                 AND {TIME_TO_LIVE} <= :over_by \
                 {media_condition} \
                 AND attribute_type({MAX_ATTENDEES}, :number) \
                 AND (attribute_not_exists({SEATS}) \
                      OR size({SEATS}) < {MAX_ATTENDEES} \
                      OR contains({SEATS}, :seat))"
            ))
            .expression_attribute_values(":seats", AttributeValue::Bs(vec![seat.clone()]))
            .expression_attribute_values(":seat", AttributeValue::B(seat))
            .expression_attribute_values(":number", item::string("N"))
            .expression_attribute_values(":over_by", item::number(assumed.over_by))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let refused = |item: Option<&Item>| refused(item, media, assumed, now);
        let claim = send(claim, media_values, Claim::Claimed, refused).await?;
        if let Claim::NotAsAssumed(actual) = claim {
            self.excluded_media.insert(meeting, actual.excluded);
        }
        Ok(claim)
    }
}

/// Sends a claim with the values that its condition on media names; `refused` reads the item of one
/// whose condition did not hold.
pub(super) async fn send<C>(
    mut claim: UpdateItemFluentBuilder,
    media_values: Vec<(&'static str, AttributeValue)>,
    claimed: C,
    refused: impl FnOnce(Option<&Item>) -> Result<C, Error>,
) -> Result<C, Error> {
    for (name, value) in media_values {
        claim = claim.expression_attribute_values(name, value);
    }
    let Err(error) = claim.send().await else { return Ok(claimed) };
    match error.as_service_error() {
        Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => refused(refusal.item()),
        _ => Err(failure::from_sdk(&error)),
    }
}

/// A part of the condition, empty where the media can't matter, and the values that it names.
pub(super) fn media_condition(
    media: Media,
    assumed: ExcludedMedia,
) -> (String, Vec<(&'static str, AttributeValue)>) {
    match media {
        Media::WhatThereIs => match meeting_item::write_excluded_media(assumed) {
            None => (format!("AND attribute_not_exists({EXCLUDED_MEDIA})"), Vec::new()),
            Some(set) => (format!("AND {EXCLUDED_MEDIA} = :excluded"), vec![(":excluded", set)]),
        },
        Media::Named { video, content } => {
            let named = [
                (video, ":video", meeting_item::VIDEO),
                (content, ":content", meeting_item::CONTENT),
            ];
            let named = named.into_iter().filter(|(is_named, ..)| *is_named);
            let condition = named
                .clone()
                .map(|(_, value, _)| format!("AND NOT contains({EXCLUDED_MEDIA}, {value}) "));
            let values = named.map(|(_, value, medium)| (value, item::string(medium)));
            (condition.collect(), values.collect())
        }
    }
}

/// The reason of a refusal, from the item as it was then. The order is that of what a caller can
/// do about it: nothing helps where there is no meeting.
fn refused(
    item: Option<&Item>,
    media: Media,
    assumed: Assumption,
    now: u64,
) -> Result<Claim, Error> {
    let Some(item) = item else { return Ok(Claim::NoSuchMeeting) };
    if meeting_item::has_ended(item, now)? {
        return Ok(Claim::Ended);
    }
    let over_by = meeting_item::end(item)?;
    let excluded = meeting_item::read_excluded_media(item)?;
    if over_by > assumed.over_by || !media.fit(excluded, assumed.excluded) {
        let over_by = over_by.max(assumed.over_by);
        return Ok(Claim::NotAsAssumed(Assumption { over_by, excluded }));
    }
    // Only the seats are left, but an item without a limit must not pass for a full one.
    item::read_number(item, MAX_ATTENDEES)?.ok_or_else(|| item::unreadable(MAX_ATTENDEES))?;
    Ok(Claim::Full)
}
