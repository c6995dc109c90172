//! One instance of a function, as a process of its own.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::runtime_api::RuntimeApi;

/// How an instance starts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum WarmUp {
    /// With the warm-up that comes before the first event.
    Usual,
    /// Without it, as where Lambda takes a snapshot.
    Skipped,
}

pub struct Function {
    process: Child,
    api: RuntimeApi,
    /// From the process's start until it asked for its first event.
    pub start: Duration,
    requests: u64,
}

impl Function {
    /// Starts a function with nothing in its environment but what Lambda and the template put there.
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
                // The SDK's about versions of Node.js to come.
                ("NODE_NO_WARNINGS", "1"),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        if let Some(file) = authority {
            // As the SDKs of Rust, Python and Node.js want it.
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

    /// Creates another attendee, and tells how long it took.
    pub fn create(&mut self) -> Duration {
        self.requests += 1;
        self.join(MEETING, self.requests)
    }

    /// Creates the attendee of a user, each of whom has a number, in a meeting.
    pub fn join(&mut self, meeting: &str, user: u64) -> Duration {
        let (elapsed, answer) = self.api.invoke(event(meeting, user));
        // The empty `lambda_runtime` function answers with a text.
        let status = answer["statusCode"].as_u64().unwrap_or(200);
        assert_eq!(status, 200, "{answer}");
        elapsed
    }

    /// Creates the attendees of that many users with one request.
    pub fn join_batch(&mut self, users: u64) -> Duration {
        let (elapsed, answer) = self.api.invoke(batch_event(users));
        assert_eq!(answer["statusCode"], 200, "{answer}");
        elapsed
    }

    /// Asks again for the last attendee that was created.
    pub fn replay(&mut self) -> Duration {
        self.requests -= 1;
        self.create()
    }

    /// What all its threads have used of a CPU.
    pub fn cpu(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.process.id()));
        let nanoseconds = threads.expect("a process").map(|thread| {
            let file = thread.expect("a thread").path().join("schedstat");
            // A thread may have ended meanwhile.
            let text = std::fs::read_to_string(file).unwrap_or_default();
            text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0)
        });
        Duration::from_nanos(nanoseconds.sum())
    }

    /// The most memory it ever had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let file = format!("/proc/{}/status", self.process.id());
        let status = std::fs::read_to_string(file).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM");
        let kilobytes = line.trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().expect("a number") * 1024
    }

    /// Asks the process to end, so that a tool that watches it writes down what it saw.
    pub fn end(mut self) {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().expect("kill");
        self.process.wait().expect("an end");
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

static EVENT: &str = include_str!("../../../events/create-attendee.json");
static BATCH: &str = include_str!("../../../events/batch-create-attendee.json");
/// Whose event the first is.
const MEETING: &str = "04ba7deb-d3dd-5bae-99ed-f8d230ac1522";

/// An event of API Gateway that asks for an attendee of a user, each of whom has a number.
fn event(meeting: &str, user: u64) -> String {
    let mut event: Value = serde_json::from_str(EVENT).expect("JSON");
    let body = json!({ "ExternalUserId": format!("user-{user}@example.com") });
    event["body"] = body.to_string().into();
    event.to_string().replace(MEETING, meeting)
}

/// The same for a batch of users.
fn batch_event(users: u64) -> String {
    let mut event: Value = serde_json::from_str(BATCH).expect("JSON");
    let user = |user| json!({ "ExternalUserId": format!("user-{user}@example.com") });
    let body = json!({ "Attendees": (0..users).map(user).collect::<Vec<_>>() });
    event["body"] = body.to_string().into();
    event.to_string()
}
