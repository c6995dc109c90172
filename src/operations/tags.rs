//! What the three operations on tags share: the ARN that they take, and the change that two of them
//! make.

use super::Call;
use super::meeting_arn::meeting_of;
use crate::domain::{Constraint, Constraints, MeetingId, Tags};
use crate::error::Error;
use crate::store::Found;

/// How often a change is tried while others change the same meeting's tags.
const ATTEMPTS: usize = 16;

/// `AmazonResourceName`: 1 to 1011 characters that begin with `arn:`.
pub(super) fn resource_arn(text: String) -> Result<String, Constraints> {
    let length = text.chars().count();
    let parts = [
        (length < 1, Constraint::MinLength(1)),
        (length > 1011, Constraint::MaxLength(1011)),
        (!text.starts_with("arn:"), Constraint::Pattern("^arn:.*")),
    ];
    let broken: Constraints =
        parts.into_iter().filter(|(broken, _)| *broken).map(|(_, part)| part).collect();
    if broken.is_empty() { Ok(text) } else { Err(broken) }
}

/// The active meeting of an ARN, and its tags.
pub(super) async fn tagged(call: &mut Call<'_>, arn: &str) -> Result<(MeetingId, Tags), Error> {
    let meeting_id = meeting_of(call.function_arn, arn).ok_or(Error::NoSuchResource)?;
    call.facts.meeting_id = Some(meeting_id);
    match call.store.find_meeting(meeting_id, call.clock.epoch_seconds()).await? {
        Found::Active(_, tags) => Ok((meeting_id, tags)),
        Found::Ended | Found::NoSuchMeeting => Err(Error::NoSuchResource),
    }
}

/// Changes the tags of the meeting of an ARN, so that no other change is lost.
pub(super) async fn change(
    call: &mut Call<'_>,
    arn: &str,
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
