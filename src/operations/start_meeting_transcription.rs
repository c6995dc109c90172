//! `POST /meetings/{MeetingId}/transcription?operation=start`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_StartMeetingTranscription.html>
//!
//! Nothing is transcribed. The configuration is checked and kept with the meeting, in place of the one
//! before. What the documentation says of members beside each other (a language or its identification,
//! for example) is no error of this call: the API tells of it in an event afterwards.

use serde::Deserialize;

use super::Call;
use super::transcription::{CONFIGURATION, ConfigurationInput, kept};
use crate::domain::MeetingId;
use crate::error::Error;
use crate::json::{Member, objects};
use crate::violations::Violations;

objects!(Body);

/// As it comes.
pub(super) struct Input {
    pub(super) meeting_id: String,
    pub(super) body: Body,
}

/// The body.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Body {
    transcription_configuration: Member<ConfigurationInput>,
}

/// Keeps a configuration with an active meeting.
pub(super) async fn start_meeting_transcription(call: Call<'_>, input: Input) -> Result<(), Error> {
    let mut violations = Violations::default();
    let meeting_id = violations.check("meetingId", MeetingId::parse(&input.meeting_id));
    call.facts.meeting_id = meeting_id;
    let transcription = violations.required_structure(
        CONFIGURATION,
        input.body.transcription_configuration,
        |violations, configuration| configuration.read(violations),
    );
    let (Some(meeting_id), Some(transcription)) = (meeting_id, transcription) else {
        return Err(Error::Invalid(violations));
    };
    let now = call.clock.epoch_seconds();
    kept(call.store.put_transcription(meeting_id, &transcription, now).await?)
}
