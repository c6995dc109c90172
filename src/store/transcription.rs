//! How a meeting would be transcribed, kept with the meeting's item. Nothing else reads it.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::client::failure;
use super::meeting_update::active;
use super::schema::meeting::TRANSCRIPTION;
use super::{Store, item, meeting_item};
use crate::domain::{MeetingId, Setting, Transcription};
use crate::error::Error;

/// What came of keeping a configuration or removing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transcribed {
    /// The meeting has it now, or has none.
    Kept,
    /// The meeting has ended.
    Ended,
    /// There is no such meeting.
    NoSuchMeeting,
}

impl Store {
    /// Keeps the configuration in place of the one before, on the condition that the meeting is active
    /// at `now`, in seconds since 1970.
    pub async fn keep_transcription(
        &self,
        meeting: MeetingId,
        transcription: &Transcription,
        now: u64,
    ) -> Result<Transcribed, Error> {
        let update = self
            .update_meeting(meeting, now)
            .update_expression(format!("SET {TRANSCRIPTION} = :transcription"))
            .expression_attribute_values(":transcription", write(transcription));
        send(update, now).await
    }

    /// Removes the configuration, if there is one, on the same condition.
    pub async fn remove_transcription(
        &self,
        meeting: MeetingId,
        now: u64,
    ) -> Result<Transcribed, Error> {
        let update =
            self.update_meeting(meeting, now).update_expression(format!("REMOVE {TRANSCRIPTION}"));
        send(update, now).await
    }
}

/// Sends the update on the condition that the meeting is active. One that fails brings the item, and
/// so the reason.
async fn send(update: UpdateItemFluentBuilder, now: u64) -> Result<Transcribed, Error> {
    let update = update
        .condition_expression(active())
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let Err(error) = update.send().await else { return Ok(Transcribed::Kept) };
    let Some(UpdateItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error()
    else {
        return Err(failure::from_sdk(&error));
    };
    match refusal.item() {
        Some(item) if meeting_item::has_ended(item, now)? => Ok(Transcribed::Ended),
        _ => Ok(Transcribed::NoSuchMeeting),
    }
}

/// What was given, under the names that the API has for it.
fn write(transcription: &Transcription) -> AttributeValue {
    let settings = transcription.settings.iter().map(|(name, setting)| {
        let value = match setting {
            Setting::Text(text) => item::string(text.expose()),
            Setting::Flag(flag) => AttributeValue::Bool(*flag),
        };
        ((*name).to_owned(), value)
    });
    let engine = transcription.engine.as_str().to_owned();
    AttributeValue::M([(engine, AttributeValue::M(settings.collect()))].into())
}
