//! The suite against an API that is deployed: `ROLLCALL_ENDPOINT` names its URL, with the stage.
//! Without it the tests are ignored, and say so.
//!
//! Credentials and region are those of the environment or the profile, as for every SDK; requests
//! are signed for API Gateway. What the tests create ends with its lifetime.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by panicking, and look into lists by position"
)]

/// Makes trials of tests of the suite.
macro_rules! everywhere {
    ($($test:ident),* $(,)?) => {
        pub fn trials() -> Vec<libtest_mimic::Trial> {
            vec![$(crate::trial(
                concat!(module_path!(), "::", stringify!($test)),
                async |api| $test(&api).await,
            )),*]
        }
    };
}

mod signing;
#[path = "../suite/mod.rs"]
mod suite;

use std::process::ExitCode;

use aws_sdk_chimesdkmeetings::{Client, config};
use libtest_mimic::{Arguments, Trial};
use rollcall::store::http_client;
use signing::SignForTheGateway;
use suite::{
    Api, attendees, batch, capabilities, features, leaving, meeting_with_attendees, meetings,
    races, roster, tags, transcription,
};

const ENDPOINT: &str = "ROLLCALL_ENDPOINT";

fn main() -> ExitCode {
    let trials = [
        attendees::trials(),
        batch::trials(),
        capabilities::trials(),
        features::trials(),
        leaving::trials(),
        meeting_with_attendees::trials(),
        meetings::trials(),
        races::trials(),
        roster::trials(),
        tags::trials(),
        transcription::trials(),
    ];
    let trials = trials.into_iter().flatten().collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test with a runtime and an API of its own.
fn trial(name: &str, test: impl AsyncFnOnce(Api) + Send + 'static) -> Trial {
    let endpoint = std::env::var(ENDPOINT).ok().filter(|url| !url.is_empty());
    let is_set = endpoint.is_some();
    let run = move || {
        let url = endpoint.ok_or_else(|| format!("{ENDPOINT} is not set"))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async { test(Api::shared(client(url).await)).await });
        Ok(())
    };
    let trial = Trial::test(name.trim_start_matches("deployed::suite::"), run);
    if is_set { trial } else { trial.with_kind("needs ROLLCALL_ENDPOINT").with_ignored_flag(true) }
}

/// The SDK as whoever calls a deployed API has it.
async fn client(url: String) -> Client {
    let environment = aws_config::from_env().http_client(http_client()).load().await;
    let config = config::Builder::from(&environment).endpoint_url(url);
    Client::from_conf(config.interceptor(SignForTheGateway).build())
}
