//! The log of `cargo local`: for each request a line that a person reads at a glance.

use std::io::Write;

use serde::Deserialize;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

/// Rewrites JSON lines of [`rollcall::Log`] as `time  operation  status outcome: why  milliseconds`. The
/// time is in UTC. Other lines stay unchanged.
pub struct Console<W> {
    sink: W,
    colour: bool,
    line: Vec<u8>,
}

/// The fields of a request's JSON line that are shown.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    timestamp: String,
    operation: String,
    status: u16,
    outcome: String,
    reason: Option<String>,
    cause: Option<String>,
    replay: Option<bool>,
    duration_ms: f64,
}

impl<W> Console<W> {
    /// A console that writes to `sink`, with the colours of a terminal or without colour.
    pub fn new(sink: W, colour: bool) -> Self {
        Self { sink, colour, line: Vec::new() }
    }

    fn readable(&self, request: Request) -> String {
        let time = request.timestamp.get(11..19).unwrap_or_default();
        let colour = match request.status {
            500.. => RED,
            400.. => YELLOW,
            // A successful request with a warning.
            _ if request.cause.is_some() => YELLOW,
            _ => GREEN,
        };
        // The delivery of an event may have no response.
        let status = match request.status {
            0 => String::new(),
            status => format!("{status} "),
        };
        let replay = || (request.replay == Some(true)).then(|| "replay".to_owned());
        let why = request.reason.or(request.cause).or_else(replay);
        format!(
            "{}  {}  {}{}  {}\n",
            self.paint(DIM, &format!("{time}Z")),
            // As wide as CreateMeetingWithAttendees.
            self.paint(BOLD, &format!("{:26}", request.operation)),
            self.paint(colour, &format!("{status}{}", request.outcome)),
            why.map(|why| format!(": {why}")).unwrap_or_default(),
            self.paint(DIM, &format!("{:.1} ms", request.duration_ms)),
        )
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

impl<W: Write> Write for Console<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.line.write(bytes)
    }

    /// Writes the line. The log flushes its sink after each line.
    fn flush(&mut self) -> std::io::Result<()> {
        let line = std::mem::take(&mut self.line);
        match serde_json::from_slice(&line) {
            Ok(request) => self.sink.write_all(self.readable(request).as_bytes()),
            Err(_) => self.sink.write_all(&line),
        }?;
        self.sink.flush()
    }
}
