//! A DynamoDB in this process, with the two tables.

use std::path::Path;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};
use dynoxide::Database;
use rollcall::settings::Settings;
use rollcall::store::schema::{self, Table};
use rusqlite::Connection;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use crate::{direct, disk};

/// The pause between two searches for expired items, and how many times as long as a search it is at
/// least, because a search reads every item.
const SWEEP_PAUSE: Duration = Duration::from_secs(1);
const SWEEP_PAUSE_FACTOR: u32 = 20;

/// Why the database can't be used.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Opens a database in memory, or in a file, which it creates if necessary.
///
/// # Errors
/// The file is not a database, or can't be created.
pub fn open(file: Option<&Path>) -> Result<Database, Error> {
    let Some(file) = file else { return Ok(Database::memory()?) };
    Ok(Database::new(&path(file)?)?)
}

/// Opens a database like [`open`], with a connection to the SQLite database below it.
///
/// # Errors
/// Those of [`open`].
pub fn open_with_connection(file: Option<&Path>) -> Result<(Database, Connection), Error> {
    let uri = match file {
        // A name in the memory of this process: <https://sqlite.org/src/file?name=src/memdb.c>
        None => format!("file:/{}?vfs=memdb", Uuid::new_v4()),
        Some(file) => path(file)?,
    };
    let database = Database::new(&uri)?;
    Ok((database, Connection::open(uri)?))
}

/// Some names mean something else to SQLite (`:memory:`); a path always means a file.
fn path(file: &Path) -> Result<String, Error> {
    Ok(Path::new(".").join(file).to_str().ok_or("its name is not UTF-8")?.to_owned())
}

/// Serves the database over HTTP in a task of its own. A write is in the database before its response
/// is sent.
pub fn serve(listener: TcpListener, database: Database) -> tokio::task::JoinHandle<()> {
    tokio::spawn(dynoxide::server::serve_on(listener, database))
}

/// Removes expired items in a task of its own, as DynamoDB's time to live does, but within seconds.
pub fn sweep(database: Database) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let (database, begin) = (database.clone(), Instant::now());
            // What fails now, for example on a full disk, succeeds at a later time.
            let _ = spawn_blocking(move || database.sweep_ttl()).await;
            tokio::time::sleep(SWEEP_PAUSE.max(begin.elapsed() * SWEEP_PAUSE_FACTOR)).await;
        }
    })
}

/// A client of the DynamoDB at this URL, with the timeouts and retries of the function's client.
pub fn client(url: &str) -> Client {
    Client::from_conf(direct::local_config().endpoint_url(url).build())
}

/// A client like [`client`], whose requests are calls of the database, because a connection and a server
/// would take CPU time (docs/performance.md, "cargo local"). It does not retry at a fault of the disk.
pub fn direct_client(database: Database) -> Client {
    let config = direct::config(move |sent| {
        let database = database.clone();
        let response = spawn_blocking(move || direct::apply(&database, &sent));
        async { Some(disk::make_final(response.await.ok()?)) }
    });
    Client::from_conf(config.build())
}

/// Creates the tables that don't exist yet.
///
/// # Errors
/// DynamoDB refuses a request, or can't be reached.
pub async fn create_tables(client: &Client, settings: &Settings) -> Result<(), Error> {
    create_table(client, &settings.meetings_table, schema::MEETINGS).await?;
    create_table(client, &settings.attendees_table, schema::ATTENDEES).await
}

async fn create_table(client: &Client, name: &str, table: Table) -> Result<(), Error> {
    let index = table.local_index;
    let key_names = [Some(table.partition_key), table.sort_key, index.map(|i| i.sort_key)];
    let attributes = key_names.into_iter().flatten().map(|key| {
        AttributeDefinition::builder()
            .attribute_name(key)
            .attribute_type(ScalarAttributeType::S)
            .build()
    });
    let created = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(attributes.collect::<Result<_, _>>()?))
        .set_key_schema(Some(keys(table.partition_key, table.sort_key)?))
        .set_local_secondary_indexes(match index {
            None => None,
            Some(index) => Some(vec![
                LocalSecondaryIndex::builder()
                    .index_name(index.name)
                    .set_key_schema(Some(keys(table.partition_key, Some(index.sort_key))?))
                    .projection(Projection::builder().projection_type(ProjectionType::All).build())
                    .build()?,
            ]),
        })
        .send()
        .await;
    let is_new = match created {
        Ok(_) => true,
        Err(error)
            if error.as_service_error().is_some_and(|e| e.is_resource_in_use_exception()) =>
        {
            false
        }
        Err(error) => return Err(error.into()),
    };
    let time_to_live = TimeToLiveSpecification::builder()
        .attribute_name(schema::EXPIRES_AT)
        .enabled(true)
        .build()?;
    let update = client.update_time_to_live().table_name(name);
    match update.time_to_live_specification(time_to_live).send().await {
        // DynamoDB refuses to enable it a second time.
        Err(error) if is_new || error.as_service_error().is_none() => Err(error.into()),
        _ => Ok(()),
    }
}

fn keys(partition: &str, sort: Option<&str>) -> Result<Vec<KeySchemaElement>, Error> {
    let key = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    let mut keys = vec![key(partition, KeyType::Hash)?];
    if let Some(sort) = sort {
        keys.push(key(sort, KeyType::Range)?);
    }
    Ok(keys)
}
