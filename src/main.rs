//! The Lambda function's entry: log, settings, client, rehearsal, service, run.

use std::convert::Infallible;
use std::process::ExitCode;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use rollcall::rehearsal::rehearse;
use rollcall::{Clock, Invocation, Log, Service, Settings, Store, panics, store};
use serde_json::value::RawValue;

// One thread, because Lambda sends one event at a time.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    panics::remember_places();
    let clock = Clock::system();
    let log = match Log::from_env(|name| std::env::var_os(name)) {
        Ok(log) => log,
        Err(error) => {
            Log::default().fatal(clock.now(), &error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let settings = match Settings::from_env(|name| std::env::var_os(name)) {
        Ok(settings) => settings,
        Err(error) => {
            log.fatal(clock.now(), &error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let store = Store::new(store::connect(), &settings);
    if is_no_snapshot() {
        // The processor has nothing else to do while the connection is made.
        tokio::join!(store.warm_up(), rehearse(&store, &settings));
    }
    let service = Service::new(store, clock, settings, log);
    match run(&service).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let message = format!("the Lambda Runtime API is gone: {error}");
            service.log().fatal(service.clock().now(), &message);
            ExitCode::FAILURE
        }
    }
}

/// Whether what is warm now is warm when the first request comes. A snapshot that Lambda takes after
/// the start and restores any number of times has connections that nobody else knows.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn is_no_snapshot() -> bool {
    std::env::var_os("AWS_LAMBDA_INITIALIZATION_TYPE").is_none_or(|kind| kind != "snap-start")
}

async fn run(service: &Service) -> Result<(), Error> {
    lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
        let invocation = Invocation::new(&event.context, service.clock());
        Ok::<_, Infallible>(service.answer(event.payload.get(), &invocation).await)
    }))
    .await
}
