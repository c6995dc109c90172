//! The one header that is read. Events have all of them, twice at times; what nobody reads is neither
//! copied nor kept.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::json::Wire;

/// The value of `Content-Type`, in whatever case its name is, out of an object of headers. Where it
/// stands twice, the first.
#[derive(Debug)]
pub(super) struct ContentType<V>(pub(super) Option<V>);

impl<V: DeserializeOwned> Wire for ContentType<V> {
    const TYPE: &'static str = "an object";
    const FIRST: &'static [u8] = b"{";
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for ContentType<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Headers(PhantomData))
    }
}

struct Headers<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for Headers<V> {
    type Value = ContentType<V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("headers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut headers: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Name { is_content_type }) = headers.next_key()? {
            if is_content_type && found.is_none() {
                found = Some(headers.next_value()?);
            } else {
                headers.next_value::<IgnoredAny>()?;
            }
        }
        Ok(ContentType(found))
    }
}

/// A header's name, as far as it matters.
struct Name {
    is_content_type: bool,
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a header's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(Name { is_content_type: name.eq_ignore_ascii_case("content-type") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Member, document};

    fn read(headers: &str) -> Option<Option<String>> {
        let found = document::<ContentType<Member<String>>>(headers.as_bytes()).ok()?;
        Some(found.0.and_then(Member::given))
    }

    #[test]
    fn it_is_found_in_any_case_and_among_any_others() {
        let json = Some(Some("application/json".to_owned()));
        for name in ["Content-Type", "content-type", "CONTENT-TYPE", "Content\\u002dType"] {
            let headers = format!(r#"{{"A":1,"{name}":"application/json","b":[{{}}]}}"#);
            assert_eq!(read(&headers), json, "{name}");
        }
        assert_eq!(read(r#"{"content-type":"application/json","Content-Type":"x"}"#), json);
    }

    #[test]
    fn it_is_missing_where_it_is_no_text_or_not_there() {
        for headers in ["{}", r#"{"content-type":1}"#, r#"{"content-type":null}"#] {
            assert_eq!(read(headers), Some(None), "{headers}");
        }
        assert_eq!(read("[]"), None);
        assert_eq!(read(r#"{"a":1"#), None);
    }
}
