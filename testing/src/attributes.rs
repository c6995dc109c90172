//! Reads attributes of items of the embedded DynamoDB.

use dynoxide::{AttributeValue, Item};

/// A string, if the item has the attribute and it is one.
pub fn text(item: &Item, name: &str) -> Option<String> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    }
}

/// An integer, if the item has the attribute and it is one.
pub fn number(item: &Item, name: &str) -> Option<i64> {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().ok(),
        _ => None,
    }
}

/// Audio, video and content of the capabilities of an attendee's item, as far as it has them.
pub fn capabilities(attendee: &Item) -> [Option<String>; 3] {
    let media = match attendee.get("Capabilities") {
        Some(AttributeValue::M(media)) => Some(media),
        _ => None,
    };
    ["Audio", "Video", "Content"].map(|medium| match media?.get(medium) {
        Some(AttributeValue::S(capability)) => Some(capability.clone()),
        _ => None,
    })
}
