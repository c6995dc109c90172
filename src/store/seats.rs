//! The first write of CreateAttendee: claiming a seat.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::item::{self, Item};
use super::schema::TIME_TO_LIVE;
use super::schema::meeting::{ENDED_AT, MAX_ATTENDEES, MEETING_ID, SEATS};
use super::{Store, failure};
use crate::domain::{ExternalUserId, MeetingId};
use crate::error::Error;

/// What came of claiming a seat. Only `Claimed` changed anything.
#[derive(Debug, PartialEq, Eq)]
pub enum Claim {
    /// The user has a seat, now or from an earlier attempt.
    Claimed,
    /// The meeting lasts longer than was assumed, until this time in seconds since 1970.
    LastsUntil(u64),
    /// All seats are other users'.
    Full,
    /// The meeting was deleted, or is past its lifetime.
    Ended,
    /// There is no such item.
    NoSuchMeeting,
}

impl Store {
    /// Adds the user's seat to the meeting's, on the condition that the meeting is active at `now`
    /// and over by `latest_end` (both in seconds since 1970), and has a seat free or has this one.
    ///
    /// Adding a seat twice changes nothing, so anyone may repeat this at any time. A claim that
    /// succeeds brings nothing back, because a full meeting's seats are 7 kB on the wire; what the
    /// caller needs to know of the meeting is assumed as part of the condition, and only a claim
    /// that fails brings the item, and so the reason.
    pub async fn claim_seat(
        &self,
        meeting: MeetingId,
        user: &ExternalUserId,
        now: u64,
        latest_end: u64,
    ) -> Result<Claim, Error> {
        let seat = Blob::new(meeting.seat_of(user));
        let claimed = self
            .client
            .update_item()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(meeting.to_string()))
            .update_expression(format!("ADD {SEATS} :seats"))
            // `size` of a missing attribute makes a comparison false, hence the seats' absence
            // beside it.
            .condition_expression(format!(
                "attribute_exists({MEETING_ID}) \
                 AND attribute_not_exists({ENDED_AT}) \
                 AND {TIME_TO_LIVE} > :now \
                 AND {TIME_TO_LIVE} <= :latest_end \
                 AND attribute_exists({MAX_ATTENDEES}) \
                 AND (attribute_not_exists({SEATS}) \
                      OR size({SEATS}) < {MAX_ATTENDEES} \
                      OR contains({SEATS}, :seat))"
            ))
            .expression_attribute_values(":seats", AttributeValue::Bs(vec![seat.clone()]))
            .expression_attribute_values(":seat", AttributeValue::B(seat))
            .expression_attribute_values(":now", item::number(now))
            .expression_attribute_values(":latest_end", item::number(latest_end))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match claimed {
            Ok(_) => Ok(Claim::Claimed),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    refused(refusal.item(), now, latest_end)
                }
                _ => Err(failure::error(&error)),
            },
        }
    }
}

/// The reason of a refusal, from the item as it was then. The order is that of what a caller can
/// do about it: nothing helps where there is no meeting.
fn refused(item: Option<&Item>, now: u64, latest_end: u64) -> Result<Claim, Error> {
    let Some(item) = item else { return Ok(Claim::NoSuchMeeting) };
    let end =
        item::read_number(item, TIME_TO_LIVE)?.ok_or_else(|| item::unreadable(TIME_TO_LIVE))?;
    if item.contains_key(ENDED_AT) || end <= now {
        return Ok(Claim::Ended);
    }
    if end > latest_end {
        return Ok(Claim::LastsUntil(end));
    }
    // Only the seats are left, but an item without a limit must not pass for a full one.
    item::read_number(item, MAX_ATTENDEES)?.ok_or_else(|| item::unreadable(MAX_ATTENDEES))?;
    Ok(Claim::Full)
}
