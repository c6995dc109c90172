//! One file per operation, and the table that finds it.
//!
//! To add an operation: a file with its `Input`, its `Output` and its function; its name in
//! [`Operation`]; a line in [`ROUTES`]; an arm in [`Match::run`]. An operation knows its input
//! and its [`Call`], and nothing of HTTP, events or logs.

mod batch_create_attendee;
mod batch_enrolment;
mod batch_update_attendee_capabilities_except;
mod create_attendee;
mod create_meeting;
mod create_meeting_with_attendees;
mod delete_attendee;
mod delete_meeting;
mod enrolment;
mod get_attendee;
mod get_meeting;
mod list_attendees;
mod list_tags_for_resource;
mod meeting_arn;
mod meeting_input;
mod opening;
mod start_meeting_transcription;
mod stop_meeting_transcription;
mod tag_resource;
mod tags;
mod transcription;
mod untag_resource;
mod update_attendee_capabilities;
mod wire;

use lambda_http::{Request, RequestExt as _};

use crate::clock::Clock;
use crate::domain::{AttendeeId, Meeting, MeetingId, Tags};
use crate::error::{Cause, Error};
use crate::gateway;
use crate::rest_json;
use crate::settings::Settings;
use crate::store::{FoundMeeting, Store};
use crate::violations::Violations;

/// More than any meeting holds.
const MOST_ATTENDEES: usize = 1_000;

/// What an operation may use, and what it tells of itself.
pub struct Call<'a> {
    /// Where meetings and attendees are.
    pub store: &'a Store,
    /// The time of day.
    pub clock: &'a Clock,
    /// Limits that the operator set.
    pub settings: &'a Settings,
    /// The function's own ARN, if it knows it; gives resources their account and region.
    pub function_arn: &'a str,
    /// What the operation finds out, for the log.
    pub facts: &'a mut Facts,
}

impl Call<'_> {
    /// The meeting that an operation is about, where nothing else of its input can be wrong.
    fn meeting_id(&mut self, text: &str) -> Result<MeetingId, Error> {
        let mut violations = Violations::default();
        self.facts.meeting_id = violations.check("meetingId", MeetingId::parse(text));
        self.facts.meeting_id.ok_or(Error::Invalid(violations))
    }

    /// The attendee that an operation is about, and its meeting, where nothing else of its input can be
    /// wrong.
    fn ids(&mut self, meeting: &str, attendee: &str) -> Result<(MeetingId, AttendeeId), Error> {
        let mut violations = Violations::default();
        self.facts.meeting_id = violations.check("meetingId", MeetingId::parse(meeting));
        let attendee_id = violations.check("attendeeId", AttendeeId::parse(attendee));
        self.facts.meeting_id.zip(attendee_id).ok_or(Error::Invalid(violations))
    }

    /// The meeting as it is, if it is active.
    async fn active_meeting(&self, meeting_id: MeetingId) -> Result<(Box<Meeting>, Tags), Error> {
        match self.store.find_meeting(meeting_id, self.clock.epoch_seconds()).await? {
            FoundMeeting::Active(meeting, tags) => Ok((meeting, tags)),
            FoundMeeting::Ended => Err(Error::MeetingEnded),
            FoundMeeting::NoSuchMeeting => Err(Error::NoSuchMeeting),
        }
    }
}

/// What the log may tell of a request: ids of the service's own making.
#[derive(Debug, Default)]
pub struct Facts {
    /// Once it is known to be well-formed.
    pub meeting_id: Option<MeetingId>,
    /// Of the attendee that was created or found.
    pub attendee_id: Option<AttendeeId>,
    /// Whether the answer is that of an earlier request.
    pub replay: Option<bool>,
    /// What failed without making a difference to the caller.
    pub left_undone: Option<Cause>,
}

/// What the service can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// [`batch_create_attendee`]
    BatchCreateAttendee,
    /// [`batch_update_attendee_capabilities_except`]
    BatchUpdateAttendeeCapabilitiesExcept,
    /// [`create_attendee`]
    CreateAttendee,
    /// [`create_meeting`]
    CreateMeeting,
    /// [`create_meeting_with_attendees`]
    CreateMeetingWithAttendees,
    /// [`delete_attendee`]
    DeleteAttendee,
    /// [`delete_meeting`]
    DeleteMeeting,
    /// [`get_attendee`]
    GetAttendee,
    /// [`get_meeting`]
    GetMeeting,
    /// [`list_attendees`]
    ListAttendees,
    /// [`list_tags_for_resource`]
    ListTagsForResource,
    /// [`start_meeting_transcription`]
    StartMeetingTranscription,
    /// [`stop_meeting_transcription`]
    StopMeetingTranscription,
    /// [`tag_resource`]
    TagResource,
    /// [`untag_resource`]
    UntagResource,
    /// [`update_attendee_capabilities`]
    UpdateAttendeeCapabilities,
}

/// How an operation is reached, in the words of the service model.
struct Route {
    method: &'static str,
    path: &'static str,
    /// The value that the query parameter `operation` must have; without one it must be absent.
    query: Option<&'static str>,
    operation: Operation,
}

const fn route(
    method: &'static str,
    path: &'static str,
    query: Option<&'static str>,
    operation: Operation,
) -> Route {
    Route { method, path, query, operation }
}

const ROUTES: &[Route] = &[
    route("POST", "/meetings", None, Operation::CreateMeeting),
    route("POST", "/meetings", Some("create-attendees"), Operation::CreateMeetingWithAttendees),
    route("GET", "/meetings/{MeetingId}", None, Operation::GetMeeting),
    route("DELETE", "/meetings/{MeetingId}", None, Operation::DeleteMeeting),
    route("POST", "/meetings/{MeetingId}/attendees", None, Operation::CreateAttendee),
    route(
        "POST",
        "/meetings/{MeetingId}/attendees",
        Some("batch-create"),
        Operation::BatchCreateAttendee,
    ),
    route("GET", "/meetings/{MeetingId}/attendees", None, Operation::ListAttendees),
    route("GET", "/meetings/{MeetingId}/attendees/{AttendeeId}", None, Operation::GetAttendee),
    route(
        "DELETE",
        "/meetings/{MeetingId}/attendees/{AttendeeId}",
        None,
        Operation::DeleteAttendee,
    ),
    route(
        "PUT",
        "/meetings/{MeetingId}/attendees/{AttendeeId}/capabilities",
        None,
        Operation::UpdateAttendeeCapabilities,
    ),
    route(
        "PUT",
        "/meetings/{MeetingId}/attendees/capabilities",
        Some("batch-update-except"),
        Operation::BatchUpdateAttendeeCapabilitiesExcept,
    ),
    route(
        "POST",
        "/meetings/{MeetingId}/transcription",
        Some("start"),
        Operation::StartMeetingTranscription,
    ),
    route(
        "POST",
        "/meetings/{MeetingId}/transcription",
        Some("stop"),
        Operation::StopMeetingTranscription,
    ),
    route("GET", "/tags", None, Operation::ListTagsForResource),
    route("POST", "/tags", Some("tag-resource"), Operation::TagResource),
    route("POST", "/tags", Some("untag-resource"), Operation::UntagResource),
];

/// The method, the path and the operation of each route, for whoever sets up a gateway. Routes that
/// differ in their query only occur once for each operation.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str, Operation)> {
    ROUTES.iter().map(|route| (route.method, route.path, route.operation))
}

/// A route that a request takes, and the labels of its path in order.
#[derive(Debug, PartialEq, Eq)]
pub struct Match {
    /// Whose route it is.
    pub operation: Operation,
    labels: Vec<String>,
}

impl Operation {
    /// The operation's name in the service model.
    pub fn name(self) -> &'static str {
        match self {
            Self::BatchCreateAttendee => "BatchCreateAttendee",
            Self::BatchUpdateAttendeeCapabilitiesExcept => "BatchUpdateAttendeeCapabilitiesExcept",
            Self::CreateAttendee => "CreateAttendee",
            Self::CreateMeeting => "CreateMeeting",
            Self::CreateMeetingWithAttendees => "CreateMeetingWithAttendees",
            Self::DeleteAttendee => "DeleteAttendee",
            Self::DeleteMeeting => "DeleteMeeting",
            Self::GetAttendee => "GetAttendee",
            Self::GetMeeting => "GetMeeting",
            Self::ListAttendees => "ListAttendees",
            Self::ListTagsForResource => "ListTagsForResource",
            Self::StartMeetingTranscription => "StartMeetingTranscription",
            Self::StopMeetingTranscription => "StopMeetingTranscription",
            Self::TagResource => "TagResource",
            Self::UntagResource => "UntagResource",
            Self::UpdateAttendeeCapabilities => "UpdateAttendeeCapabilities",
        }
    }

    /// The route of a request; `base_path` is the operator's, as in [`gateway::paths`].
    pub fn find(request: &Request, base_path: &str) -> Option<Match> {
        let query = request.query_string_parameters_ref();
        let values = query.and_then(|query| query.all("operation")).unwrap_or_default();
        let value = values.first().copied();
        if values.iter().any(|other| Some(*other) != value) {
            return None;
        }
        let paths = gateway::paths(request, base_path);
        let path = paths.iter().find(|path| ROUTES.iter().any(|route| route.begins(path)))?;
        let candidates = ROUTES.iter().filter(|route| route.query == value);
        candidates.into_iter().find_map(|route| route.takes(request.method().as_str(), path))
    }
}

impl Match {
    /// Reads the input, runs the operation, and renders its output: a status and a body.
    pub async fn run(self, request: &Request, call: Call<'_>) -> Result<(u16, String), Error> {
        let mut labels = self.labels.into_iter();
        let mut label = || labels.next().unwrap_or_default();
        match self.operation {
            Operation::BatchCreateAttendee => {
                let input = rest_json::input(request)?;
                let meeting_id = label();
                let output = batch_create_attendee::batch_create_attendee(call, &meeting_id, input);
                rest_json::success(200, &output.await?)
            }
            Operation::BatchUpdateAttendeeCapabilitiesExcept => {
                use batch_update_attendee_capabilities_except as operation;
                let (meeting_id, body) = (label(), rest_json::input(request)?);
                let output =
                    operation::batch_update_attendee_capabilities_except(call, &meeting_id, body);
                output.await?;
                Ok(rest_json::empty())
            }
            Operation::CreateAttendee => {
                let attendee = rest_json::input(request)?;
                let input = create_attendee::Input { meeting_id: label(), attendee };
                rest_json::success(200, &create_attendee::create_attendee(call, input).await?)
            }
            Operation::CreateMeeting => {
                let input = rest_json::input(request)?;
                rest_json::success(200, &create_meeting::create_meeting(call, input).await?)
            }
            Operation::CreateMeetingWithAttendees => {
                let (meeting, attendees) = (rest_json::input(request)?, rest_json::input(request)?);
                let output = create_meeting_with_attendees::create_meeting_with_attendees(
                    call, meeting, attendees,
                );
                rest_json::success(200, &output.await?)
            }
            Operation::DeleteAttendee => {
                let (meeting_id, attendee_id) = (label(), label());
                delete_attendee::delete_attendee(call, &meeting_id, &attendee_id).await?;
                Ok(rest_json::no_content())
            }
            Operation::DeleteMeeting => {
                delete_meeting::delete_meeting(call, &label()).await?;
                Ok(rest_json::no_content())
            }
            Operation::GetAttendee => {
                let (meeting_id, attendee_id) = (label(), label());
                let output = get_attendee::get_attendee(call, &meeting_id, &attendee_id);
                rest_json::success(200, &output.await?)
            }
            Operation::GetMeeting => {
                rest_json::success(200, &get_meeting::get_meeting(call, &label()).await?)
            }
            Operation::ListAttendees => {
                let input = list_attendees::Input {
                    meeting_id: label(),
                    max_results: rest_json::parameter(request, "max-results"),
                    next_token: rest_json::parameter(request, "next-token"),
                };
                rest_json::success(200, &list_attendees::list_attendees(call, input).await?)
            }
            Operation::ListTagsForResource => {
                let arn = rest_json::parameter(request, "arn");
                let output = list_tags_for_resource::list_tags_for_resource(call, arn);
                rest_json::success(200, &output.await?)
            }
            Operation::StartMeetingTranscription => {
                let body = rest_json::input(request)?;
                let input = start_meeting_transcription::Input { meeting_id: label(), body };
                start_meeting_transcription::start_meeting_transcription(call, input).await?;
                Ok(rest_json::empty())
            }
            Operation::StopMeetingTranscription => {
                stop_meeting_transcription::stop_meeting_transcription(call, &label()).await?;
                Ok(rest_json::empty())
            }
            Operation::TagResource => {
                tag_resource::tag_resource(call, rest_json::input(request)?).await?;
                Ok(rest_json::no_content())
            }
            Operation::UntagResource => {
                untag_resource::untag_resource(call, rest_json::input(request)?).await?;
                Ok(rest_json::no_content())
            }
            Operation::UpdateAttendeeCapabilities => {
                let input = update_attendee_capabilities::Input {
                    meeting_id: label(),
                    attendee_id: label(),
                    body: rest_json::input(request)?,
                };
                let output =
                    update_attendee_capabilities::update_attendee_capabilities(call, input);
                rest_json::success(200, &output.await?)
            }
        }
    }
}

impl Route {
    /// Whether a path begins as this route does.
    fn begins(&self, path: &[String]) -> bool {
        self.path.split('/').nth(1) == path.first().map(String::as_str)
    }

    fn takes(&self, method: &str, path: &[String]) -> Option<Match> {
        let segments = self.path.split('/').skip(1);
        if method != self.method || segments.clone().count() != path.len() {
            return None;
        }
        let mut labels = Vec::new();
        for (expected, segment) in segments.zip(path) {
            if expected.starts_with('{') && !segment.is_empty() {
                labels.push(segment.clone());
            } else if expected != segment {
                return None;
            }
        }
        Some(Match { operation: self.operation, labels })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use lambda_http::Body;

    use super::*;

    const GUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

    fn find(method: &str, path: &str, query: &[(&str, &str)]) -> Option<(Operation, Vec<String>)> {
        let query =
            query.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()]));
        let mut request = Request::new(Body::Empty).with_raw_http_path(path);
        *request.method_mut() = method.parse().unwrap();
        let query: HashMap<String, Vec<String>> = query.collect();
        let request = request.with_query_string_parameters(query);
        Operation::find(&request, "").map(|found| (found.operation, found.labels))
    }

    #[test]
    fn a_route_is_its_method_and_its_whole_path() {
        let attendees = format!("/meetings/{GUID}/attendees");
        assert_eq!(
            find("POST", &attendees, &[]),
            Some((Operation::CreateAttendee, vec![GUID.to_owned()]))
        );
        assert_eq!(find("POST", "/meetings", &[]), Some((Operation::CreateMeeting, vec![])));
        for (method, path) in [
            ("post", "/meetings"),
            ("PUT", "/meetings"),
            ("POST", "/"),
            ("POST", "/meetings/"),
            ("POST", "//meetings"),
            ("POST", "/Meetings"),
            ("POST", "/meetings//attendees"),
            ("POST", "/meetings/x/attendees/"),
            ("POST", "/meetings/x/attendees/y"),
            ("POST", "/x/meetings"),
            ("PATCH", &attendees),
        ] {
            assert_eq!(find(method, path, &[]), None, "{method} {path}");
        }
    }

    #[test]
    fn an_operation_query_is_never_overlooked() {
        let path = format!("/meetings/{GUID}/attendees");
        let found = |value| find("POST", &path, &[("operation", value)]).map(|(found, _)| found);
        assert_eq!(found("batch-create"), Some(Operation::BatchCreateAttendee));
        for value in ["", "create", "batch-create ", "Batch-create", "batch-delete"] {
            assert_eq!(found(value), None, "{value}");
        }
        assert!(find("POST", "/meetings", &[("Operation", "x"), ("page", "1")]).is_some());
    }
}
