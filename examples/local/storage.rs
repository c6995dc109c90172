//! What the API returns while its data can't be kept: why, and at once.

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use rollcall::Log;
use rollcall::log::RequestLine;
use rollcall_testing::data_file::DataFile;
use rollcall_testing::{disk, gateway};
use uuid::Uuid;

const FAILURE: &str = "ServiceFailureException";

/// Where the data is kept.
pub struct Storage {
    /// The file of `--data`.
    pub file: Option<DataFile>,
    pub log: Log,
}

/// Refuses a request if the data file is not there any more, and says which fault of the disk made it fail.
pub async fn guard(State(storage): State<Arc<Storage>>, request: Request, next: Next) -> Response {
    if let Some(path) = storage.file.as_ref().and_then(DataFile::missing) {
        let reason = format!("{} was deleted or replaced; start cargo local again", path.display());
        let request_id = Uuid::new_v4().to_string();
        let (status, outcome) = (500, FAILURE);
        let line = RequestLine {
            request_id: &request_id,
            operation: "Unknown",
            status,
            outcome,
            cause: Some(&reason),
            ..RequestLine::default()
        };
        storage.log.request(SystemTime::now(), &line);
        return refusal(&reason, &request_id);
    }
    match disk::watch(next.run(request)).await {
        (response, Some(fault)) if response.status() == StatusCode::INTERNAL_SERVER_ERROR => {
            let request_id = response.headers().get("x-amzn-requestid");
            let request_id = request_id.and_then(|id| id.to_str().ok()).unwrap_or_default();
            refusal(fault.message, request_id)
        }
        (response, _) => response,
    }
}

fn refusal(reason: &str, request_id: &str) -> Response {
    let message = format!("cargo local can't keep its data: {reason}");
    gateway::refusal(StatusCode::INTERNAL_SERVER_ERROR, FAILURE, &message, request_id)
}
