//! `GET /meetings/{MeetingId}/attendees`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_ListAttendees.html>
//!
//! The pages do not show one moment. An attendee that is created while the list is read is on a later page
//! or on none. An attendee that exists all the time is on exactly one page.

use std::ops::RangeInclusive;

use futures_util::future::try_join;
use serde::Serialize;

use super::context::Context;
use super::shapes::{AttendeeOutput, meeting_id};
use crate::domain::{Constraint, Constraints, MeetingId, PageToken};
use crate::error::Error;
use crate::json::Member;
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

/// The values of `max-results`. The largest is also the default.
const PAGE_SIZES: RangeInclusive<usize> = 1..=100;

pub struct Input {
    meeting_id: MeetingId,
    page_size: usize,
    token: Option<PageToken>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Output {
    attendees: Vec<AttendeeOutput>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let meeting_id = meeting_id(http, violations);
        let page_size = violations
            .optional("maxResults", http.query("max-results"), |text| parse_page_size(&text));
        // An empty token asks for the first page, as an absent one does.
        let token = match http.query("next-token") {
            Member::Given(text) if text.is_empty() => Member::Absent,
            other => other,
        };
        // A token is valid in one meeting only.
        let meeting_id = meeting_id?;
        let token =
            violations.optional("nextToken", token, |text| PageToken::parse(&text, meeting_id));
        let page_size = page_size?.unwrap_or(*PAGE_SIZES.end());
        Ok(Self { meeting_id, page_size, token: token? })
    }
}

/// Lists the attendees of an active meeting in the order of their ids, page by page.
pub async fn run(mut context: Context<'_>, input: Input) -> Result<Output, Error> {
    let Input { meeting_id, page_size, token } = input;
    // One attendee more than the page shows whether there is another page.
    let after = token.map(|token| token.after);
    let found = context.store.list_attendees(meeting_id, after, page_size + 1);
    let (_, (mut attendees, unreadable)) =
        try_join(context.active_meeting(meeting_id), found).await?;
    context.warn_of_unreadable(&unreadable);
    let has_next_page = attendees.len() > page_size;
    attendees.truncate(page_size);
    let last = attendees.last().filter(|_| has_next_page);
    let next_token = last.map(|last| PageToken { after: last.attendee_id }.text(meeting_id));
    Ok(Output { attendees: attendees.iter().map(AttendeeOutput::from).collect(), next_token })
}

fn parse_page_size(text: &str) -> Result<usize, Constraints> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        _ if !is_number => Err(vec![Constraint::Type("an integer")]),
        _ if text.starts_with('-') => Err(vec![Constraint::MinValue(1)]),
        Ok(size) if size < *PAGE_SIZES.start() => Err(vec![Constraint::MinValue(1)]),
        Ok(size) if PAGE_SIZES.contains(&size) => Ok(size),
        // Numbers that no integer type can hold are among these.
        _ => Err(vec![Constraint::MaxValue(100)]),
    }
}
