//! The transcription settings of a meeting. They are stored with the meeting, and nothing reads
//! them.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::meetings::active_condition;
use super::schema::meeting::TRANSCRIPTION;
use super::{Store, conditional_write, item, meeting_item};
use crate::domain::{MeetingId, Setting, Transcription};
use crate::error::Error;

/// The outcome of storing or removing transcription settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TranscriptionUpdate {
    /// The settings were stored or removed.
    Updated,
    /// The meeting has ended.
    Ended,
    /// There is no such meeting.
    NoSuchMeeting,
}

impl Store {
    /// Stores the settings in place of earlier ones, if the meeting is active at `now`, in seconds
    /// since 1970.
    pub async fn put_transcription(
        &self,
        meeting_id: MeetingId,
        transcription: &Transcription,
        now: u64,
    ) -> Result<TranscriptionUpdate, Error> {
        let update = self
            .update_meeting(meeting_id, now)
            .update_expression(format!("SET {TRANSCRIPTION} = :transcription"))
            .expression_attribute_values(":transcription", to_attribute(transcription));
        send(update, now).await
    }

    /// Removes the settings, if the meeting has any and is active at `now`, in seconds since 1970.
    pub async fn remove_transcription(
        &self,
        meeting_id: MeetingId,
        now: u64,
    ) -> Result<TranscriptionUpdate, Error> {
        let update = self
            .update_meeting(meeting_id, now)
            .update_expression(format!("REMOVE {TRANSCRIPTION}"));
        send(update, now).await
    }
}

/// Sends the update, if the meeting is active.
async fn send(update: UpdateItemFluentBuilder, now: u64) -> Result<TranscriptionUpdate, Error> {
    let update = update.condition_expression(active_condition());
    conditional_write::update(update, TranscriptionUpdate::Updated, |item| match item {
        Some(item) if meeting_item::has_ended(item, now)? => Ok(TranscriptionUpdate::Ended),
        _ => Ok(TranscriptionUpdate::NoSuchMeeting),
    })
    .await
}

/// The settings of the engine under the names that the API has for them.
fn to_attribute(transcription: &Transcription) -> AttributeValue {
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
