//! The URLs of a meeting's media servers.

use std::collections::BTreeMap;

use lambda_http::http::Uri;
use lambda_http::http::uri::Authority;
use serde::Deserialize;
use uuid::Uuid;

use super::{MediaRegion, MeetingId};

/// The member without which client SDKs open no connection.
const SIGNALING_URL: &str = "SignalingUrl";
const MEETING_ID: &str = "{MeetingId}";
const MEDIA_REGION: &str = "{MediaRegion}";
/// The service model's limit of each member, in characters.
const MAX_LENGTH: usize = 4096;

/// The members of the service model's `MediaPlacement` as the operator gives them, each at most once and
/// no other.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub struct MediaPlacementMembers {
    audio_fallback_url: Template,
    audio_host_url: Template,
    event_ingestion_url: Template,
    screen_data_url: Template,
    screen_sharing_url: Template,
    screen_viewing_url: Template,
    signaling_url: Template,
    turn_control_url: Template,
}

/// A member that can be absent. An `Option` alone would also read `null`.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "String")]
struct Template(Option<String>);

/// The URLs through which clients reach the media servers of a meeting, as templates with the
/// placeholders `{MeetingId}` and `{MediaRegion}`. At least one member has a URL, and each template
/// becomes a URL for every meeting.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_MediaPlacement.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlacement(BTreeMap<&'static str, String>);

/// The first rule of a [`MediaPlacement`] that its members broke, as the end of a sentence: it begins with
/// a verb, and never contains a value.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidMediaPlacement(pub String);

impl MediaPlacementMembers {
    fn by_name(self) -> [(&'static str, Template); 8] {
        [
            ("AudioFallbackUrl", self.audio_fallback_url),
            ("AudioHostUrl", self.audio_host_url),
            ("EventIngestionUrl", self.event_ingestion_url),
            ("ScreenDataUrl", self.screen_data_url),
            ("ScreenSharingUrl", self.screen_sharing_url),
            ("ScreenViewingUrl", self.screen_viewing_url),
            (SIGNALING_URL, self.signaling_url),
            ("TurnControlUrl", self.turn_control_url),
        ]
    }
}

impl From<String> for Template {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl MediaPlacement {
    /// Parses the templates.
    pub fn parse(members: MediaPlacementMembers) -> Result<Self, InvalidMediaPlacement> {
        let mut templates = BTreeMap::new();
        for (name, Template(template)) in members.by_name() {
            let Some(template) = template else { continue };
            check(name, &template)?;
            templates.insert(name, template);
        }
        if templates.is_empty() {
            return Err(InvalidMediaPlacement("has no member".to_owned()));
        }
        Ok(Self(templates))
    }

    /// Whether client SDKs can open a connection.
    pub fn has_signaling_url(&self) -> bool {
        self.0.contains_key(SIGNALING_URL)
    }

    /// The URLs for a meeting, by the name of their member.
    pub fn urls(
        &self,
        meeting_id: MeetingId,
        media_region: &MediaRegion,
    ) -> BTreeMap<&'static str, String> {
        let (meeting_id, region) = (meeting_id.to_string(), media_region.as_str());
        let templates = self.0.iter();
        templates.map(|(name, template)| (*name, fill(template, &meeting_id, region))).collect()
    }
}

impl InvalidMediaPlacement {
    /// It is not an object of [`MediaPlacementMembers`].
    pub fn members() -> Self {
        let names = MediaPlacementMembers::default().by_name().map(|(name, _)| name);
        Self(format!(
            "is not a JSON object with no other members than these, each a string and at most once: {}",
            names.join(", ")
        ))
    }
}

/// Checks a template with the longest id and Region. Their other characters do not matter, because those
/// of every id and Region are allowed in the same parts of a URL.
fn check(name: &'static str, template: &str) -> Result<(), InvalidMediaPlacement> {
    let region = format!("aa-{}-1", "a".repeat(59));
    let url = fill(template, &Uuid::nil().to_string(), &region);
    let problem = if url.contains(['{', '}']) {
        format!("has a brace in {name} that belongs to neither {MEETING_ID} nor {MEDIA_REGION}")
    } else if url.chars().count() > MAX_LENGTH {
        format!("has a URL in {name} of more than {MAX_LENGTH} characters")
    } else if !is_url(&url) {
        format!(
            "has text in {name} that is not a URL such as wss://example.com/path or example.com:3478"
        )
    } else if name == SIGNALING_URL && !is_web_socket(&url) {
        format!(
            "has text in {name} that does not begin with ws:// or wss://, or that has a query or a \
             fragment: clients append their own query"
        )
    } else {
        return Ok(());
    };
    Err(InvalidMediaPlacement(problem))
}

fn fill(template: &str, meeting_id: &str, media_region: &str) -> String {
    template.replace(MEETING_ID, meeting_id).replace(MEDIA_REGION, media_region)
}

/// Whether a browser can open a WebSocket at this URL, and a client SDK can append its own query to it.
fn is_web_socket(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("ws" | "wss")) && !url.contains(['?', '#'])
}

/// Whether the text is `scheme://host`, or `host:port` like an `AudioHostUrl` of Amazon Chime, each with
/// or without a path. A URL for everybody has no user name or password.
fn is_url(text: &str) -> bool {
    let is_server = |authority: &Authority| {
        let (whole, host, port) = (authority.as_str(), authority.host(), authority.port_u16());
        // `Authority` accepts an empty host, and a port that is not a number.
        !host.is_empty() && !whole.contains('@') && (whole == host || port.is_some())
    };
    match text.parse::<Uri>() {
        Ok(uri) if uri.scheme().is_some() => uri.authority().is_some_and(is_server),
        // `Uri` accepts a host and a path only after a scheme.
        _ => format!("any://{text}")
            .parse::<Uri>()
            .is_ok_and(|uri| uri.port_u16().is_some() && uri.authority().is_some_and(is_server)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a placement that has only this member.
    fn problem(member: &str, template: &str) -> Option<String> {
        let members = serde_json::from_value(serde_json::json!({member: template})).unwrap();
        MediaPlacement::parse(members).err().map(|InvalidMediaPlacement(problem)| problem)
    }

    fn assert_problem(member: &str, template: &str, expected: &str) {
        let problem = problem(member, template).unwrap();
        assert!(problem.starts_with(&format!("has {expected}")), "{template}: {problem}");
    }

    #[test]
    fn a_url_has_a_host_and_a_scheme_or_a_port() {
        for url in [
            "wss://example.com",
            "wss://example.com:443/calls/{MeetingId}",
            "https://{MediaRegion}.example.com/v1?a=b&c=https://example.org",
            "https://[2001:db8::1]:8443/",
            "example.com:3478",
            "example.com:3478/path?a=https://example.org",
            "192.0.2.1:3478",
        ] {
            assert_eq!(problem("AudioHostUrl", url), None, "{url}");
        }
        for text in [
            "",
            " ",
            "/",
            "/control",
            "control",
            "example.com/control",
            "https//example.com",
            "https://",
            "https:///control",
            "https://:443/control",
            "https://example.com:port/",
            "https://example.com:65536/",
            "https://example.com:/",
            "https://exam ple.com/",
            "https://example.com/con trol",
            "https://example.com/\n",
            "https://user:password@example.com:443/",
            "user@example.com:3478",
            "example.com:{MediaRegion}",
            "mailto:alice@example.com",
            "javascript:alert(1)",
            "//example.com/control",
        ] {
            assert_problem("AudioHostUrl", text, "text in AudioHostUrl that is not a URL such as ");
        }
    }

    #[test]
    fn braces_belong_to_the_two_placeholders() {
        for text in [
            "https://example.com/{AttendeeId}",
            "https://example.com/{meetingId}",
            "https://example.com/{MeetingId",
            "https://example.com/MeetingId}",
            "https://example.com/{{MeetingId}}",
            "https://example.com/{}",
            "https://example.com/{Meeting{MediaRegion}Id}",
        ] {
            assert_problem(
                "AudioHostUrl",
                text,
                "a brace in AudioHostUrl that belongs to neither ",
            );
        }
    }

    #[test]
    fn a_url_has_at_most_4096_characters_with_the_longest_region() {
        let of_length = |template: &str, length| {
            let url = format!("https://example.com/{template}/");
            let filled =
                url.replace(MEDIA_REGION, &"a".repeat(64)).replace(MEETING_ID, &"0".repeat(36));
            url + &"a".repeat(length - filled.len())
        };
        for template in ["", MEDIA_REGION, MEETING_ID] {
            assert_eq!(problem("AudioHostUrl", &of_length(template, 4096)), None);
            let too_long = "a URL in AudioHostUrl of more than 4096 characters";
            assert_problem("AudioHostUrl", &of_length(template, 4097), too_long);
        }
    }

    #[test]
    fn a_client_can_append_its_query_to_the_signaling_url() {
        for url in [
            "ws://localhost:8080",
            "wss://signal.{MediaRegion}.example.com/control/{MeetingId}",
            "WSS://signal.example.com/",
        ] {
            assert_eq!(problem("SignalingUrl", url), None, "{url}");
        }
        for url in [
            "https://example.com/control",
            "{MediaRegion}://example.com/control",
            "signal.example.com:443",
            "signal.example.com:443/control/wss://example.com",
            "wss://example.com/control?a=b",
            "wss://example.com/control?",
            "wss://example.com?a=b",
            "wss://example.com/control#a",
            "wss://example.com/control#",
            "wss://example.com#a",
        ] {
            assert_problem("SignalingUrl", url, "text in SignalingUrl that does not begin with ws");
        }
    }
}
