//! Reading and writing the attributes of items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::{Cause, Error};

pub(super) type Item = HashMap<String, AttributeValue>;

/// The name of an attribute that this service would not have written: something else changed the
/// item.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable(pub(super) &'static str);

impl Unreadable {
    /// The cause of an error, for the log.
    pub(super) fn cause(self) -> Cause {
        format!("item with an unreadable attribute {}", self.0).into()
    }
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        Self::Failure(unreadable.cause())
    }
}

/// A string attribute.
pub(super) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(super) fn number(number: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// Reads a string attribute.
pub(super) fn read_string<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, Unreadable> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(Unreadable(name)),
    }
}

/// Reads a number attribute, `None` if it is missing.
pub(super) fn read_number(item: &Item, name: &'static str) -> Result<Option<u64>, Unreadable> {
    match item.get(name) {
        None => Ok(None),
        Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| Unreadable(name)),
        Some(_) => Err(Unreadable(name)),
    }
}

/// Reads a string attribute with the parser of its type, `None` if it is missing.
pub(super) fn read_optional<'a, T, E>(
    item: &'a Item,
    name: &'static str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> Result<Option<T>, Unreadable> {
    if item.contains_key(name) { read(item, name, parse).map(Some) } else { Ok(None) }
}

/// Reads a string attribute with the parser of its type.
pub(super) fn read<'a, T, E>(
    item: &'a Item,
    name: &'static str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> Result<T, Unreadable> {
    parse(read_string(item, name)?).map_err(|_| Unreadable(name))
}

/// The parser of an id in the form in which this service writes it. Conditions compare the text, so
/// an id in another form would never match.
pub(super) fn as_written<'a, T: ToString, E>(
    parse: impl Fn(&'a str) -> Result<T, E>,
) -> impl Fn(&'a str) -> Result<T, ()> {
    move |text| parse(text).ok().filter(|id| id.to_string() == text).ok_or(())
}
