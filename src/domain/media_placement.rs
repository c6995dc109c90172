//! The URLs of a meeting's media servers.

use std::collections::BTreeMap;
use std::fmt;

use lambda_http::http::Uri;
use lambda_http::http::uri::Authority;
use uuid::Uuid;

use super::{MediaRegion, MeetingId};

/// The members of the service model's `MediaPlacement`.
const MEMBERS: [&str; 8] = [
    "AudioFallbackUrl",
    "AudioHostUrl",
    "EventIngestionUrl",
    "ScreenDataUrl",
    "ScreenSharingUrl",
    "ScreenViewingUrl",
    "SignalingUrl",
    "TurnControlUrl",
];
const MEETING_ID: &str = "{MeetingId}";
const MEDIA_REGION: &str = "{MediaRegion}";
/// The service model's limit of each member, in characters.
const MAX_LENGTH: usize = 4096;

/// The URLs through which clients reach the media servers of a meeting, as templates with the
/// placeholders `{MeetingId}` and `{MediaRegion}`. At least one member has a URL, and each template
/// becomes a URL for every meeting.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_MediaPlacement.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaPlacement(BTreeMap<&'static str, String>);

/// The first rule of a [`MediaPlacement`] that its members broke. Its [`Display`](fmt::Display) form
/// begins with a verb, and never contains a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidMediaPlacement {
    /// There is no member.
    Empty,
    /// A member is unknown to the service model.
    UnknownMember,
    /// This member occurs twice.
    DuplicateMember(&'static str),
    /// The template of this member contains a brace that belongs to neither placeholder.
    Placeholder(&'static str),
    /// The template of this member becomes too long for some meetings.
    TooLong(&'static str),
    /// The template of this member does not become a URL that has a host.
    NotAUrl(&'static str),
}

impl MediaPlacement {
    /// Parses the names of members and their templates.
    pub fn parse(
        members: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, InvalidMediaPlacement> {
        let mut templates = BTreeMap::new();
        for (name, template) in members {
            let name = MEMBERS
                .into_iter()
                .find(|member| *member == name)
                .ok_or(InvalidMediaPlacement::UnknownMember)?;
            check(name, &template)?;
            if templates.insert(name, template).is_some() {
                return Err(InvalidMediaPlacement::DuplicateMember(name));
            }
        }
        if templates.is_empty() {
            return Err(InvalidMediaPlacement::Empty);
        }
        Ok(Self(templates))
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

/// Checks a template with the longest id and Region. Their other characters do not matter, because those
/// of every id and Region are allowed in the same parts of a URL.
fn check(name: &'static str, template: &str) -> Result<(), InvalidMediaPlacement> {
    let region = format!("aa-{}-1", "a".repeat(59));
    let url = fill(template, &Uuid::nil().to_string(), &region);
    if url.contains(['{', '}']) {
        return Err(InvalidMediaPlacement::Placeholder(name));
    }
    if url.chars().count() > MAX_LENGTH {
        return Err(InvalidMediaPlacement::TooLong(name));
    }
    if !is_url(&url) {
        return Err(InvalidMediaPlacement::NotAUrl(name));
    }
    Ok(())
}

fn fill(template: &str, meeting_id: &str, media_region: &str) -> String {
    template.replace(MEETING_ID, meeting_id).replace(MEDIA_REGION, media_region)
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

impl fmt::Display for InvalidMediaPlacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "has no member"),
            Self::UnknownMember => {
                write!(f, "has a member that is not one of {}", MEMBERS.join(", "))
            }
            Self::DuplicateMember(name) => write!(f, "has the member {name} twice"),
            Self::Placeholder(name) => write!(
                f,
                "has a brace in {name} that belongs to neither {MEETING_ID} nor {MEDIA_REGION}"
            ),
            Self::TooLong(name) => {
                write!(f, "has a URL in {name} of more than {MAX_LENGTH} characters")
            }
            Self::NotAUrl(name) => write!(
                f,
                "has text in {name} that is not a URL such as wss://example.com/path or \
                 example.com:3478"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(members: &[(&str, &str)]) -> Result<MediaPlacement, InvalidMediaPlacement> {
        MediaPlacement::parse(members.iter().map(|(name, text)| ((*name).into(), (*text).into())))
    }

    fn signaling(template: &str) -> Option<InvalidMediaPlacement> {
        parse(&[("SignalingUrl", template)]).err()
    }

    #[test]
    fn placeholders_are_filled_wherever_they_occur() {
        let placement = parse(&[
            ("AudioHostUrl", "{MeetingId}.{MediaRegion}.example.com:3478/{MeetingId}"),
            ("SignalingUrl", "wss://example.com/control/{MeetingId}?region={MediaRegion}"),
            ("TurnControlUrl", "https://example.com"),
        ])
        .unwrap();
        let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
        let meeting_id = MeetingId::parse(id).unwrap();
        let urls = placement.urls(meeting_id, &MediaRegion::parse("eu-central-1").unwrap());
        let expected = [
            ("AudioHostUrl", format!("{id}.eu-central-1.example.com:3478/{id}")),
            ("SignalingUrl", format!("wss://example.com/control/{id}?region=eu-central-1")),
            ("TurnControlUrl", "https://example.com".to_owned()),
        ];
        assert_eq!(urls, BTreeMap::from(expected));
    }

    #[test]
    fn members_are_those_of_the_model_each_at_most_once() {
        let url = "https://example.com";
        assert!(parse(&MEMBERS.map(|member| (member, url))).is_ok());
        assert_eq!(parse(&[]), Err(InvalidMediaPlacement::Empty));
        for unknown in ["", "audioHostUrl", "AudioHostURL", "MediaRegion"] {
            let unknown = parse(&[("AudioHostUrl", url), (unknown, url)]);
            assert_eq!(unknown, Err(InvalidMediaPlacement::UnknownMember));
        }
        let twice = parse(&[("AudioHostUrl", url), ("SignalingUrl", url), ("AudioHostUrl", url)]);
        assert_eq!(twice, Err(InvalidMediaPlacement::DuplicateMember("AudioHostUrl")));
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
            assert_eq!(signaling(url), None, "{url}");
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
            assert_eq!(
                signaling(text),
                Some(InvalidMediaPlacement::NotAUrl("SignalingUrl")),
                "{text}"
            );
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
            assert_eq!(
                signaling(text),
                Some(InvalidMediaPlacement::Placeholder("SignalingUrl")),
                "{text}"
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
            assert_eq!(signaling(&of_length(template, 4096)), None);
            assert_eq!(
                signaling(&of_length(template, 4097)),
                Some(InvalidMediaPlacement::TooLong("SignalingUrl"))
            );
        }
    }

    #[test]
    fn a_message_contains_no_value() {
        for (name, template) in
            [("secret", ""), ("SignalingUrl", "{secret}"), ("SignalingUrl", "secret")]
        {
            let message = parse(&[(name, template)]).unwrap_err().to_string();
            assert!(message.starts_with("has ") && !message.contains("secret"), "{message}");
        }
    }
}
