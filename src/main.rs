//! The entry point of the Lambda function: environment, log, settings, store, service, warm-up, run.

use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::SystemTime;

use lambda_http::lambda_runtime::Runtime;
use rollcall::{Clock, Log, Service, Settings, Store, panics, settings, store};

// One thread is enough, because Lambda sends an instance one event at a time.
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
    #[cfg(unix)]
    drop_empty_variables()?;
    let log = Log::from_env(variable)?;
    let settings = Settings::from_env(variable)?;
    settings::require_lambda(variable)?;
    let store = Store::new(store::connect().await?, &settings);
    let service = Service::new(store, Clock::system(), settings, log);
    let runtime = Runtime::new(service.function());
    service.log_start();
    // An instance that starts from a snapshot can't use the connections that the snapshot had open.
    if !runtime.is_snapstart() {
        service.warm_up().await;
    }
    runtime.run().await.map_err(|error| describe(error.as_ref()).into())
}

/// Starts this program anew without the variables that are empty, if there are any, because they
/// count as not set. Libraries read the environment by themselves, and take an empty variable for a
/// region, a URL or a file. Rust has no safe way to remove a variable from a running process.
#[cfg(unix)]
fn drop_empty_variables() -> std::io::Result<()> {
    let mut empty = std::env::vars_os().filter(|(_, value)| value.is_empty()).peekable();
    if empty.peek().is_none() {
        return Ok(());
    }
    let mut anew = std::process::Command::new(std::env::current_exe()?);
    for (name, _) in empty {
        anew.env_remove(name);
    }
    // It returns only if it fails.
    Err(std::os::unix::process::CommandExt::exec(&mut anew))
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// A description of the error that ended the runtime. The error's own text may repeat what a caller
/// sent: the runtime ends at a client context that it can't read (`lambda_runtime` 1.5,
/// `Context::new`).
fn describe(error: &(dyn Error + 'static)) -> &'static str {
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
