//! One instance of a function, as a separate process.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::runtime_api::RuntimeApi;

/// How an instance starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WarmUp {
    /// With the warm-up before the first event.
    Usual,
    /// Without the warm-up, as in the environment that Lambda snapshots.
    Skipped,
}

pub struct Function {
    process: Child,
    api: RuntimeApi,
    /// The time from the process's start until it asked for its first event.
    pub start: Duration,
    requests: u64,
}

/// The CPU time of all threads of a process that have not ended.
pub fn cpu(process: &Child) -> Duration {
    let threads = std::fs::read_dir(format!("/proc/{}/task", process.id()));
    let nanoseconds = threads.expect("a process").map(|thread| {
        let file = thread.expect("a thread").path().join("schedstat");
        // The thread may have ended.
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
    });
    Duration::from_nanos(nanoseconds.sum())
}

impl Function {
    /// Starts a function. Its environment only contains the variables that Lambda and the template set.
    pub fn start(
        command: &[String],
        dynamodb_url: &str,
        authority: Option<&Path>,
        warm_up: WarmUp,
    ) -> Self {
        let api = RuntimeApi::start();
        let (program, arguments) = command.split_first().expect("a program");
        let mut process = Command::new(program);
        process
            .args(arguments)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_FUNCTION_NAME", "rollcall"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
                ("AWS_LAMBDA_RUNTIME_API", &api.address),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_DEFAULT_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
                ("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_url),
                ("MEETINGS_TABLE", "rollcall-meetings"),
                ("ATTENDEES_TABLE", "rollcall-attendees"),
                ("PATH", "/usr/bin:/bin"),
                // The SDK warns about future versions of Node.js.
                ("NODE_NO_WARNINGS", "1"),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        if let Some(file) = authority {
            // The variables that the SDKs of Rust, Python and Node.js read.
            for name in ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
                process.env(name, file);
            }
        }
        if warm_up == WarmUp::Skipped {
            process.env("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
        }
        let before = Instant::now();
        let process = process.spawn().expect("a function");
        let start = api.wait_until_asked() - before;
        Self { process, api, start, requests: 0 }
    }

    /// Creates another attendee and returns the time that it took.
    pub fn create(&mut self) -> Duration {
        self.requests += 1;
        self.join(MEETING, self.requests)
    }

    /// Creates the attendee of the user with this number and returns the time that it took.
    pub fn join(&mut self, meeting: &str, user: u64) -> Duration {
        let (elapsed, response) = self.api.invoke(event(meeting, user));
        // The empty `lambda_runtime` function responds with a string.
        let status = response["statusCode"].as_u64().unwrap_or(200);
        assert_eq!(status, 200, "{response}");
        elapsed
    }

    /// Creates the attendees of so many users in one request and returns the time that it took.
    pub fn join_batch(&mut self, users: u64) -> Duration {
        let (elapsed, response) = self.api.invoke(batch_event(users));
        assert_eq!(response["statusCode"], 200, "{response}");
        elapsed
    }

    /// Sends an event that the function refuses, and returns the CPU time that it took.
    pub fn refuse(&mut self, event: String) -> Duration {
        let before = self.cpu();
        let (_, response) = self.api.invoke(event);
        assert_eq!(response["statusCode"], 400, "{response}");
        self.cpu() - before
    }

    /// Repeats the last create and returns the time that it took.
    pub fn replay(&mut self) -> Duration {
        self.requests -= 1;
        self.create()
    }

    /// The CPU time of all its threads.
    pub fn cpu(&self) -> Duration {
        cpu(&self.process)
    }

    /// The peak of its resident memory, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let file = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(file).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
        let kilobytes = line.trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().expect("a number") * 1024
    }

    /// Ends the process with SIGTERM, so that callgrind writes its profile.
    pub fn end(mut self) {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        self.process.wait().expect("an end");
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // The process may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

static EVENT: &str = include_str!("../../../events/create-attendee.json");
static BATCH: &str = include_str!("../../../events/batch-create-attendee.json");
/// The meeting of the first event.
const MEETING: &str = "04ba7deb-d3dd-5bae-99ed-f8d230ac1522";

/// The event of API Gateway that creates the attendee of the user with this number.
fn event(meeting: &str, user: u64) -> String {
    let mut event: Value = serde_json::from_str(EVENT).expect("JSON");
    let body = json!({ "ExternalUserId": format!("user-{user}@example.com") });
    event["body"] = body.to_string().into();
    event.to_string().replace(MEETING, meeting)
}

/// The event of API Gateway that creates the attendees of so many users.
fn batch_event(users: u64) -> String {
    let mut event: Value = serde_json::from_str(BATCH).expect("JSON");
    let user = |user| json!({ "ExternalUserId": format!("user-{user}@example.com") });
    let body = json!({ "Attendees": (0..users).map(user).collect::<Vec<_>>() });
    event["body"] = body.to_string().into();
    event.to_string()
}
