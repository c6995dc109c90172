//! The Lambda function's entry: log, settings, store, service, run.

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::SystemTime;

use lambda_http::lambda_runtime::Runtime;
use rollcall::{Clock, Log, Service, Settings, Store, panics, settings, store};

// One thread, because Lambda sends one event at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    panics::install_hook();
    match panics::catch(run()).await {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fatal(&error.to_string()),
        Err(panic) => fatal(&panic.to_string()),
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let log = Log::from_env(variable)?;
    let settings = Settings::from_env(variable)?;
    settings::require_lambda(variable)?;
    let store = Store::new(store::connect().await, &settings);
    let service = Service::new(store, Clock::system(), settings, log);
    let runtime = Runtime::new(service.function());
    service.log_start();
    // Connections that are open in a snapshot are of no use to the instances that it starts.
    if !runtime.is_snapstart() {
        service.warm_up().await;
    }
    runtime.run().await.map_err(|error| kind(error.as_ref()).into())
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// What ended the runtime, by its kind. Its text can repeat what a caller sent: the runtime ends at a
/// client context that it can't read (`lambda_runtime` 1.5, `Context::new`).
fn kind(error: &(dyn Error + 'static)) -> &'static str {
    if error.is::<serde_json::Error>() || error.is::<lambda_http::http::header::ToStrError>() {
        "the runtime can't read a header of an invocation, such as its client context"
    } else {
        "the Lambda Runtime API does not answer"
    }
}

fn fatal(message: &str) -> ExitCode {
    Log::from_env(variable).unwrap_or_default().fatal(SystemTime::now(), message);
    ExitCode::FAILURE
}
