//! One line per request, and a line when the function can't start.
//!
//! This is the only place that writes a log, and it knows nothing but the fields below. There is
//! no `tracing` subscriber: the runtime and the SDK log whole events, headers and bodies at their
//! verbose levels, and what nobody listens to can't leak.

use std::ffi::OsString;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_sdk_dynamodb::primitives::{DateTime, DateTimeFormat};
use serde::Serialize;
use serde_json::Value;

use crate::metrics::{Function, Metadata};
use crate::settings::{SettingsError, text};

/// `JSON` (also when not set) or `Text`.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
pub const AWS_LAMBDA_LOG_FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";
/// From `TRACE` to `FATAL`; `INFO` when not set.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
pub const AWS_LAMBDA_LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";
/// Set by Lambda. The metrics are that function's, and there are none without it.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
pub const AWS_LAMBDA_FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// Set by Lambda too.
pub const AWS_LAMBDA_FUNCTION_VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";

const LEVELS: &[&str] = &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
const FORMATS: &[&str] = &["JSON", "Text"];

/// How much a line matters, in Lambda's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Chosen for everything; nothing is written at it.
    Trace,
    /// Chosen for everything; nothing is written at it.
    Debug,
    /// A request that was answered, whether with a success or with the caller's error.
    Info,
    /// A request that was throttled, or answered with something left undone.
    Warn,
    /// A request that the service failed.
    Error,
    /// The function can't start.
    Fatal,
}

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object.
    Json,
    /// `time level key=value …`.
    Text,
}

/// Where lines go, and which.
pub struct Log {
    format: Format,
    least: Level,
    sink: Mutex<Box<dyn Write + Send>>,
    function: Option<Function>,
}

/// What is told of one request. Ids are of the service's own making; everything else that a
/// request holds stays out.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine<'a> {
    /// As the caller sees it in `x-amzn-RequestId`.
    pub request_id: &'a str,
    /// Lambda's own, as in the platform's log lines, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_request_id: Option<&'a str>,
    /// The operation's name, or `Unknown`.
    pub operation: &'static str,
    /// HTTP.
    pub status: u16,
    /// `Success`, or the name of the exception.
    pub outcome: &'static str,
    /// Why a request was refused: the message of its error, which names members and rules, and never a
    /// value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
    /// What lay behind an error that is not the caller's, or was left undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<&'a str>,
    /// Once it is known to be a well-formed id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting_id: Option<String>,
    /// Of the attendee that was created or found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendee_id: Option<String>,
    /// Whether the answer is that of an earlier request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<bool>,
    /// From the event's arrival to the answer.
    pub duration_ms: f64,
    /// Whether it was the first request of this instance.
    pub cold_start: bool,
}

/// The fields of the line that an instance logs when it starts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartLine<'a> {
    /// The version of this program.
    pub version: &'static str,
    /// The AWS region of the tables; absent where the environment names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<&'a str>,
    /// Name or ARN.
    pub meetings_table: &'a str,
    /// Name or ARN.
    pub attendees_table: &'a str,
}

/// The field of the line about a warm-up that failed.
#[derive(Serialize)]
struct WarmUpLine<'a> {
    cause: &'a str,
}

#[derive(Serialize)]
struct Line<'a, T> {
    timestamp: &'a str,
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    fields: T,
}

#[derive(Serialize)]
struct NoFields {}

/// A request's line where CloudWatch reads it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Measured<'a> {
    #[serde(flatten)]
    line: &'a RequestLine<'a>,
    #[serde(flatten)]
    function: &'a Function,
    #[serde(rename = "_aws")]
    metadata: Metadata,
}

impl Log {
    /// A log of the given form, from the given level on.
    pub fn new(format: Format, least: Level, sink: impl Write + Send + 'static) -> Self {
        Self { format, least, sink: Mutex::new(Box::new(sink)), function: None }
    }

    /// The same log, whose JSON lines are also the metrics of this function.
    pub fn measuring(self, function: Option<Function>) -> Self {
        Self { function, ..self }
    }

    /// As Lambda's logging controls say, to the standard output that Lambda collects.
    pub fn from_env(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let format = match text(&var, AWS_LAMBDA_LOG_FORMAT)? {
            None => Format::Json,
            Some(word) if word.eq_ignore_ascii_case("JSON") => Format::Json,
            Some(word) if word.eq_ignore_ascii_case("Text") => Format::Text,
            Some(_) => return Err(SettingsError::NotOneOf(AWS_LAMBDA_LOG_FORMAT, FORMATS)),
        };
        let least = match text(&var, AWS_LAMBDA_LOG_LEVEL)? {
            None => Level::Info,
            Some(word) => {
                Level::parse(&word).ok_or(SettingsError::NotOneOf(AWS_LAMBDA_LOG_LEVEL, LEVELS))?
            }
        };
        let version = text(&var, AWS_LAMBDA_FUNCTION_VERSION)?;
        let function = text(&var, AWS_LAMBDA_FUNCTION_NAME)?.map(|function_name| Function {
            function_name,
            function_version: version.unwrap_or_else(|| "$LATEST".to_owned()),
        });
        Ok(Self::new(format, least, std::io::stdout()).measuring(function))
    }

    /// Tells of one request.
    pub fn request(&self, now: SystemTime, line: &RequestLine<'_>) {
        let level = match line.status {
            500.. => Level::Error,
            429 => Level::Warn,
            _ if line.cause.is_some() => Level::Warn,
            _ => Level::Info,
        };
        match (&self.function, self.format) {
            (Some(function), Format::Json) => {
                let measured = Measured { line, function, metadata: Metadata::at(now) };
                self.write(now, level, "request", &measured);
            }
            _ => self.write(now, level, "request", line),
        }
    }

    /// Logs that an instance has started.
    pub fn start(&self, now: SystemTime, line: &StartLine<'_>) {
        self.write(now, Level::Info, "start", line);
    }

    /// Logs a fault that the warm-up met and that every request will meet.
    pub fn warm_up_failed(&self, now: SystemTime, cause: &str) {
        self.write(now, Level::Warn, "warm-up failed", &WarmUpLine { cause });
    }

    /// Tells why the function can't start.
    pub fn fatal(&self, now: SystemTime, message: &str) {
        self.write(now, Level::Fatal, message, &NoFields {});
    }

    fn write(&self, now: SystemTime, level: Level, message: &str, fields: &impl Serialize) {
        if level < self.least {
            return;
        }
        let timestamp = DateTime::from(now).fmt(DateTimeFormat::DateTime).unwrap_or_default();
        let line = Line { timestamp: &timestamp, level, message, fields };
        let line = match self.format {
            Format::Json => serde_json::to_string(&line).unwrap_or_default(),
            Format::Text => text_line(serde_json::to_value(&line).unwrap_or_default()),
        };
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that can't be written must not fail the request; there is nowhere to tell it.
        let _ = writeln!(sink, "{line}").and_then(|()| sink.flush());
    }
}

impl Default for Log {
    /// JSON from `INFO` on to the standard output.
    fn default() -> Self {
        Self::new(Format::Json, Level::Info, std::io::stdout())
    }
}

impl Level {
    fn parse(word: &str) -> Option<Self> {
        let all = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error, Self::Fatal];
        LEVELS.iter().zip(all).find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, l)| l)
    }
}

/// `timestamp level message` and the other fields as `key=value`, in the order of their names.
fn text_line(line: Value) -> String {
    let Value::Object(mut fields) = line else { return String::new() };
    let mut words: Vec<String> = ["timestamp", "level", "message"]
        .iter()
        .filter_map(|name| fields.remove(*name)?.as_str().map(str::to_owned))
        .collect();
    words.extend(fields.into_iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    }));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::{Duration, UNIX_EPOCH};

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(format: Format, least: Level, line: &RequestLine<'_>) -> String {
        let sink = Sink::default();
        let log = Log::new(format, least, sink.clone());
        log.request(UNIX_EPOCH + Duration::from_millis(1_500), line);
        String::from_utf8(sink.0.lock().unwrap().clone()).unwrap()
    }

    fn line(status: u16) -> RequestLine<'static> {
        RequestLine {
            request_id: "r-1",
            operation: "CreateAttendee",
            status,
            outcome: "Success",
            replay: Some(true),
            duration_ms: 2.5,
            ..RequestLine::default()
        }
    }

    #[test]
    fn a_json_line_has_what_lambda_filters_by_and_only_what_is_known() {
        assert_eq!(
            written(Format::Json, Level::Info, &line(200)),
            "{\"timestamp\":\"1970-01-01T00:00:01.5Z\",\"level\":\"INFO\",\"message\":\"request\",\
             \"requestId\":\"r-1\",\"operation\":\"CreateAttendee\",\"status\":200,\"outcome\":\"Success\",\
             \"replay\":true,\
             \"durationMs\":2.5,\"coldStart\":false}\n"
        );
    }

    #[test]
    fn a_text_line_says_the_same() {
        assert_eq!(
            written(Format::Text, Level::Info, &line(503)),
            "1970-01-01T00:00:01.5Z ERROR request coldStart=false durationMs=2.5 \
             operation=CreateAttendee outcome=Success replay=true requestId=r-1 status=503\n"
        );
    }

    #[test]
    fn a_line_of_a_function_is_its_metrics() {
        let sink = Sink::default();
        let log = Log::new(Format::Json, Level::Info, sink.clone());
        let log = log.measuring(Some(Function {
            function_name: "rollcall-prod".to_owned(),
            function_version: "7".to_owned(),
        }));
        log.request(UNIX_EPOCH + Duration::from_millis(1_500), &line(200));
        let line: Value = serde_json::from_slice(&sink.0.lock().unwrap()).unwrap();
        assert_eq!(
            line["_aws"],
            serde_json::json!({
                "Timestamp": 1_500,
                "CloudWatchMetrics": [{
                    "Namespace": "Rollcall",
                    "Dimensions": [
                        ["functionName", "operation", "outcome"],
                        ["functionName", "outcome"],
                        ["functionName", "functionVersion", "outcome"],
                    ],
                    "Metrics": [{"Name": "durationMs", "Unit": "Milliseconds"}],
                }],
            })
        );
        // What it refers to stands beside it: text for dimensions, a number for the metric.
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        for name in directive["Dimensions"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|set| set.as_array().unwrap().iter().map(|name| name.as_str().unwrap()))
        {
            assert!(line[name].is_string(), "{name}");
        }
        assert!(line[directive["Metrics"][0]["Name"].as_str().unwrap()].is_number());
    }

    #[test]
    fn lines_below_the_level_are_not_written() {
        assert_eq!(written(Format::Json, Level::Warn, &line(404)), "");
        assert_ne!(written(Format::Json, Level::Warn, &line(429)), "");
        assert_eq!(written(Format::Json, Level::Error, &line(429)), "");
        assert_ne!(written(Format::Json, Level::Error, &line(500)), "");
    }

    #[test]
    fn the_variables_of_lambda_choose_and_others_are_refused() {
        let read = |name: &'static str, value: &'static str| {
            Log::from_env(move |asked| (asked == name).then(|| value.into()))
                .map(|log| (log.format, log.least))
        };
        assert_eq!(read("", "").unwrap(), (Format::Json, Level::Info));
        assert_eq!(read(AWS_LAMBDA_LOG_FORMAT, "Text").unwrap().0, Format::Text);
        assert_eq!(read(AWS_LAMBDA_LOG_LEVEL, "TRACE").unwrap().1, Level::Trace);
        assert_eq!(
            read(AWS_LAMBDA_LOG_LEVEL, "LOUD").unwrap_err().to_string(),
            "AWS_LAMBDA_LOG_LEVEL is none of TRACE, DEBUG, INFO, WARN, ERROR, FATAL"
        );
    }
}
