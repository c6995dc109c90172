//! Reading JSON whose shape nobody promised: the bodies of requests.
//!
//! Wire structs are plain `serde` structs whose fields are [`Member`]s. A member of the wrong type
//! is a finding about that member and does not hide what else is wrong; a document that is not
//! strict JSON is refused whole, wherever in it the fault lies.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// One member of a JSON object. `null` is the same as absent.
#[derive(Debug, Default)]
pub enum Member<T> {
    /// Not there, or `null`.
    #[default]
    Absent,
    /// Of another JSON type; holds the type expected, for example `a string`.
    WrongType(&'static str),
    /// There, and of the right type.
    Given(T),
}

impl<T> Member<T> {
    /// The value, if there is one of the right type.
    pub fn given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::WrongType(_) => None,
        }
    }
}

/// A type that [`Member`] can hold.
pub trait Wire: DeserializeOwned {
    /// What a message calls it, with its article.
    const TYPE: &'static str;
    /// The bytes its JSON can begin with. `serde` alone would take an array for a struct.
    const FIRST: &'static [u8];
}

impl Wire for String {
    const TYPE: &'static str = "a string";
    const FIRST: &'static [u8] = b"\"";
}

impl Wire for bool {
    const TYPE: &'static str = "a boolean";
    const FIRST: &'static [u8] = b"tf";
}

impl Wire for i64 {
    const TYPE: &'static str = "an integer";
    const FIRST: &'static [u8] = b"-0123456789";
}

impl<T: DeserializeOwned> Wire for Vec<T> {
    const TYPE: &'static str = "a list";
    const FIRST: &'static [u8] = b"[";
}

/// Says of structs that their JSON is an object, and never an array, which `serde` alone would take.
macro_rules! objects {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::json::Wire for $name {
            const TYPE: &'static str = "an object that names each member once";
            const FIRST: &'static [u8] = b"{";
        }
    )*};
}

pub(crate) use objects;

impl<'de, T: Wire> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        if raw == "null" {
            return Ok(Self::Absent);
        }
        Ok(typed(raw).map_or(Self::WrongType(T::TYPE), Self::Given))
    }
}

/// Why a document was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Not UTF-8, not strict JSON, a lone surrogate, or a member that is read stands twice.
    Json,
    /// JSON, but of another type than the one expected, for example `an object`.
    Type(&'static str),
}

/// Reads a whole document.
pub fn document<T: Wire>(bytes: &[u8]) -> Result<T, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|_| Malformed::Json)?;
    let value = text.trim_start_matches([' ', '\t', '\n', '\r']);
    match typed(value) {
        Some(read) if !has_lone_surrogate(value) => Ok(read),
        // Reading looks at every byte. Only what can't be read has to be looked at again, for the reason.
        None if !begins_as::<T>(value) && is_json(value) => Err(Malformed::Type(T::TYPE)),
        _ => Err(Malformed::Json),
    }
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok() && !has_lone_surrogate(text)
}

fn begins_as<T: Wire>(raw: &str) -> bool {
    raw.bytes().next().is_some_and(|first| T::FIRST.contains(&first))
}

fn typed<T: Wire>(raw: &str) -> Option<T> {
    if begins_as::<T>(raw) { serde_json::from_str(raw).ok() } else { None }
}

/// Whether an escape names half a UTF-16 pair. `serde_json` finds that only in strings that are
/// read, and not in those of members that are ignored. Expects valid JSON, where a backslash can
/// only stand in a string.
fn has_lone_surrogate(text: &str) -> bool {
    let mut rest = text;
    let mut awaits_low = false;
    while let Some(at) = rest.find('\\') {
        let (between, escape) = rest.split_at(at);
        if awaits_low && !between.is_empty() {
            return true;
        }
        let (unit, length) = match escape.get(1..2) {
            Some("u") => (escape.get(2..6).and_then(|hex| u16::from_str_radix(hex, 16).ok()), 6),
            _ => (None, 2),
        };
        let (high, low) =
            (matches!(unit, Some(0xD800..=0xDBFF)), matches!(unit, Some(0xDC00..=0xDFFF)));
        if low != awaits_low {
            return true;
        }
        awaits_low = high;
        rest = escape.get(length..).unwrap_or_default();
    }
    awaits_low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Body {
        name: Member<String>,
        list: Member<Vec<String>>,
        inner: Member<Inner>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Inner {
        flag: Member<bool>,
    }

    objects!(Body, Inner);

    fn read(text: &str) -> Result<Body, Malformed> {
        document(text.as_bytes())
    }

    #[test]
    fn null_is_absent() {
        let body = read(r#"{"name":null}"#).unwrap();
        assert!(matches!(body.name, Member::Absent) && matches!(body.list, Member::Absent));
    }

    #[test]
    fn a_wrong_type_is_told_of_its_member_alone() {
        let body = read(r#"{"name":7,"list":{},"inner":{"flag":"yes"}}"#).unwrap();
        assert!(matches!(body.name, Member::WrongType("a string")));
        assert!(matches!(body.list, Member::WrongType("a list")));
        let Member::Given(inner) = body.inner else { panic!("{:?}", body.inner) };
        assert!(matches!(inner.flag, Member::WrongType("a boolean")));
    }

    #[test]
    fn an_array_is_never_a_struct() {
        assert_eq!(read(r#"["x"]"#).err(), Some(Malformed::Type(Body::TYPE)));
        let body = read(r#"{"inner":[true]}"#).unwrap();
        assert!(matches!(body.inner, Member::WrongType(Inner::TYPE)));
    }

    #[test]
    fn ignored_members_may_hold_any_strict_json() {
        let deep = format!("{{\"x\":{}1e999{}}}", "[".repeat(5000), "]".repeat(5000));
        assert!(read(&deep).is_ok());
        assert!(read(r#" { "x" : [1.5e-3, -0, {"\ud83d\ude00":"\\ud800"}] } "#).is_ok());
    }

    #[test]
    fn what_is_not_strict_json_is_refused_also_where_it_is_ignored() {
        for text in [
            "",
            " ",
            "{",
            "nul",
            "{}x",
            "{}{}",
            "\u{feff}{}",
            "{'name':1}",
            "{name:1}",
            r#"{"name":"a",}"#,
            r#"{"x":NaN}"#,
            r#"{"x":01}"#,
            r#"{"x":1.}"#,
            r#"{"x":+1}"#,
            r#"{"x":.5}"#,
            r#"{"x":[1,]}"#,
            "{\"x\":\"\n\"}",
            r#"{"x":"\q"}"#,
            r#"{"x":1}//"#,
            r#"{"x":"\ud800"}"#,
            r#"{"x":"\udc00"}"#,
            r#"{"x":"\ud800\ud800"}"#,
            r#"{"x":"\ud800 \udc00"}"#,
            r#"{"x":"\ud800\n\udc00"}"#,
            r#"{"\uD800":1}"#,
            r#"{"x":"\ud800","y":"\udc00"}"#,
            r#"{"name":"\udfff"}"#,
            r#"{"name":"a","name":"b"}"#,
        ] {
            assert_eq!(read(text).err(), Some(Malformed::Json), "{text}");
        }
        for bytes in [&b"{\"x\":\"\xff\"}"[..], b"{\0\"\0x\0", b"\xff\xfe{\0}\0"] {
            assert_eq!(document::<Body>(bytes).err(), Some(Malformed::Json));
        }
    }
}
