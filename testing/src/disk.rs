//! Failures of the disk below the embedded DynamoDB. DynamoDB itself has none, so the emulator responds with them
//! as internal errors, which clients retry for as long as they can. Here they become final at once, and
//! known to whoever responds to the request.

use std::cell::Cell;

use crate::direct::Response;

tokio::task_local! {
    static FAULT: Cell<Option<&'static Fault>>;
}

/// A failure that stays until somebody does something about it.
#[derive(Debug)]
pub struct Fault {
    /// What SQLite calls it. <https://sqlite.org/rescode.html>
    sqlite: &'static str,
    /// The error code in place of DynamoDB's.
    code: &'static str,
    /// What a person should know.
    pub message: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault { sqlite: "disk is full", code: "DiskFull", message: "the disk is full" },
    // Also a limit of the size of files, and some moments of a full disk.
    Fault {
        sqlite: "disk I/O error",
        code: "DiskFailure",
        message: "the disk is full, or it can't be read or written",
    },
    Fault {
        sqlite: "readonly database",
        code: "ReadOnlyFile",
        message: "the file can't be written",
    },
    Fault {
        sqlite: "unable to open database file",
        code: "NoFile",
        message: "the file, or one beside it, can't be opened or created",
    },
    Fault { sqlite: "is malformed", code: "DamagedFile", message: "the file is damaged" },
];

impl Fault {
    /// The fault in an error message of the embedded DynamoDB.
    pub fn find(message: &str) -> Option<&'static Self> {
        FAULTS.iter().find(|fault| message.contains(fault.sqlite))
    }
}

/// Runs a future, and returns also the fault that one of its requests to the embedded DynamoDB met.
pub async fn watch<T>(future: impl Future<Output = T>) -> (T, Option<&'static Fault>) {
    FAULT.scope(Cell::new(None), async { (future.await, FAULT.with(Cell::get)) }).await
}

/// The response to a request that met a fault becomes a client error, which nobody retries.
pub(crate) fn make_final(response: Response) -> Response {
    let (status, body) = &response;
    let Some(fault) = Fault::find(body).filter(|_| *status == 500) else { return response };
    // This fails for a request outside of `watch`, whose fault nobody asks for.
    let _ = FAULT.try_with(|found| found.set(Some(fault)));
    (400, format!(r#"{{"__type": "{}"}}"#, fault.code))
}
