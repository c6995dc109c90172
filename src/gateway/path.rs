//! Which path of the API an event means. Gateways put a stage or a base path before it.

use percent_encoding::percent_decode_str;

/// The segments of a path, decoded.
pub type Segments = Vec<String>;

/// The segments of a path, decoded; `None` for a path that does not begin with a slash.
pub(super) fn segments(path: &str) -> Option<Segments> {
    Some(path.strip_prefix('/')?.split('/').map(decoded).collect())
}

/// Text of a URI without its percent encoding.
pub(super) fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What the path means by the gateway's own route, such as `/meetings/{MeetingId}` or
/// `/v1/{proxy+}`, and the values of its variables: what stands before the route in `path` is a
/// stage or a base path, and what stands before the route's first variable may be a prefix that the
/// operator chose. Empty where the route does not tell, or where `path` does not end as it says.
pub(super) fn from_route<'a>(
    route: &str,
    value_of: impl Fn(&str) -> Option<&'a str>,
    path: &Segments,
) -> Vec<Segments> {
    // Gateways decode the values of variables, or do not.
    let filled = [str::to_owned, decoded]
        .iter()
        .filter_map(|read| fill(route, &value_of, read))
        .find(|filled| path.ends_with(filled));
    let Some(filled) = filled else { return Vec::new() };
    let fixed = route.split('/').skip(1).take_while(|segment| !segment.starts_with('{')).count();
    (0..=fixed).filter_map(|prefix| filled.get(prefix..).map(<[String]>::to_vec)).collect()
}

/// The route with its variables' values in their places; `None` where one has no value.
fn fill<'a>(
    route: &str,
    value_of: impl Fn(&str) -> Option<&'a str>,
    read: impl Fn(&str) -> String,
) -> Option<Segments> {
    let mut filled = Segments::new();
    for segment in route.strip_prefix('/')?.split('/') {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            None => filled.push(segment.to_owned()),
            Some(name) => match name.strip_suffix('+') {
                Some(greedy) => filled.extend(value_of(greedy)?.split('/').map(&read)),
                None => filled.push(read(value_of(name)?)),
            },
        }
    }
    Some(filled)
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
        let expected = path("/meetings/m-1/attendees");
        for (route, value, full) in [
            ("/{proxy+}", "meetings/m-1/attendees", "/meetings/m-1/attendees"),
            ("/{proxy+}", "meetings/m-1/attendees", "/base/path/meetings/m-1/attendees"),
            ("/v1/{proxy+}", "meetings/m-1/attendees", "/prod/v1/meetings/m-1/attendees"),
            ("/meetings/{proxy+}", "m-1/attendees", "/base/meetings/m-1/attendees"),
            ("/meetings/{MeetingId}/attendees", "m-1", "/base/meetings/m-1/attendees"),
            ("/v1/meetings/{MeetingId}/attendees", "m-1", "/v1/meetings/m-1/attendees"),
        ] {
            let meanings = from_route(route, |_| Some(value), &path(full));
            assert!(meanings.contains(&expected), "{route} {full}: {meanings:?}");
            assert!(!meanings.iter().any(|meaning| meaning.contains(&"base".to_owned())));
        }
        assert_eq!(from_route("/{proxy+}", |_| Some("v1/x"), &path("/v1/x")), [path("/v1/x")]);
    }

    #[test]
    fn values_may_come_decoded_or_not_and_are_one_segment() {
        let route = "/meetings/{MeetingId}";
        for (value, full, id) in [
            ("a/b", "/base/meetings/a%2Fb", "a/b"),
            ("a%2Fb", "/base/meetings/a%2Fb", "a/b"),
            ("%7B", "/base/meetings/%257B", "%7B"),
        ] {
            let meanings = from_route(route, |_| Some(value), &path(full));
            assert_eq!(meanings[0], ["meetings", id], "{value}");
        }
    }

    #[test]
    fn variables_that_contradict_the_path_tell_nothing() {
        let stale = |_: &str| Some("meetings");
        let nothing: [Segments; 0] = [];
        assert_eq!(from_route("/{proxy+}", stale, &path("/meetings/m-1")), nothing);
        assert_eq!(from_route("/{proxy+}", |_| None, &path("/meetings")), nothing);
        assert_eq!(from_route("$default", stale, &path("/meetings")), nothing);
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
