//! A stand-in for the Lambda Runtime API that serves one function.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::http::{self, Request};

/// The timeout of a request, which is long enough under valgrind.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

pub struct RuntimeApi {
    pub address: String,
    asked: Receiver<Instant>,
    events: Sender<String>,
    responses: Receiver<(Duration, Value)>,
}

struct Connections {
    asked: Sender<Instant>,
    events: Mutex<Receiver<String>>,
    sent: Mutex<Instant>,
    responses: Sender<(Duration, Value)>,
}

impl RuntimeApi {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let ((asked, is_asked), (events, event)) = (channel(), channel());
        let (responses, received) = channel();
        let (events_in, sent) = (Mutex::new(event), Mutex::new(Instant::now()));
        let connections = Arc::new(Connections { asked, events: events_in, sent, responses });
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                stream.set_nodelay(true).expect("no delay");
                let connections = connections.clone();
                // The connections of a function that has ended fail.
                std::thread::spawn(move || {
                    http::serve(stream, |request| connections.respond(&request))
                });
            }
        });
        Self { address, asked: is_asked, events, responses: received }
    }

    /// Waits until the function asks for its next event, and returns the time at which it asked.
    pub fn wait_until_asked(&self) -> Instant {
        self.asked.recv_timeout(REQUEST_TIMEOUT).expect("a function that asks for its next event")
    }

    /// Sends an event to a function that has asked for one, and waits until it asks for the next. Returns
    /// the response, and the time that it took.
    pub fn invoke(&self, event: String) -> (Duration, Value) {
        self.events.send(event).expect("a server");
        let response =
            self.responses.recv_timeout(REQUEST_TIMEOUT).expect("a function that responds");
        self.wait_until_asked();
        response
    }
}

impl Connections {
    fn respond(&self, request: &Request) -> String {
        if request.path.ends_with("/restore/next") {
            // The snapshot is restored at once.
            return http::response("200 OK", "", "");
        }
        if request.method == "GET" {
            self.asked.send(Instant::now()).expect("a benchmark");
            let event = self.events.lock().expect("events").recv();
            // The channel is closed when the benchmark is about to end the function.
            let event = event.unwrap_or_default();
            let deadline = (SystemTime::now() + REQUEST_TIMEOUT).duration_since(UNIX_EPOCH);
            let headers = format!(
                "Content-Type: application/json\r\n\
                 Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
                 Lambda-Runtime-Deadline-Ms: {}\r\n\
                 Lambda-Runtime-Invoked-Function-Arn: \
                 arn:aws:lambda:eu-central-1:123456789012:function:rollcall\r\n",
                deadline.expect("a time after 1970").as_millis()
            );
            let response = http::response("200 OK", &headers, &event);
            *self.sent.lock().expect("a time") = Instant::now();
            return response;
        }
        let elapsed = self.sent.lock().expect("a time").elapsed();
        assert!(request.path.ends_with("/response"), "{}", String::from_utf8_lossy(&request.body));
        let response = serde_json::from_slice(&request.body).expect("JSON");
        self.responses.send((elapsed, response)).expect("a benchmark");
        http::response("202 Accepted", "Content-Type: application/json\r\n", "{\"status\":\"OK\"}")
    }
}
