//! Reading and writing the attributes of items.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::error::Error;

pub(super) type Item = HashMap<String, AttributeValue>;

/// A string attribute.
pub(super) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number attribute.
pub(super) fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Reads a string attribute. The error for an attribute that is missing or has another type names
/// it.
pub(super) fn read_string<'a>(item: &'a Item, name: &'static str) -> Result<&'a str, Error> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(unreadable(name)),
    }
}

/// Reads a number attribute, `None` if it is missing.
pub(super) fn read_number(item: &Item, name: &'static str) -> Result<Option<u64>, Error> {
    match item.get(name) {
        None => Ok(None),
        Some(AttributeValue::N(digits)) => digits.parse().map(Some).map_err(|_| unreadable(name)),
        Some(_) => Err(unreadable(name)),
    }
}

/// Reads a string attribute with the parser of its type, `None` if it is missing.
pub(super) fn read_optional<'a, T, E>(
    item: &'a Item,
    name: &'static str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> Result<Option<T>, Error> {
    if item.contains_key(name) { read(item, name, parse).map(Some) } else { Ok(None) }
}

/// Reads a string attribute with the parser of its type.
pub(super) fn read<'a, T, E>(
    item: &'a Item,
    name: &'static str,
    parse: impl FnOnce(&'a str) -> Result<T, E>,
) -> Result<T, Error> {
    parse(read_string(item, name)?).map_err(|_| unreadable(name))
}

/// The error for an attribute that this service would not have written: someone else changed the
/// item.
pub(super) fn unreadable(name: &'static str) -> Error {
    Error::Failure(format!("item with an unreadable attribute {name}").into())
}
