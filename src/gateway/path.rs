//! Which path of the API an event means. Gateways put a stage or a base path before it.

use percent_encoding::percent_decode_str;

/// The segments of a path, decoded.
pub type Segments = Vec<String>;

/// The segments of a path that begins with a slash; `None` for any other text.
pub(super) fn segments(path: &str) -> Option<Segments> {
    let decoded = |segment| percent_decode_str(segment).decode_utf8_lossy().into_owned();
    Some(path.strip_prefix('/')?.split('/').map(decoded).collect())
}

/// The path behind whatever the gateway put before it, read from the gateway's own route, such as
/// `/meetings/{MeetingId}` or `/{proxy+}`, and the values of its variables. `None` where the route
/// has no variables that tell, or where `path` does not end as they say.
pub(super) fn from_route<'a>(
    route: &str,
    value_of: impl Fn(&str) -> Option<&'a str>,
    path: &Segments,
) -> Option<Segments> {
    let mut filled = Segments::new();
    for segment in route.strip_prefix('/')?.split('/') {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => filled.push(segment.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                // Behind a greedy variable stands nothing, and what stands before it is the
                // operator's prefix, which is not of the API.
                Some(greedy) => {
                    filled = segments(&format!("/{}", value_of(greedy)?))?;
                }
                None => filled.extend(segments(&format!("/{}", value_of(name)?))?),
            },
        }
    }
    path.ends_with(&filled).then_some(filled)
}

/// The path with and without its first segment, if that is the stage. Both, because a stage may be
/// called `meetings`, and because some gateways put it there and others do not.
pub(super) fn with_and_without_stage(path: Segments, stage: Option<&str>) -> Vec<Segments> {
    let behind_stage = match path.split_first() {
        Some((first, rest)) if Some(first.as_str()) == stage => Some(rest.to_vec()),
        _ => None,
    };
    std::iter::once(path).chain(behind_stage).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Segments {
        segments(text).unwrap()
    }

    #[test]
    fn a_route_s_variables_tell_the_path_behind_a_base_path() {
        let proxy = |_: &str| Some("meetings/m-1/attendees");
        let expected = path("/meetings/m-1/attendees");
        for (route, full) in [
            ("/{proxy+}", "/meetings/m-1/attendees"),
            ("/{proxy+}", "/base/path/meetings/m-1/attendees"),
            ("/v1/{proxy+}", "/prod/v1/meetings/m-1/attendees"),
        ] {
            assert_eq!(from_route(route, proxy, &path(full)), Some(expected.clone()), "{full}");
        }
        let by_name = |name: &str| (name == "MeetingId").then_some("m-1");
        assert_eq!(
            from_route(
                "/meetings/{MeetingId}/attendees",
                by_name,
                &path("/b/meetings/m-1/attendees")
            ),
            Some(expected)
        );
    }

    #[test]
    fn variables_that_contradict_the_path_tell_nothing() {
        let stale = |_: &str| Some("meetings");
        assert_eq!(from_route("/{proxy+}", stale, &path("/meetings/m-1")), None);
        assert_eq!(from_route("/{proxy+}", |_| None, &path("/meetings")), None);
        assert_eq!(from_route("$default", stale, &path("/meetings")), None);
    }

    #[test]
    fn the_stage_is_taken_off_only_where_it_stands() {
        let all = |text, stage| with_and_without_stage(path(text), stage);
        assert_eq!(all("/meetings", Some("prod")), [path("/meetings")]);
        assert_eq!(
            all("/prod/meetings", Some("prod")),
            [path("/prod/meetings"), path("/meetings")]
        );
        assert_eq!(all("/prod/meetings", None), [path("/prod/meetings")]);
    }

    #[test]
    fn segments_are_decoded_once_and_after_they_are_split() {
        assert_eq!(path("/a%2Fb/%25"), ["a/b", "%"]);
        assert_eq!(path("/a//b/"), ["a", "", "b", ""]);
        assert_eq!(segments("a"), None);
    }
}
