//! What callers ask for in a history. A new operation is a variant here, and a rule in the checker.

use serde_json::{Value, json};

/// Users of a history; more than a meeting holds.
pub const USERS: usize = 5;
/// Meetings of a history: the first is there when it begins.
pub const MEETINGS: usize = 2;
/// What a meeting holds.
pub const MAX_ATTENDEES: usize = 3;
/// In seconds.
pub const LIFETIME: u64 = 60;

/// Capabilities as they are asked for: not at all, or one of these.
pub const CAPABILITIES: &[Option<[&str; 3]>] = &[
    None,
    None,
    None,
    Some(["SendReceive", "SendReceive", "SendReceive"]),
    Some(["Receive", "None", "None"]),
];

/// A user, and which of [`CAPABILITIES`] is asked for.
pub type Wish = (usize, usize);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    CreateAttendee { meeting: usize, wish: Wish },
    CreateMeeting { meeting: usize },
    CreateMeetingWithAttendees { meeting: usize, wishes: Vec<Wish> },
    GetMeeting { meeting: usize },
    DeleteMeeting { meeting: usize },
    TagResource { meeting: usize, tag: usize },
    ListTagsForResource { meeting: usize },
}

impl Request {
    /// Any request. What makes attendees is most likely.
    pub fn draw(random: &mut fastrand::Rng) -> Self {
        // The first meeting is where it is crowded.
        let meeting = usize::from(random.u8(..10) >= 8);
        let wish = |random: &mut fastrand::Rng| {
            (random.usize(..USERS), random.usize(..CAPABILITIES.len()))
        };
        match random.u8(..100) {
            0..64 => Self::CreateAttendee { meeting, wish: wish(random) },
            64..70 => Self::CreateMeeting { meeting },
            // The first meeting was opened without attendees.
            70..80 => {
                let wishes = (0..random.usize(1..=4)).map(|_| wish(random)).collect();
                Self::CreateMeetingWithAttendees { meeting: 1, wishes }
            }
            80..86 => Self::GetMeeting { meeting },
            86..92 => Self::DeleteMeeting { meeting },
            92..96 => Self::TagResource { meeting, tag: random.usize(..1_000_000) },
            _ => Self::ListTagsForResource { meeting },
        }
    }

    pub fn meeting(&self) -> usize {
        match self {
            Self::CreateAttendee { meeting, .. }
            | Self::CreateMeeting { meeting }
            | Self::CreateMeetingWithAttendees { meeting, .. }
            | Self::GetMeeting { meeting }
            | Self::DeleteMeeting { meeting }
            | Self::TagResource { meeting, .. }
            | Self::ListTagsForResource { meeting } => *meeting,
        }
    }

    /// The users that it may make attendees, and their wishes.
    pub fn wishes(&self) -> &[Wish] {
        match self {
            Self::CreateAttendee { wish, .. } => std::slice::from_ref(wish),
            Self::CreateMeetingWithAttendees { wishes, .. } => wishes,
            _ => &[],
        }
    }

    /// Whether it may open the meeting.
    pub fn opens(&self) -> bool {
        matches!(self, Self::CreateMeeting { .. } | Self::CreateMeetingWithAttendees { .. })
    }

    /// The event of a gateway. `token` begins the meetings' tokens, `ids` are the meetings'.
    pub fn event(&self, token: &str, ids: &[String; MEETINGS]) -> Value {
        let id = &ids[self.meeting()];
        let arn = format!("arn:aws:chime:us-east-1:000000000000:meeting/{id}");
        let (method, path, operation, body) = match self {
            Self::CreateAttendee { wish, .. } => {
                ("POST", format!("/meetings/{id}/attendees"), None, attendee(*wish))
            }
            Self::CreateMeeting { meeting } => {
                ("POST", "/meetings".to_owned(), None, opening(token, *meeting))
            }
            Self::CreateMeetingWithAttendees { meeting, wishes } => {
                let mut body = opening(token, *meeting);
                body["Attendees"] = wishes.iter().map(|wish| attendee(*wish)).collect();
                ("POST", "/meetings".to_owned(), Some("create-attendees"), body)
            }
            Self::GetMeeting { .. } => ("GET", format!("/meetings/{id}"), None, Value::Null),
            Self::DeleteMeeting { .. } => ("DELETE", format!("/meetings/{id}"), None, Value::Null),
            Self::TagResource { tag, .. } => {
                let tags = json!([{"Key": format!("tag-{tag}"), "Value": "set"}]);
                let body = json!({"ResourceARN": arn, "Tags": tags});
                ("POST", "/tags".to_owned(), Some("tag-resource"), body)
            }
            Self::ListTagsForResource { .. } => ("GET", "/tags".to_owned(), None, Value::Null),
        };
        let is_list = matches!(self, Self::ListTagsForResource { .. });
        let query = match operation {
            Some(operation) => json!({"operation": operation}),
            None if is_list => json!({"arn": arn}),
            None => Value::Null,
        };
        json!({
            "path": path,
            "httpMethod": method,
            "headers": {"content-type": "application/json"},
            "queryStringParameters": query,
            "body": if body.is_null() { Value::Null } else { body.to_string().into() },
        })
    }
}

fn opening(token: &str, meeting: usize) -> Value {
    json!({
        "ClientRequestToken": format!("{token}-{meeting}"),
        "ExternalMeetingId": "standup",
        "MediaRegion": "eu-central-1",
    })
}

fn attendee((user, capabilities): Wish) -> Value {
    let mut body = json!({"ExternalUserId": format!("user-{user}")});
    if let Some([audio, video, content]) = CAPABILITIES[capabilities] {
        body["Capabilities"] = json!({"Audio": audio, "Video": video, "Content": content});
    }
    body
}

/// What a wish comes to in an ordinary meeting.
pub fn granted((_, capabilities): Wish) -> [&'static str; 3] {
    CAPABILITIES[capabilities].unwrap_or(["SendReceive"; 3])
}
