//! `cargo local`, or another server of the API, as a separate process.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::artefacts::root;
use crate::client::Client;
use crate::function;

const JSON: &str = "Content-Type: application/json\r\n";

pub struct Local {
    process: Child,
    pub api: String,
    pub dynamodb: String,
}

impl Local {
    /// Builds the example as `cargo local` does, and returns its file.
    pub fn build() -> PathBuf {
        let root = root();
        let build = ["build", "--locked", "--example", "local"];
        let status = Command::new(env!("CARGO")).args(build).current_dir(&root).status();
        assert!(status.expect("cargo").success(), "cargo local can't be built");
        root.join("target/debug/examples/local")
    }

    /// Starts a server on free ports, which it prints as `cargo local` does.
    pub fn start(server: &Path) -> Self {
        let mut process = Command::new(server)
            .args(["--port", "0", "--dynamodb-port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("cargo local");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut address = |name: &str| {
            let line = lines.next().expect("a line").expect("text");
            line.strip_prefix(name).expect("an address").trim().to_owned()
        };
        let (api, dynamodb) = (address("api"), address("dynamodb"));
        Self { process, api, dynamodb }
    }

    /// The CPU time of all its threads.
    pub fn cpu(&self) -> Duration {
        function::cpu(&self.process)
    }

    /// Creates a meeting and returns its id.
    pub fn meeting(&self, token: &str) -> String {
        let body = json!({
            "ClientRequestToken": token,
            "ExternalMeetingId": "benchmark",
            "MediaRegion": "eu-central-1",
        });
        let response = Client::connect(&self.api).post("/meetings", JSON, &body.to_string());
        let response: Value = serde_json::from_str(&response).expect("JSON");
        response["Meeting"]["MeetingId"].as_str().expect("an id").to_owned()
    }

    /// Writes meetings without attendees to the table, numbered from `from` up to but excluding `to`.
    pub fn fill(&self, from: u64, to: u64) {
        let mut client = Client::connect(&self.dynamodb);
        let numbers: Vec<_> = (from..to).collect();
        for numbers in numbers.chunks(25) {
            let put = |number: &u64| {
                json!({"PutRequest": {"Item": {
                    "MeetingId": {"S": format!("00000000-0000-4000-8000-{number:012x}")},
                    "ExternalMeetingId": {"S": "benchmark"},
                    "MediaRegion": {"S": "eu-central-1"},
                    "MaxAttendees": {"N": "250"},
                    "ExpiresAt": {"N": "4000000000"},
                }}})
            };
            let puts: Vec<_> = numbers.iter().map(put).collect();
            let body = json!({"RequestItems": {"rollcall-meetings": puts}});
            let headers = "Content-Type: application/x-amz-json-1.0\r\n\
                           X-Amz-Target: DynamoDB_20120810.BatchWriteItem\r\n\
                           X-Amz-Date: 20261123T000000Z\r\n\
                           Authorization: AWS4-HMAC-SHA256 \
                           Credential=local/20261123/us-east-1/dynamodb/aws4_request, \
                           SignedHeaders=host, Signature=00\r\n";
            client.post("/", headers, &body.to_string());
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        // The process may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Creates an attendee of a meeting.
pub fn create(client: &mut Client, meeting: &str, user: u64) {
    let body = json!({ "ExternalUserId": format!("user-{user}@example.com") });
    client.post(&format!("/meetings/{meeting}/attendees"), JSON, &body.to_string());
}
