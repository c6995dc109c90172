//! The requests of a history. A new operation needs a variant here, in [`Request::draw`] and in
//! [`Request::meeting`], and a rule in the checker.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use rollcall::domain::MAX_REPLICAS;
use rollcall::operations::OPERATIONS;
use rollcall_testing::calls::{Call, Subject};
use serde_json::{Value, json};

/// The number of users, more than a meeting has seats.
pub const USERS: usize = 5;
/// The number of meetings; the first exists when the callers start. In histories with replicas the others
/// are its replicas, one more than a meeting can have.
pub const MEETINGS: usize = 2 + MAX_REPLICAS;
/// The meeting whose replicas the others can be.
pub const PRIMARY: usize = 0;
/// The number of seats of a meeting.
pub const MAX_ATTENDEES: usize = 3;
/// A meeting's lifetime, in seconds.
pub const LIFETIME: u64 = 60;

/// The capabilities of a request that creates an attendee.
pub const CAPABILITIES: &[Option<[&str; 3]>] = &[
    None,
    None,
    None,
    Some(["SendReceive", "SendReceive", "SendReceive"]),
    Some(["Receive", "None", "None"]),
];

/// The capabilities of updates.
pub const UPDATES: &[[&str; 3]] = &[
    ["SendReceive", "SendReceive", "SendReceive"],
    ["Receive", "None", "None"],
    ["Send", "Receive", "Receive"],
];

/// The external ids and the Regions of requests that create a meeting.
const PARAMETERS: &[[&str; 2]] = &[["standup", "eu-central-1"], ["retro", "us-west-2"]];

/// A user, and an index into [`CAPABILITIES`].
pub type Spec = (usize, usize);

/// An attendee of an earlier response.
#[derive(Clone, PartialEq, Eq)]
pub struct Known {
    pub user: usize,
    /// How many attendees of the user were known before.
    pub nth: usize,
    pub id: Arc<str>,
}

/// Without the id, so that the trace is the same in every run.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "user-{}#{}", self.user, self.nth)
    }
}

/// A request. Each variant has the name of its operation, and says what varies of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    CreateAttendee { meeting: usize, spec: Spec },
    BatchCreateAttendee { meeting: usize, specs: Vec<Spec> },
    GetAttendee { meeting: usize, attendee: Known },
    ListAttendees { meeting: usize },
    DeleteAttendee { meeting: usize, attendee: Known },
    UpdateAttendeeCapabilities { meeting: usize, attendee: Known, to: [&'static str; 3] },
    BatchUpdateAttendeeCapabilitiesExcept { meeting: usize, attendee: Known, to: [&'static str; 3] },
    CreateMeeting { meeting: usize, new: NewMeeting },
    CreateMeetingWithAttendees { meeting: usize, new: NewMeeting, specs: Vec<Spec> },
    GetMeeting { meeting: usize },
    DeleteMeeting { meeting: usize },
    TagResource { meeting: usize, tag: usize },
    ListTagsForResource { meeting: usize },
    StartMeetingTranscription { meeting: usize },
    StopMeetingTranscription { meeting: usize },
}

/// What a request says of a meeting that it may create.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMeeting {
    pub primary: Option<usize>,
    /// An index into [`PARAMETERS`].
    pub parameters: usize,
}

impl NewMeeting {
    /// Draws any parameters. Of every six requests with the token, `replicas` name the primary.
    pub fn draw(random: &mut fastrand::Rng, replicas: u8) -> Self {
        let primary = (random.u8(..6) < replicas).then_some(PRIMARY);
        Self { primary, parameters: random.usize(..PARAMETERS.len()) }
    }

    /// Whether this is the meeting of a response. `ids` are the meetings' ids.
    pub fn is(self, meeting: &Value, ids: &[String; MEETINGS]) -> bool {
        let [external_id, region] = PARAMETERS[self.parameters];
        meeting["ExternalMeetingId"] == external_id
            && meeting["MediaRegion"] == region
            && meeting["PrimaryMeetingId"] == json!(self.primary.map(|primary| &ids[primary]))
    }

    fn body(self, token: &str, ids: &[String; MEETINGS]) -> Value {
        let [external_id, region] = PARAMETERS[self.parameters];
        json!({
            "ClientRequestToken": token,
            "ExternalMeetingId": external_id,
            "MediaRegion": region,
            "PrimaryMeetingId": self.primary.map(|primary| &ids[primary]),
        })
    }
}

impl Request {
    /// The name of its operation: that of the variant.
    fn operation(&self) -> String {
        format!("{self:?}").split(' ').next().unwrap().to_owned()
    }

    /// Draws a request, given the known attendees of each meeting. Creating attendees is most likely. With
    /// replicas, the second meeting is a replica of the first if its creation names that.
    pub fn draw(
        random: &mut fastrand::Rng,
        known: &[Vec<Known>; MEETINGS],
        has_replicas: bool,
    ) -> Self {
        // Most requests are for the first meeting, so that they conflict.
        let meeting = usize::from(random.u8(..10) >= 8);
        let spec = |random: &mut fastrand::Rng| (user(random), random.usize(..CAPABILITIES.len()));
        let specs = |random: &mut fastrand::Rng| {
            (0..random.usize(1..=4)).map(|_| spec(random)).collect::<Vec<_>>()
        };
        let drawn = random.u8(..108);
        let attendee = attendee_of(user(random), random, &known[meeting]);
        let to = UPDATES[random.usize(..UPDATES.len())];
        let new = NewMeeting::draw(random, if has_replicas && meeting != PRIMARY { 5 } else { 0 });
        match (drawn, attendee) {
            (40..46, _) => Self::BatchCreateAttendee { meeting, specs: specs(random) },
            (46..50, _) => Self::ListAttendees { meeting },
            (50..64, Some(attendee)) => Self::DeleteAttendee { meeting, attendee },
            (64..68, Some(attendee)) => Self::GetAttendee { meeting, attendee },
            (68..78, Some(attendee)) => Self::UpdateAttendeeCapabilities { meeting, attendee, to },
            (78..81, Some(attendee)) => {
                Self::BatchUpdateAttendeeCapabilitiesExcept { meeting, attendee, to }
            }
            (0..81, _) => Self::CreateAttendee { meeting, spec: spec(random) },
            (81..84, _) => Self::CreateMeeting { meeting, new },
            (84..89, _) => Self::CreateMeetingWithAttendees { meeting, new, specs: specs(random) },
            (89..91, _) => Self::GetMeeting { meeting },
            (91..95, _) => Self::DeleteMeeting { meeting },
            (95..98, _) => Self::TagResource { meeting, tag: random.usize(..1_000_000) },
            (98..100, _) => Self::ListTagsForResource { meeting },
            (100..104, _) => Self::StartMeetingTranscription { meeting },
            _ => Self::StopMeetingTranscription { meeting },
        }
    }

    pub fn meeting(&self) -> usize {
        match self {
            Self::CreateAttendee { meeting, .. }
            | Self::BatchCreateAttendee { meeting, .. }
            | Self::GetAttendee { meeting, .. }
            | Self::ListAttendees { meeting }
            | Self::DeleteAttendee { meeting, .. }
            | Self::UpdateAttendeeCapabilities { meeting, .. }
            | Self::BatchUpdateAttendeeCapabilitiesExcept { meeting, .. }
            | Self::CreateMeeting { meeting, .. }
            | Self::CreateMeetingWithAttendees { meeting, .. }
            | Self::GetMeeting { meeting }
            | Self::DeleteMeeting { meeting }
            | Self::TagResource { meeting, .. }
            | Self::ListTagsForResource { meeting }
            | Self::StartMeetingTranscription { meeting }
            | Self::StopMeetingTranscription { meeting } => *meeting,
        }
    }

    /// The attendees that it may create.
    pub fn specs(&self) -> &[Spec] {
        match self {
            Self::CreateAttendee { spec, .. } => std::slice::from_ref(spec),
            Self::BatchCreateAttendee { specs, .. }
            | Self::CreateMeetingWithAttendees { specs, .. } => specs,
            _ => &[],
        }
    }

    /// The attendee that it names.
    pub fn target(&self) -> Option<&Known> {
        match self {
            Self::GetAttendee { attendee, .. }
            | Self::DeleteAttendee { attendee, .. }
            | Self::UpdateAttendeeCapabilities { attendee, .. } => Some(attendee),
            _ => None,
        }
    }

    /// The capabilities that it gives the attendee with this id.
    pub fn gives(&self, id: &str) -> Option<[&'static str; 3]> {
        match self {
            Self::UpdateAttendeeCapabilities { attendee, to, .. } if *attendee.id == *id => {
                Some(*to)
            }
            Self::BatchUpdateAttendeeCapabilitiesExcept { attendee, to, .. }
                if *attendee.id != *id =>
            {
                Some(*to)
            }
            _ => None,
        }
    }

    /// The meeting that it may create.
    pub fn new_meeting(&self) -> Option<NewMeeting> {
        match self {
            Self::CreateMeeting { new, .. } | Self::CreateMeetingWithAttendees { new, .. } => {
                Some(*new)
            }
            _ => None,
        }
    }

    /// Whether it may create the meeting.
    pub fn creates_meeting(&self) -> bool {
        self.new_meeting().is_some()
    }

    /// Whether it may create a replica.
    pub fn names_primary(&self) -> bool {
        self.new_meeting().is_some_and(|new| new.primary.is_some())
    }

    /// The call. `tokens` and `ids` are the meetings' tokens and ids.
    pub fn call(&self, tokens: &[String; MEETINGS], ids: &[String; MEETINGS]) -> Call {
        let named = match self {
            Self::BatchUpdateAttendeeCapabilitiesExcept { attendee, .. } => Some(attendee),
            _ => self.target(),
        };
        let attendee_id = named.map_or(String::new(), |named| named.id.to_string());
        let (meeting_id, token) = (ids[self.meeting()].clone(), tokens[self.meeting()].clone());
        let subject = Subject { meeting_id, attendee_id, token };
        let mut call = Call::new(&self.operation(), &subject);
        match self {
            Self::CreateAttendee { spec, .. } => call.body = attendee(*spec),
            Self::UpdateAttendeeCapabilities { to, .. }
            | Self::BatchUpdateAttendeeCapabilitiesExcept { to, .. } => {
                call.body["Capabilities"] = capabilities(*to);
            }
            Self::CreateMeeting { new, .. } | Self::CreateMeetingWithAttendees { new, .. } => {
                call.body = new.body(&subject.token, ids);
            }
            Self::TagResource { tag, .. } => {
                call.body["Tags"] = json!([{"Key": format!("tag-{tag}"), "Value": "set"}]);
            }
            _ => {}
        }
        if let Self::BatchCreateAttendee { specs, .. }
        | Self::CreateMeetingWithAttendees { specs, .. } = self
        {
            call.body["Attendees"] = specs.iter().map(|spec| attendee(*spec)).collect();
        }
        call
    }
}

fn attendee((user, capabilities_of): Spec) -> Value {
    let mut body = json!({"ExternalUserId": format!("user-{user}")});
    if let Some(named) = CAPABILITIES[capabilities_of] {
        body["Capabilities"] = capabilities(named);
    }
    body
}

fn capabilities([audio, video, content]: [&str; 3]) -> Value {
    json!({"Audio": audio, "Video": video, "Content": content})
}

/// Any user, and user 0 more often, so that requests conflict.
fn user(random: &mut fastrand::Rng) -> usize {
    if random.u8(..10) < 3 { 0 } else { random.usize(..USERS) }
}

/// A known attendee of the user, most likely the latest.
fn attendee_of(user: usize, random: &mut fastrand::Rng, known: &[Known]) -> Option<Known> {
    let known: Vec<_> = known.iter().filter(|known| known.user == user).collect();
    let last = known.len().checked_sub(1)?;
    let nth = if random.u8(..4) == 0 { random.usize(..=last) } else { last };
    known.get(nth).copied().cloned()
}

/// The capabilities of an attendee created by this spec, in a meeting without excluded media.
pub fn granted((_, capabilities): Spec) -> [&'static str; 3] {
    CAPABILITIES[capabilities].unwrap_or(["SendReceive"; 3])
}

#[test]
fn every_operation_is_drawn() {
    let mut random = fastrand::Rng::with_seed(1);
    let known = [(); MEETINGS].map(|()| vec![Known { user: 0, nth: 0, id: "any".into() }]);
    let draw = |_| Request::draw(&mut random, &known, true).operation();
    let drawn: BTreeSet<_> = (0..10_000).map(draw).collect();
    let all = OPERATIONS.iter().map(|operation| operation.name.to_owned());
    // With requests that remove tags, the checker could not tell which tags must be listed.
    let expected: BTreeSet<_> = all.filter(|name| name != "UntagResource").collect();
    assert_eq!(drawn, expected);
}
