//! The file of `cargo local --data`: a SQLite database, which is three files while it is in use.

use std::ffi::OsString;
use std::fs::{Metadata, OpenOptions};
use std::path::{Path, PathBuf};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::disk::Fault;

/// The files that SQLite keeps beside a database that is in use: what was written last, and an index of it.
/// <https://sqlite.org/walformat.html>
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The files of a database that this process has opened.
pub struct DataFile {
    path: PathBuf,
    files: Vec<(PathBuf, FileId)>,
}

/// Tells a file from another one that has its name later.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = ();

#[cfg(unix)]
fn id(metadata: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}
#[cfg(not(unix))]
fn id(_: &Metadata) -> FileId {}

/// Whether this can be the file of a service with this table, or be made one. Creates it, if there is none.
///
/// # Errors
/// The reason why it can't, for example because it belongs to another program.
pub fn check(path: &Path, table: &str) -> Result<(), String> {
    let created = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let metadata = created.and_then(|file| file.metadata()).map_err(|error| error.to_string())?;
    if metadata.len() == 0 {
        return Ok(());
    }
    let log = companion(path, COMPANIONS[0]);
    let has_log = log.metadata().is_ok_and(|log| log.len() > 0);
    let (all, emulated) =
        tables(path, has_log).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => "it is another kind of file".to_owned(),
            _ => unusable(&error.to_string()),
        })?;
    if all.is_empty() && !has_log && !log.exists() {
        let log = log.display();
        return Err(format!("it is empty: it was copied without {log}. Delete it to begin anew"));
    }
    // A new one has only the emulator's own tables, or not even those.
    let is_new = all.is_empty() || emulated.as_ref().is_some_and(Vec::is_empty);
    let is_own = || emulated.is_some_and(|tables| tables.iter().any(|name| name == table));
    if is_new || is_own() {
        Ok(())
    } else {
        Err("it is the database of another program".to_owned())
    }
}

/// The names of the tables of a SQLite database, and those of the emulated DynamoDB if it is one. Changes no
/// file: without `has_log`, everything is in the first.
fn tables(path: &Path, has_log: bool) -> rusqlite::Result<(Vec<String>, Option<Vec<String>>)> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let path = path.to_string_lossy();
    let path = utf8_percent_encode(&path, NON_ALPHANUMERIC);
    let uri = format!("file:{path}?immutable={}", u8::from(!has_log));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri, flags)?;
    let all = names(&connection, "SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let is_emulator = all.iter().any(|name| name == "_tables");
    let emulated = is_emulator.then(|| names(&connection, "SELECT table_name FROM _tables"));
    Ok((all, emulated.transpose()?))
}

fn names(connection: &Connection, query: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(query)?.query_map([], |row| row.get(0))?.collect()
}

/// What a person should know about an error of the embedded DynamoDB.
pub fn unusable(error: &str) -> String {
    let fault = Fault::find(error).map(|fault| fault.message.to_owned());
    fault.unwrap_or_else(|| error.to_owned())
}

fn companion(path: &Path, suffix: &str) -> PathBuf {
    // SQLite puts the others beside the file that a symbolic link names.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

impl DataFile {
    /// The files of the database at `path`, which is in use.
    pub fn new(path: PathBuf) -> Self {
        let companions = COMPANIONS.map(|suffix| companion(&path, suffix));
        let paths = std::iter::once(path.clone()).chain(companions);
        let files = paths.filter_map(|path| Some((path.clone(), id(&path.metadata().ok()?))));
        Self { files: files.collect(), path }
    }

    /// The file that was deleted or replaced, if one was. What is written from then on is lost when the
    /// process ends.
    pub fn missing(&self) -> Option<&Path> {
        let is_there =
            |path: &Path, expected| path.metadata().is_ok_and(|found| id(&found) == expected);
        let mut files = self.files.iter();
        files.find(|(path, id)| !is_there(path, *id)).map(|(path, _)| path.as_path())
    }

    /// What a person who copies the file should know.
    pub fn hint(&self) -> String {
        let [log, index] = COMPANIONS.map(|suffix| companion(&self.path, suffix));
        let name =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        format!(
            "# The data is in {}, {} and {} while this runs, and in the first alone after it has stopped.",
            self.path.display(),
            name(&log),
            name(&index),
        )
    }
}
