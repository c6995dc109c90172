//! The streams of the two tables as an outbox: each change is in it, in the order of the changes, from the
//! moment that the change is made until its event is delivered.
//!
//! The streams are read and cut with SQL, on a connection of its own. The emulator never removes a record,
//! and each write takes longer the more records there are, so the delivered ones have to go, for which it
//! has no function. That also makes the outbox durable: what is in the file is what is not delivered.

use std::sync::{Mutex, MutexGuard, PoisonError};

use dynoxide::{Database, Item};
use rollcall::settings::Settings;
use rusqlite::{Connection, Row};
use serde_json::{from_value, json};
use uuid::Uuid;

use crate::emulator::Error;
use crate::lifecycle::{Change, Event, Table, event};

/// How many changes are read at a time.
const BATCH: u32 = 100;

/// The index by which a write finds the last record of its stream without reading all others.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS _last_stream_record
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";
const PENDING: &str = "SELECT id, table_name, old_image, new_image, created_at, event_id
    FROM _stream_records WHERE table_name IN (?1, ?2) ORDER BY id LIMIT ?3";
const REMOVE: &str = "DELETE FROM _stream_records WHERE table_name IN (?1, ?2) AND id <= ?3";
/// What a meeting was before a change that is still in the outbox.
const LAST_IMAGE: &str = "SELECT old_image FROM _stream_records
    WHERE table_name = ?1 AND keys_json ->> '$.MeetingId.S' = ?2 AND old_image IS NOT NULL
    ORDER BY id DESC LIMIT 1";

/// The changes whose events are not delivered yet.
pub struct Outbox {
    database: Database,
    connection: Mutex<Connection>,
    meetings: String,
    attendees: String,
}

/// A change in the outbox.
pub struct Entry {
    /// Its place in the order.
    pub place: i64,
    /// Its event, if it means one.
    pub event: Option<Event>,
}

/// Switches the streams of both tables on or off: whether changes are put into the outbox. What is in it
/// stays.
///
/// # Errors
/// The tables don't exist, or the file can't be written.
pub fn switch(database: &Database, settings: &Settings, enabled: bool) -> Result<(), Error> {
    for table in [&settings.meetings_table, &settings.attendees_table] {
        let stream = match enabled {
            true => json!({"StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES"}),
            false => json!({"StreamEnabled": false}),
        };
        let update = json!({"TableName": table, "StreamSpecification": stream});
        database.update_table(from_value(update)?)?;
    }
    Ok(())
}

impl Outbox {
    /// The outbox of a database, which the connection leads to as well.
    ///
    /// # Errors
    /// The file can't be written.
    pub fn new(
        database: Database,
        connection: Connection,
        settings: &Settings,
    ) -> Result<Self, Error> {
        connection.execute(INDEX, [])?;
        Ok(Self {
            database,
            connection: Mutex::new(connection),
            meetings: settings.meetings_table.clone(),
            attendees: settings.attendees_table.clone(),
        })
    }

    /// The first changes of those that are left, in their order.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let changes: Vec<_> = {
            let connection = self.connection();
            let mut statement = connection.prepare_cached(PENDING)?;
            let parameters = (&self.meetings, &self.attendees, BATCH);
            let rows = statement.query_map(parameters, |row| self.change(row))?;
            rows.collect::<Result<_, _>>()?
        };
        let entry = |(place, change)| {
            let event = event(&change, |meeting_id| self.meeting(meeting_id));
            Entry { place, event }
        };
        Ok(changes.into_iter().map(entry).collect())
    }

    /// Removes the changes up to this place.
    ///
    /// # Errors
    /// The file can't be written. The changes stay.
    pub fn remove(&self, place: i64) -> Result<(), Error> {
        self.connection().execute(REMOVE, (&self.meetings, &self.attendees, place))?;
        Ok(())
    }

    fn change(&self, row: &Row<'_>) -> rusqlite::Result<(i64, Change)> {
        let image = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        let (table, id): (String, Option<String>) = (row.get("table_name")?, row.get("event_id")?);
        let change = Change {
            id: id.and_then(|id| Uuid::try_parse(&id).ok()).unwrap_or_default(),
            table: if table == self.meetings { Table::Meetings } else { Table::Attendees },
            old: image(row.get("old_image")?),
            new: image(row.get("new_image")?),
            at: row.get("created_at")?,
        };
        Ok((row.get("id")?, change))
    }

    /// The item of a meeting. If it was removed, that change is still in the outbox.
    fn meeting(&self, meeting_id: &str) -> Option<Item> {
        let key = json!({"MeetingId": {"S": meeting_id}});
        let get = json!({"TableName": self.meetings, "Key": key});
        let stored = self.database.get_item(from_value(get).ok()?).ok()?.item;
        let removed = || {
            let parameters = [&self.meetings, meeting_id];
            let image: String =
                self.connection().query_row(LAST_IMAGE, parameters, |row| row.get(0)).ok()?;
            serde_json::from_str(&image).ok()
        };
        stored.or_else(removed)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
