//! What the operations on tags share: the meeting of an ARN.

use super::Call;
use super::meeting_arn::meeting_of;
use crate::domain::{MeetingId, ResourceArn, Tags};
use crate::error::Error;
use crate::store::Found;

/// The active meeting of an ARN, and its tags.
pub(super) async fn tagged(
    call: &mut Call<'_>,
    arn: &ResourceArn,
) -> Result<(MeetingId, Tags), Error> {
    let meeting_id = meeting_of(call.function_arn, arn.expose())
        .ok_or_else(|| Error::NoSuchResource(arn.clone()))?;
    call.facts.meeting_id = Some(meeting_id);
    match call.store.find_meeting(meeting_id, call.clock.epoch_seconds()).await? {
        Found::Active(_, tags) => Ok((meeting_id, tags)),
        Found::Ended | Found::NoSuchMeeting => Err(Error::NoSuchResource(arn.clone())),
    }
}
