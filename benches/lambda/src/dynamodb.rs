//! A stand-in for DynamoDB that responds after a fixed latency and at a constant cost, over plain HTTP or
//! TLS. It implements the two writes of a create. It stores attendees, so that it refuses a second put
//! as DynamoDB does. All meetings exist except that of the product's warm-up.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::http::{self, Request};

/// The meeting of the warm-up, which does not exist.
const WARM_UP_MEETING: &str = "00000000-0000-0000-0000-000000000000";

pub struct DynamoDb {
    pub url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    attendees: HashMap<(String, String), Value>,
    requests: BTreeMap<String, u64>,
    /// The body of the last request of each operation.
    last: BTreeMap<String, Vec<u8>>,
}

impl DynamoDb {
    /// Serves plain HTTP; each response takes `latency`.
    pub fn plain(latency: Duration) -> Self {
        Self::start(None, latency)
    }

    /// Serves TLS. The certificate of the authority that signed its own is written to the file `authority`.
    pub fn tls(authority: &Path, latency: Duration) -> Self {
        Self::start(Some(certificate(authority)), latency)
    }

    fn start(tls: Option<Arc<ServerConfig>>, latency: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let state = Arc::new(Mutex::new(State::default()));
        let shared = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                stream.set_nodelay(true).expect("no delay");
                let (state, tls) = (shared.clone(), tls.clone());
                std::thread::spawn(move || {
                    let respond = |request| {
                        std::thread::sleep(latency);
                        state.lock().expect("a state").respond(&request)
                    };
                    // The connections of a function that has ended fail.
                    let _ = match tls {
                        None => http::serve(stream, respond),
                        Some(config) => {
                            let session = ServerConnection::new(config).expect("a session");
                            http::serve(StreamOwned::new(session, stream), respond)
                        }
                    };
                });
            }
        });
        Self { url: format!("{scheme}://localhost:{port}"), state }
    }

    /// The number of requests of each operation since the last call.
    pub fn take_requests(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.state.lock().expect("a state").requests)
    }

    /// The last request of each operation.
    pub fn last_requests(&self) -> Value {
        let last = &self.state.lock().expect("a state").last;
        let parsed = |body: &Vec<u8>| serde_json::from_slice::<Value>(body).expect("JSON");
        last.iter().map(|(operation, body)| (operation.clone(), parsed(body))).collect()
    }

    /// Removes all attendees.
    pub fn clear(&self) {
        self.state.lock().expect("a state").attendees.clear();
    }
}

impl State {
    fn respond(&mut self, request: &Request) -> String {
        let operation = request.target.trim_start_matches("DynamoDB_20120810.");
        *self.requests.entry(operation.to_owned()).or_default() += 1;
        self.last.insert(operation.to_owned(), request.body.clone());
        let (status, body) = match operation {
            "UpdateItem" => update(&request.body),
            "PutItem" => self.put(&request.body),
            other => panic!("a create does not need {other}"),
        };
        http::response(status, "Content-Type: application/x-amz-json-1.0\r\n", &body)
    }

    fn put(&mut self, body: &[u8]) -> (&'static str, String) {
        let mut input: Value = serde_json::from_slice(body).expect("JSON");
        let item = input["Item"].take();
        let key = |name: &str| item[name]["S"].as_str().expect("a key").to_owned();
        let key = (key("MeetingId"), key("ExternalUserId"));
        match self.attendees.get(&key) {
            None => {
                self.attendees.insert(key, item);
                ("200 OK", "{}".to_owned())
            }
            Some(existing) => refusal(json!({ "Item": existing })),
        }
    }
}

fn update(body: &[u8]) -> (&'static str, String) {
    let input: Value = serde_json::from_slice(body).expect("JSON");
    if input["Key"]["MeetingId"]["S"] == WARM_UP_MEETING {
        return refusal(json!({}));
    }
    ("200 OK", "{}".to_owned())
}

/// The response to a failed condition, with the other members of DynamoDB's error.
fn refusal(mut body: Value) -> (&'static str, String) {
    body["__type"] = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException".into();
    body["message"] = "The conditional request failed".into();
    ("400 Bad Request", body.to_string())
}

/// A TLS configuration with a certificate for `localhost`. The certificate of the authority that signed it
/// is written to the file.
fn certificate(authority: &Path) -> Arc<ServerConfig> {
    let ca_key = rcgen::KeyPair::generate().expect("a key");
    let mut ca = rcgen::CertificateParams::default();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    // OpenSSL takes a certificate for self-signed if its name is that of its issuer.
    ca.distinguished_name.push(rcgen::DnType::CommonName, "authority of a benchmark");
    std::fs::write(authority, ca.self_signed(&ca_key).expect("a certificate").pem())
        .expect("a file");
    let issuer = rcgen::Issuer::new(ca, ca_key);
    let key = rcgen::KeyPair::generate().expect("a key");
    let leaf = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
    let leaf = leaf.signed_by(&key, &issuer).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            key.serialize_der().try_into().expect("a private key"),
        );
    Arc::new(config.expect("a certificate and its key"))
}
