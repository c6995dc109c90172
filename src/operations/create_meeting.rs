//! `POST /meetings`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
//!
//! The token of the request gives the meeting its id, so that the same request makes the same
//! meeting, from any number of callers at once.

use serde::{Deserialize, Serialize};

use super::Call;
use crate::domain::{ClientRequestToken, ExternalMeetingId, MediaRegion, Meeting, MeetingId};
use crate::error::Error;
use crate::json::{Member, Wire};
use crate::store::Opening;
use crate::violations::Violations;

/// As it comes.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Input {
    client_request_token: Member<String>,
    external_meeting_id: Member<String>,
    media_region: Member<String>,
}

impl Wire for Input {
    const TYPE: &'static str = "an object";
    const FIRST: &'static [u8] = b"{";
}

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    meeting: MeetingOutput,
}

/// `Meeting`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MeetingOutput {
    external_meeting_id: String,
    media_region: &'static str,
    meeting_arn: String,
    meeting_id: String,
}

/// Creates the meeting of a token, or finds the one that an equal request created.
pub(super) async fn create_meeting(call: Call<'_>, input: Input) -> Result<Output, Error> {
    let meeting = input.read()?;
    call.facts.meeting_id = Some(meeting.meeting_id);
    let now = call.clock.epoch_seconds();
    let end = now + call.settings.meeting_lifetime;
    let opening = call.store.open_meeting(&meeting, call.settings.max_attendees, now, end).await?;
    call.facts.replay = Some(match opening {
        Opening::Opened => false,
        Opening::OpenedBefore(before) if *before == meeting => true,
        Opening::OpenedBefore(_) | Opening::Ended => return Err(Error::TokenUsed),
    });
    Ok(Output {
        meeting: MeetingOutput {
            external_meeting_id: meeting.external_meeting_id.expose().to_owned(),
            media_region: meeting.media_region.as_str(),
            meeting_arn: arn(call.function_arn, meeting.meeting_id),
            meeting_id: meeting.meeting_id.to_string(),
        },
    })
}

/// `arn:aws:chime:us-east-1:111122223333:meeting/…`, in the function's partition, region and
/// account.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonchime.html#amazonchime-resources-for-iam-policies>
fn arn(function_arn: &str, meeting: MeetingId) -> String {
    let mut parts = function_arn.split(':').skip(1);
    let (partition, _, region, account) = (parts.next(), parts.next(), parts.next(), parts.next());
    format!(
        "arn:{}:chime:{}:{}:meeting/{meeting}",
        partition.unwrap_or("aws"),
        region.unwrap_or("us-east-1"),
        account.unwrap_or("000000000000"),
    )
}

impl Input {
    fn read(self) -> Result<Meeting, Error> {
        let mut violations = Violations::default();
        let token = violations.required(
            "clientRequestToken",
            self.client_request_token,
            ClientRequestToken::parse,
        );
        let external_meeting_id = violations.required(
            "externalMeetingId",
            self.external_meeting_id,
            ExternalMeetingId::parse,
        );
        let media_region = violations
            .required("mediaRegion", self.media_region, |text: String| MediaRegion::parse(&text));
        match (token, external_meeting_id, media_region) {
            (Some(token), Some(external_meeting_id), Some(media_region)) => Ok(Meeting {
                meeting_id: MeetingId::for_token(&token),
                external_meeting_id,
                media_region,
            }),
            _ => Err(Error::Invalid(violations)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meeting_s_arn_is_in_the_function_s_account() {
        let meeting = MeetingId::parse("0f8fad5b-d9cb-469f-a165-70867728950e").unwrap();
        assert_eq!(
            arn("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:rollcall", meeting),
            "arn:aws-us-gov:chime:us-gov-west-1:123456789012:meeting/0f8fad5b-d9cb-469f-a165-70867728950e"
        );
        assert_eq!(
            arn("", meeting),
            "arn:aws:chime:us-east-1:000000000000:meeting/0f8fad5b-d9cb-469f-a165-70867728950e"
        );
    }
}
