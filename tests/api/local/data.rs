//! The file of `cargo local --data`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rollcall::Settings;
use rollcall_testing::emulator;
use rusqlite::Connection;

use super::{Local, command, error_of};
use crate::app::{chime_client, listen};

/// A file in a folder of its own, which is removed with everything that SQLite adds to it.
pub struct DataFile(pub PathBuf);

impl DataFile {
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("rollcall-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir(&folder).unwrap();
        Self(folder.join("data"))
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.0.parent().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_data_survives_a_kill() {
    let file = DataFile::new();
    let mut before = Local::start(&["--data", file.path()]);
    let meeting_id = before.create_meeting().await;
    let alice = before.create_attendee(&meeting_id).await;
    before.child.kill().unwrap();

    let after = Local::start(&["--data", file.path()]);
    assert_eq!(after.create_meeting().await, meeting_id);
    assert_eq!(after.create_attendee(&meeting_id).await, alice);
}

#[test]
fn a_file_that_is_not_a_database_is_refused_and_left_unchanged() {
    let file = DataFile::new();
    std::fs::write(&file.0, "a shopping list, which is no database at all").unwrap();
    let folder = file.0.parent().unwrap().to_str().unwrap();
    for unusable in [file.path(), folder, "/does/not/exist/data"] {
        let message = refused(unusable);
        assert!(
            message.starts_with(&format!("error: {unusable} can't be used as --data: ")),
            "{message}"
        );
        assert!(!message.contains("encrypt"), "{message}");
    }
    let kept = std::fs::read_to_string(&file.0).unwrap();
    assert_eq!(kept, "a shopping list, which is no database at all");
}

/// What the program says on its standard error if it does not start on this file.
fn refused(file: &str) -> String {
    error_of(command(&["--data", file]))
}

/// All files of a folder, with their contents.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        paths.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect();
    files.sort();
    files
}

#[test]
fn the_database_of_another_program_is_refused_and_left_unchanged() {
    let file = DataFile::new();
    let folder = file.0.parent().unwrap();
    for journal in ["delete", "wal"] {
        let other = Connection::open(&file.0).unwrap();
        other.pragma_update(None, "journal_mode", journal).unwrap();
        other.execute_batch("CREATE TABLE IF NOT EXISTS orders (id)").unwrap();
        drop(other);
        let before = contents(folder);
        let reason = "it is the database of another program";
        let message = format!("error: {} can't be used as --data: {reason}\n", file.path());
        assert_eq!(refused(file.path()), message);
        assert!(contents(folder) == before, "{journal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emulated_tables_of_another_program_are_refused() {
    let file = DataFile::new();
    let database = emulator::open(Some(&file.0)).unwrap();
    let (listener, url) = listen().await;
    emulator::serve(listener, database);
    let orders = Settings::new("orders", "customers");
    emulator::create_tables(&emulator::client(&url), &orders).await.unwrap();
    assert!(refused(file.path()).ends_with("it is the database of another program\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_without_the_files_beside_it_is_not_taken_for_an_empty_database() {
    let (file, copy) = (DataFile::new(), DataFile::new());
    let mut local = Local::start(&["--data", file.path()]);
    for name in ["data,", "data-wal", "data-shm"] {
        assert!(local.hint.contains(name), "{}", local.hint);
    }
    local.create_meeting().await;
    local.child.kill().unwrap();
    local.child.wait().unwrap();
    std::fs::copy(&file.0, &copy.0).unwrap();
    let message = refused(copy.path());
    assert!(message.contains("it was copied without") && message.contains("data-wal"), "{message}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_says_that_its_data_file_was_deleted_and_acknowledges_nothing_any_more() {
    for deleted in ["data", "data-wal"] {
        let file = DataFile::new();
        let mut local = Local::start(&["--data", file.path()]);
        let meeting_id = local.create_meeting().await;
        std::fs::remove_file(file.0.with_file_name(deleted)).unwrap();
        let request = chime_client(&local.api).get_meeting().meeting_id(&meeting_id);
        let error = request.send().await.unwrap_err().into_service_error();
        assert!(error.is_service_failure_exception(), "{error:?}");
        let reason = format!("{deleted} was deleted or replaced");
        assert!(error.to_string().contains(&reason), "{error}");
        assert!(local.terminate().contains(&reason));
    }
}

/// A limit of the size of files stands for a disk without space.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_does_not_fit_on_the_disk_fails_at_once_and_later_ones_succeed_with_space() {
    let file = DataFile::new();
    let program = command(&["--data", file.path()]);
    let mut limited = Command::new("sh");
    // Without the signal, writing beyond the limit is an error.
    limited.args(["-c", "trap '' XFSZ; ulimit -S -f 1000; exec \"$@\"", "sh"]);
    limited.arg(program.get_program()).args(program.get_args());
    let mut local = Local::spawn(limited.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let meeting_id = local.create_meeting().await;
    let create = |user: usize| {
        let client = chime_client(&local.api);
        let request = client.create_attendee().meeting_id(&meeting_id);
        request.external_user_id(format!("user-{user}")).send()
    };
    let mut created = Vec::new();
    let error = loop {
        match create(created.len()).await {
            Ok(response) => created.push(response.attendee.unwrap()),
            Err(error) => break error.into_service_error(),
        }
        assert!(created.len() < 250, "the file has no limit");
    };
    assert!(error.is_service_failure_exception(), "{error:?}");
    assert!(error.to_string().contains("the disk is full"), "{error}");

    let id = local.child.id().to_string();
    let unlimited = Command::new("prlimit").args(["--fsize=unlimited:", "--pid", &id]).status();
    assert!(unlimited.unwrap().success());
    create(created.len()).await.unwrap();
    for (user, attendee) in created.into_iter().enumerate() {
        assert_eq!(create(user).await.unwrap().attendee.unwrap(), attendee);
    }
    assert!(local.terminate().contains("500 ServiceFailureException: DynamoDB answered 400 Disk"));
}
