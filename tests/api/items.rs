//! The items of an app's tables, and changes that something other than the service makes to them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::app::TestApp;

/// The attributes of an item, or its key.
pub type Item = HashMap<String, AttributeValue>;
/// Attributes that change; `None` removes one.
pub type Changes<'a> = &'a [(&'a str, Option<AttributeValue>)];

pub fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub fn number(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// A set of strings.
pub fn texts<T: AsRef<str>>(texts: &[T]) -> AttributeValue {
    AttributeValue::Ss(texts.iter().map(|text| text.as_ref().to_owned()).collect())
}

pub fn map<const N: usize>(attributes: [(&str, AttributeValue); N]) -> AttributeValue {
    AttributeValue::M(item(attributes))
}

pub fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.map(|(name, value)| (name.to_owned(), value)).into()
}

/// Changes attributes of an item.
pub fn change(item: &mut Item, changes: Changes<'_>) {
    for (name, value) in changes {
        item.remove(*name);
        item.extend(value.clone().map(|value| ((*name).to_owned(), value)));
    }
}

fn key_of_meeting(id: &str) -> Item {
    item([("MeetingId", text(id))])
}

fn key_of_attendee(meeting_id: &str, user: &str) -> Item {
    item([("MeetingId", text(meeting_id)), ("ExternalUserId", text(user))])
}

impl TestApp {
    pub async fn meeting_item(&self, id: &str) -> Item {
        self.get_item(&self.settings.meetings_table, key_of_meeting(id)).await
    }

    pub async fn put_meeting(&self, item: Item) {
        self.put_item(&self.settings.meetings_table, item).await;
    }

    pub async fn change_meeting(&self, id: &str, changes: Changes<'_>) {
        let mut item = self.meeting_item(id).await;
        change(&mut item, changes);
        self.put_meeting(item).await;
    }

    pub async fn remove_meeting(&self, id: &str) {
        self.delete_item(&self.settings.meetings_table, key_of_meeting(id)).await;
    }

    /// The items of all meetings.
    pub async fn meetings(&self) -> Vec<Item> {
        self.scan(&self.settings.meetings_table).await
    }

    pub async fn put_attendee(&self, item: Item) {
        self.put_item(&self.settings.attendees_table, item).await;
    }

    pub async fn change_attendee(&self, meeting_id: &str, user: &str, changes: Changes<'_>) {
        let key = key_of_attendee(meeting_id, user);
        let mut item = self.get_item(&self.settings.attendees_table, key).await;
        change(&mut item, changes);
        self.put_attendee(item).await;
    }

    /// Removes the item of a user's attendee, and returns it.
    pub async fn remove_attendee(&self, meeting_id: &str, user: &str) -> Item {
        self.delete_item(&self.settings.attendees_table, key_of_attendee(meeting_id, user)).await
    }

    /// The items of the attendees of all meetings.
    pub async fn attendees(&self) -> Vec<Item> {
        self.scan(&self.settings.attendees_table).await
    }

    async fn get_item(&self, table: &str, key: Item) -> Item {
        let get = self.dynamodb.get_item().table_name(table).set_key(Some(key));
        get.consistent_read(true).send().await.unwrap().item.unwrap()
    }

    async fn put_item(&self, table: &str, item: Item) {
        let put = self.dynamodb.put_item().table_name(table).set_item(Some(item));
        put.send().await.unwrap();
    }

    async fn delete_item(&self, table: &str, key: Item) -> Item {
        let delete = self.dynamodb.delete_item().table_name(table).set_key(Some(key));
        let deleted = delete.return_values("ALL_OLD".into()).send().await.unwrap();
        deleted.attributes.unwrap()
    }

    async fn scan(&self, table: &str) -> Vec<Item> {
        let scan = self.dynamodb.scan().table_name(table).consistent_read(true);
        scan.send().await.unwrap().items.unwrap()
    }
}
