//! The operations of the API: one file each, and the table that finds them.
//!
//! Each file offers the same three things. `Input` is valid by construction: `Input::read` gives it, or
//! reports every violation. `run` does the work, and knows neither HTTP nor events. `Output` is what the
//! service model returns; it is `()` where the model has no output. CONTRIBUTING.md shows how to add an
//! operation.

mod batch_create_attendee;
mod batch_update_attendee_capabilities_except;
mod context;
mod create_attendee;
mod create_meeting;
mod create_meeting_with_attendees;
mod delete_attendee;
mod delete_meeting;
mod get_attendee;
mod get_meeting;
mod list_attendees;
mod list_tags_for_resource;
mod shapes;
mod start_meeting_transcription;
mod stop_meeting_transcription;
mod tag_resource;
mod untag_resource;
mod update_attendee_capabilities;

use std::pin::Pin;

use lambda_http::{Request, RequestExt as _};

pub use context::{Context, LogFields};

use crate::domain::MeetingId;
use crate::error::Error;
use crate::gateway;
use crate::rest_json::{self, Bindings, Labels, Success};
use crate::violations::Violations;

/// An operation and its HTTP binding, as the service model has them.
pub struct Operation {
    /// The name.
    pub name: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path; `{…}` stands for one segment.
    pub path: &'static str,
    /// The value of the query parameter `operation`. Without one the parameter must be absent.
    pub query: Option<&'static str>,
    run: Run,
}

type Run = for<'a> fn(
    Context<'a>,
    Bindings<'a>,
) -> Pin<Box<dyn Future<Output = Result<Success, Error>> + Send + 'a>>;

/// A row of the table. `$render` makes the response of the operation's output.
macro_rules! operation {
    ($name:literal, $method:literal, $path:literal, $query:expr, $module:ident, $render:ident) => {
        Operation {
            name: $name,
            method: $method,
            path: $path,
            query: $query,
            run: |context, http| {
                Box::pin(async move {
                    let input =
                        Violations::collect(|violations| $module::Input::read(&http, violations))?;
                    rest_json::$render(&$module::run(context, input).await?)
                })
            },
        }
    };
}

/// Every operation, one a row. The first row that matches a request counts, so a path with a fixed
/// segment stands before one that has a variable segment in its place.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    operation!("CreateMeeting", "POST", "/meetings", None, create_meeting, json),
    operation!("CreateMeetingWithAttendees", "POST", "/meetings", Some("create-attendees"), create_meeting_with_attendees, json),
    operation!("GetMeeting", "GET", "/meetings/{MeetingId}", None, get_meeting, json),
    operation!("DeleteMeeting", "DELETE", "/meetings/{MeetingId}", None, delete_meeting, no_content),
    operation!("CreateAttendee", "POST", "/meetings/{MeetingId}/attendees", None, create_attendee, json),
    operation!("BatchCreateAttendee", "POST", "/meetings/{MeetingId}/attendees", Some("batch-create"), batch_create_attendee, json),
    operation!("ListAttendees", "GET", "/meetings/{MeetingId}/attendees", None, list_attendees, json),
    operation!("GetAttendee", "GET", "/meetings/{MeetingId}/attendees/{AttendeeId}", None, get_attendee, json),
    operation!("DeleteAttendee", "DELETE", "/meetings/{MeetingId}/attendees/{AttendeeId}", None, delete_attendee, no_content),
    operation!("UpdateAttendeeCapabilities", "PUT", "/meetings/{MeetingId}/attendees/{AttendeeId}/capabilities", None, update_attendee_capabilities, json),
    operation!("BatchUpdateAttendeeCapabilitiesExcept", "PUT", "/meetings/{MeetingId}/attendees/capabilities", Some("batch-update-except"), batch_update_attendee_capabilities_except, empty),
    operation!("StartMeetingTranscription", "POST", "/meetings/{MeetingId}/transcription", Some("start"), start_meeting_transcription, empty),
    operation!("StopMeetingTranscription", "POST", "/meetings/{MeetingId}/transcription", Some("stop"), stop_meeting_transcription, empty),
    operation!("ListTagsForResource", "GET", "/tags", None, list_tags_for_resource, json),
    operation!("TagResource", "POST", "/tags", Some("tag-resource"), tag_resource, no_content),
    operation!("UntagResource", "POST", "/tags", Some("untag-resource"), untag_resource, no_content),
];

/// The operation of a request, and the variable segments of its path.
pub struct Match {
    /// The operation.
    pub operation: &'static Operation,
    labels: Labels,
}

/// Finds the operation of a request. `base_path` is the operator's, as in [`gateway::paths`].
pub fn find(request: &Request, base_path: &str) -> Option<Match> {
    let query = request.query_string_parameters_ref();
    let values = query.and_then(|query| query.all("operation")).unwrap_or_default();
    let value = values.first().copied();
    if values.iter().any(|other| Some(*other) != value) {
        return None;
    }
    let method = request.method().as_str();
    let paths = gateway::paths(request, base_path);
    let path =
        paths.iter().find(|path| OPERATIONS.iter().any(|row| row.has_first_segment(path)))?;
    OPERATIONS
        .iter()
        .filter(|row| row.method == method && row.query == value)
        .find_map(|row| row.labels(path).map(|labels| Match { operation: row, labels }))
}

impl Match {
    /// Reads the input, runs the operation, and renders its output.
    pub async fn run(self, request: &Request, context: Context<'_>) -> Result<Success, Error> {
        let http = Bindings::new(request, self.labels);
        context.log.meeting_id = MeetingId::parse(http.label("MeetingId")).ok();
        (self.operation.run)(context, http).await
    }
}

impl Operation {
    /// Whether the path begins like that of this operation.
    fn has_first_segment(&self, path: &[String]) -> bool {
        self.path.split('/').nth(1) == path.first().map(String::as_str)
    }

    /// The variable segments, if the path is that of this operation.
    fn labels(&self, path: &[String]) -> Option<Labels> {
        let segments = self.path.split('/').skip(1);
        if segments.clone().count() != path.len() {
            return None;
        }
        let mut labels = Labels::new();
        for (expected, segment) in segments.zip(path) {
            let label = expected.strip_prefix('{').and_then(|name| name.strip_suffix('}'));
            match label {
                Some(name) if !segment.is_empty() => labels.push((name, segment.clone())),
                None if expected == segment => {}
                _ => return None,
            }
        }
        Some(labels)
    }
}
