//! Failures of the disk below the embedded DynamoDB. DynamoDB itself has none, so the emulator responds with them
//! as internal errors, which clients repeat for as long as they can. Here they become final at once, and
//! known to whoever responds to the request.

use std::cell::Cell;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

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

/// An HTTP client whose server's faults are final: a client error, which nobody repeats.
#[derive(Clone, Debug)]
pub(crate) struct FinalFaults<T>(pub(crate) T);

impl HttpClient for FinalFaults<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(FinalFaults(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for FinalFaults<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let response = self.0.call(request);
        HttpConnectorFuture::new(async move { with_final_faults(response.await?).await })
    }
}

async fn with_final_faults(mut response: HttpResponse) -> Result<HttpResponse, ConnectorError> {
    if response.status().as_u16() != 500 {
        return Ok(response);
    }
    let body = ByteStream::new(std::mem::replace(response.body_mut(), SdkBody::empty()));
    let body = body.collect().await.map_err(|error| ConnectorError::io(error.into()))?;
    let body = body.into_bytes();
    let Some(fault) = std::str::from_utf8(&body).ok().and_then(Fault::find) else {
        *response.body_mut() = SdkBody::from(body);
        return Ok(response);
    };
    // This fails for a request outside of `watch`, whose fault nobody asks for.
    let _ = FAULT.try_with(|found| found.set(Some(fault)));
    let status = 400.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(format!(r#"{{"__type": "{}"}}"#, fault.code))))
}
