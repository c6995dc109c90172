//! `GET /meetings/{MeetingId}/attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_ListAttendees.html>
//!
//! A page is not a picture of one moment: who joins while a list is read may be in a later page or
//! in none. Whoever is there all the time is in exactly one.

use std::ops::RangeInclusive;

use futures_util::future::try_join;
use serde::Serialize;

use super::Call;
use super::wire::AttendeeOutput;
use crate::domain::{Constraint, MeetingId, PageToken};
use crate::error::Error;
use crate::json::Member;
use crate::violations::Violations;

/// What `max-results` may be; the most is also the size of a page without it.
const PAGE: RangeInclusive<usize> = 1..=100;

/// As it comes.
pub(super) struct Input {
    pub(super) meeting_id: String,
    pub(super) max_results: Member<String>,
    pub(super) next_token: Member<String>,
}

/// As it goes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    attendees: Vec<AttendeeOutput>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// Lists the attendees of an active meeting, page by page, in the order of their ids.
pub(super) async fn list_attendees(call: Call<'_>, input: Input) -> Result<Output, Error> {
    let mut violations = Violations::default();
    let meeting_id = violations.check("meetingId", MeetingId::parse(&input.meeting_id));
    call.facts.meeting_id = meeting_id;
    let size = violations.optional("maxResults", input.max_results, |text: String| size(&text));
    // An empty token asks for the first page, as an absent one does.
    let next_token = match input.next_token {
        Member::Given(text) if text.is_empty() => Member::Absent,
        other => other,
    };
    let token = match meeting_id {
        None => None,
        Some(meeting_id) => violations
            .optional("nextToken", next_token, |text: String| PageToken::parse(&text, meeting_id)),
    };
    let (Some(meeting_id), Some(size), Some(token)) = (meeting_id, size, token) else {
        return Err(Error::Invalid(violations));
    };
    let size = size.unwrap_or(*PAGE.end());
    // One more than the page tells whether there is another.
    let after = token.map(|token| token.after);
    let found = call.store.list_attendees(meeting_id, after, size + 1);
    let (_, mut attendees) = try_join(call.active_meeting(meeting_id), found).await?;
    let goes_on = attendees.len() > size;
    attendees.truncate(size);
    let last = attendees.last().filter(|_| goes_on);
    let next_token = last.map(|last| PageToken { after: last.attendee_id }.text(meeting_id));
    Ok(Output { attendees: attendees.iter().map(AttendeeOutput::from).collect(), next_token })
}

fn size(text: &str) -> Result<usize, Constraint> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        _ if !digits => Err(Constraint::Type("an integer")),
        Ok(size) if size < *PAGE.start() => Err(Constraint::MinValue(1)),
        Ok(size) if PAGE.contains(&size) => Ok(size),
        // Also what is too large for any integer.
        _ => Err(Constraint::MaxValue(100)),
    }
}
