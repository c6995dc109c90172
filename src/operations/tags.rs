//! What the operations on tags share: finding the meeting of an ARN, and changing its tags.

use super::Call;
use super::meeting_arn::meeting_of;
use crate::domain::{MeetingId, ResourceArn, Tags};
use crate::error::Error;
use crate::store::Found;

/// How often a change is tried while others change the same meeting's tags.
const ATTEMPTS: usize = 16;

/// The active meeting of an ARN, and its tags.
pub(super) async fn tagged(
    call: &mut Call<'_>,
    arn: &ResourceArn,
) -> Result<(MeetingId, Tags), Error> {
    let meeting_id = meeting_of(call.function_arn, arn.as_str()).ok_or(Error::NoSuchResource)?;
    call.facts.meeting_id = Some(meeting_id);
    match call.store.find_meeting(meeting_id, call.clock.epoch_seconds()).await? {
        Found::Active(_, tags) => Ok((meeting_id, tags)),
        Found::Ended | Found::NoSuchMeeting => Err(Error::NoSuchResource),
    }
}

/// Changes the tags of the meeting of an ARN, so that no other change is lost.
pub(super) async fn change(
    call: &mut Call<'_>,
    arn: &ResourceArn,
    change: impl Fn(&mut Tags) -> Result<(), Error>,
) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let (meeting_id, before) = tagged(call, arn).await?;
        let mut after = before.clone();
        change(&mut after)?;
        if after == before || call.store.replace_tags(meeting_id, &before, &after).await? {
            return Ok(());
        }
    }
    Err(Error::Unavailable("others keep changing the meeting's tags".into()))
}
