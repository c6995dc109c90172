//! Reads JSON documents: request bodies, in which any member can have any type, and settings.
//!
//! The structures of a request are plain `serde` structs with [`Member`]s as fields. A member of the
//! wrong type is reported for that member alone. A document that is not strict JSON is refused as a
//! whole, even if the error is in a member that is ignored.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    DeserializeOwned, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A member of a JSON object. `null` is the same as absent.
#[derive(Debug, Default)]
pub enum Member<T> {
    /// The object does not have it, or it is `null`.
    #[default]
    Absent,
    /// It has another JSON type than the one expected, for example `a string`.
    WrongType(&'static str),
    /// It has the right type.
    Given(T),
}

impl<T> Member<T> {
    /// The value, if the member has one of the right type.
    pub fn given(self) -> Option<T> {
        match self {
            Self::Given(value) => Some(value),
            Self::Absent | Self::WrongType(_) => None,
        }
    }

    /// The member with what `map` makes of its value.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Member<U> {
        match self {
            Self::Absent => Member::Absent,
            Self::WrongType(expected) => Member::WrongType(expected),
            Self::Given(value) => Member::Given(map(value)),
        }
    }
}

/// A type that [`Member`] can hold.
pub trait JsonType: DeserializeOwned {
    /// What a message calls it, with its article.
    const TYPE: &'static str;
    /// Whether it is an array in JSON.
    const IS_LIST: bool = false;
    /// Whether it is an object in JSON. `serde` alone would read an array as a struct, too.
    const IS_OBJECT: bool = false;
}

impl JsonType for String {
    const TYPE: &'static str = "a string";
}

impl JsonType for bool {
    const TYPE: &'static str = "a boolean";
}

impl JsonType for i64 {
    const TYPE: &'static str = "an integer";
}

/// An array. However many elements it has, only the first `MAX` are kept.
#[derive(Debug)]
pub struct List<T, const MAX: usize> {
    /// The elements that were kept.
    pub elements: Vec<Member<T>>,
    /// Whether the array has more than `MAX` elements.
    pub is_longer: bool,
}

impl<T: JsonType, const MAX: usize> JsonType for List<T, MAX> {
    const TYPE: &'static str = "a list";
    const IS_LIST: bool = true;
}

impl<'de, T: JsonType, const MAX: usize> Deserialize<'de> for List<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const MAX: usize>(PhantomData<T>);

impl<'de, T: JsonType, const MAX: usize> Visitor<'de> for ListVisitor<T, MAX> {
    type Value = List<T, MAX>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::Value::TYPE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut list = List { elements: Vec::new(), is_longer: false };
        while list.elements.len() < MAX {
            let Some(element) = array.next_element()? else { return Ok(list) };
            list.elements.push(element);
        }
        while array.next_element::<IgnoredAny>()?.is_some() {
            list.is_longer = true;
        }
        Ok(list)
    }
}

/// Implements [`JsonType`] for structs, which are JSON objects.
macro_rules! objects {
    ($($name:ty),* $(,)?) => {$(
        impl $crate::json::JsonType for $name {
            const TYPE: &'static str = "an object";
            const IS_OBJECT: bool = true;
        }
    )*};
}

pub(crate) use objects;

impl<'de, T: JsonType> Deserialize<'de> for Member<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberVisitor(PhantomData))
    }
}

struct MemberVisitor<T>(PhantomData<T>);

impl<T: JsonType> MemberVisitor<T> {
    /// `serde`'s `String`, `bool` and `i64` accept exactly the JSON values that they can hold.
    fn scalar<'de, E: Error>(value: impl IntoDeserializer<'de, E>) -> Result<Member<T>, E> {
        let read = T::deserialize(value.into_deserializer());
        Ok(read.map_or(Member::WrongType(T::TYPE), Member::Given))
    }
}

impl<'de, T: JsonType> Visitor<'de> for MemberVisitor<T> {
    type Value = Member<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::TYPE)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Member::Absent)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Self::scalar(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Self::scalar(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Self::scalar(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Self::scalar(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Self::scalar(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        let list = SeqAccessDeserializer::new(list);
        if T::IS_LIST {
            return T::deserialize(list).map(Member::Given);
        }
        IgnoredAny::deserialize(list).map(|_| Member::WrongType(T::TYPE))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        let object = MapAccessDeserializer::new(object);
        if T::IS_OBJECT {
            return T::deserialize(object).map(Member::Given);
        }
        IgnoredAny::deserialize(object).map(|_| Member::WrongType(T::TYPE))
    }
}

/// Why a document was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Malformed {
    /// It is not UTF-8 or not strict JSON, contains a lone surrogate or a number beyond the range of
    /// [`f64`], or has a member twice that is read.
    Json,
    /// It is JSON of another type than the one expected.
    Type,
}

/// Reads a whole document.
pub fn document<T: JsonType>(bytes: &[u8]) -> Result<T, Malformed> {
    // Members that are ignored are skipped below, and only checked here.
    let _: Value = serde_json::from_slice(bytes).map_err(|_| Malformed::Json)?;
    match serde_json::from_slice(bytes) {
        Ok(Member::Given(document)) => Ok(document),
        Ok(Member::Absent | Member::WrongType(_)) => Err(Malformed::Type),
        Err(_) => Err(Malformed::Json),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Body {
        name: Member<String>,
        list: Member<List<i64, 2>>,
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
    fn a_member_of_the_wrong_type_does_not_affect_the_others() {
        let body = read(r#"{"name":7,"list":{},"inner":{"flag":"yes"}}"#).unwrap();
        assert!(matches!(body.name, Member::WrongType("a string")));
        assert!(matches!(body.list, Member::WrongType("a list")));
        let Member::Given(inner) = body.inner else { panic!("{:?}", body.inner) };
        assert!(matches!(inner.flag, Member::WrongType("a boolean")));
    }

    #[test]
    fn a_list_keeps_no_element_beyond_its_maximum() {
        for (text, kept, is_longer) in [
            ("[]", 0, false),
            ("[1]", 1, false),
            ("[1,null]", 2, false),
            ("[1,2,3]", 2, true),
            (r#"[1,2,"x",{"y":[]},[[]]]"#, 2, true),
        ] {
            let body = read(&format!("{{\"name\":\"a\",\"list\":{text},\"x\":0}}")).unwrap();
            let list = body.list.given().unwrap();
            assert_eq!((list.elements.len(), list.is_longer), (kept, is_longer), "{text}");
        }
        for text in ["[1,2,3", "[1,2,3,]", "[1,2,3 4]", "[1,2,nul]"] {
            let body = read(&format!("{{\"list\":{text}}}"));
            assert_eq!(body.err(), Some(Malformed::Json), "{text}");
        }
    }

    #[test]
    fn scalars_are_read_by_their_own_type_only() {
        #[derive(Deserialize)]
        struct Count {
            count: Member<i64>,
        }
        objects!(Count);
        let count = |text: &str| {
            document::<Count>(format!("{{\"count\":{text}}}").as_bytes()).unwrap().count.given()
        };
        assert_eq!(
            [count("7"), count("-7"), count("9223372036854775807")],
            [Some(7), Some(-7), Some(i64::MAX)]
        );
        for text in ["7.0", "7e0", "9223372036854775808", "\"7\"", "true", "[7]", "{}"] {
            assert_eq!(count(text), None, "{text}");
        }
    }

    #[test]
    fn ignored_members_may_hold_any_strict_json() {
        let deep = |depth| format!("{{\"x\":{}1e99{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&deep(100)).is_ok());
        assert!(read(r#" { "x" : [1.5e-3, -0, {"\ud83d\ude00":"\\ud800"}] } "#).is_ok());
    }

    #[test]
    fn a_document_that_is_not_strict_json_is_refused_also_in_ignored_members() {
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
            r#"{"inner":{"flag":true,"flag":true}}"#,
            r#"{"x":1e999}"#,
        ] {
            assert_eq!(read(text).err(), Some(Malformed::Json), "{text}");
        }
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        assert_eq!(read(&format!("{{\"x\":{deep}}}")).err(), Some(Malformed::Json));
        for bytes in [&b"{\"x\":\"\xff\"}"[..], b"{\0\"\0x\0", b"\xff\xfe{\0}\0"] {
            assert_eq!(document::<Body>(bytes).err(), Some(Malformed::Json));
        }
    }
}
