//! The log: one line per request, one when an instance starts, and one when it can't.
//!
//! Nothing else in this crate writes a log, and the lines contain only the fields declared in
//! `line.rs`. There is no `tracing` subscriber, because the runtime and the SDK log whole events,
//! headers and bodies at their verbose levels; without a subscriber none of that is written.

mod line;
pub mod metrics;

use std::ffi::OsString;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format as DateTimeFormat;
use serde::Serialize;
use serde_json::Value;

pub use line::{RequestLine, StartLine};

use crate::settings::{SettingsError, text};
use line::CauseLine;
use metrics::{Function, Metrics};

/// The format of log lines: `JSON` (the default) or `Text`.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
const AWS_LAMBDA_LOG_FORMAT: &str = "AWS_LAMBDA_LOG_FORMAT";
/// The lowest level that is written, from `TRACE` to `FATAL`; `INFO` by default.
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
const AWS_LAMBDA_LOG_LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";
/// The function's name, which Lambda sets. Without it, lines carry no metrics.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const AWS_LAMBDA_FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// The function's version, which Lambda sets.
const AWS_LAMBDA_FUNCTION_VERSION: &str = "AWS_LAMBDA_FUNCTION_VERSION";

const FORMATS: &[(&str, Format)] = &[("JSON", Format::Json), ("Text", Format::Text)];
const LEVELS: &[(&str, Level)] = &[
    ("TRACE", Level::Trace),
    ("DEBUG", Level::Debug),
    ("INFO", Level::Info),
    ("WARN", Level::Warn),
    ("ERROR", Level::Error),
    ("FATAL", Level::Fatal),
];

/// The severity of a line, named as in Lambda's logging controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Selects every line; no line has this level.
    Trace,
    /// Selects every line; no line has this level.
    Debug,
    /// The start of an instance, or a request that succeeded or failed because of the caller.
    Info,
    /// A throttled request, a successful one with a warning, a failed warm-up, or a doubtful setting.
    Warn,
    /// A request that failed because of the service.
    Error,
    /// The function can't start.
    Fatal,
}

/// The format of lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    Json,
    /// `timestamp level message key=value …`
    Text,
}

/// Writes log lines of a level and above to one destination.
pub struct Log {
    format: Format,
    min_level: Level,
    sink: Mutex<Box<dyn Write + Send>>,
    function: Option<Function>,
}

#[derive(Serialize)]
struct Line<'a, T> {
    timestamp: &'a str,
    level: Level,
    message: &'a str,
    #[serde(flatten)]
    fields: T,
    #[serde(flatten)]
    metrics: Option<Metrics<'a>>,
}

impl Log {
    /// A log without metrics that writes lines of `min_level` and above to `sink`.
    pub fn new(format: Format, min_level: Level, sink: impl Write + Send + 'static) -> Self {
        Self { format, min_level, sink: Mutex::new(Box::new(sink)), function: None }
    }

    /// A log to the standard output, which Lambda collects, set up by Lambda's logging controls. Its
    /// JSON lines carry metrics where the environment names a function.
    pub fn from_env(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        let format = choice(&var, AWS_LAMBDA_LOG_FORMAT, FORMATS)?.unwrap_or(Format::Json);
        let min_level = choice(&var, AWS_LAMBDA_LOG_LEVEL, LEVELS)?.unwrap_or(Level::Info);
        let version = text(&var, AWS_LAMBDA_FUNCTION_VERSION)?;
        let function = text(&var, AWS_LAMBDA_FUNCTION_NAME)?.map(|function_name| Function {
            function_name,
            function_version: version.unwrap_or_else(|| "$LATEST".to_owned()),
        });
        Ok(Self { function, ..Self::new(format, min_level, std::io::stdout()) })
    }

    /// Logs one request. The level follows from the status and from the presence of a cause.
    pub fn request(&self, now: SystemTime, line: &RequestLine<'_>) {
        let level = match line.status {
            500.. => Level::Error,
            429 => Level::Warn,
            _ if line.cause.is_some() => Level::Warn,
            _ => Level::Info,
        };
        // CloudWatch reads metrics from JSON lines only.
        let function = self.function.as_ref().filter(|_| self.format == Format::Json);
        let metrics = function.map(|function| Metrics::new(function, now));
        self.write(now, level, "request", line, metrics);
    }

    /// Logs that an instance has started.
    pub fn start(&self, now: SystemTime, line: &StartLine<'_>) {
        self.write(now, Level::Info, "start", line, None);
    }

    /// Logs what every request will meet or what is likely to be a mistake in the settings.
    pub fn warning(&self, now: SystemTime, message: &str, cause: Option<&str>) {
        self.write(now, Level::Warn, message, &CauseLine { cause }, None);
    }

    /// Logs why the function can't start.
    pub fn fatal(&self, now: SystemTime, message: &str) {
        self.write(now, Level::Fatal, message, &CauseLine { cause: None }, None);
    }

    fn write(
        &self,
        now: SystemTime,
        level: Level,
        message: &str,
        fields: &impl Serialize,
        metrics: Option<Metrics<'_>>,
    ) {
        if level < self.min_level {
            return;
        }
        let timestamp = DateTime::from(now).fmt(DateTimeFormat::DateTime).unwrap_or_default();
        let line = Line { timestamp: &timestamp, level, message, fields, metrics };
        let line = match self.format {
            Format::Json => serde_json::to_string(&line).unwrap_or_default(),
            Format::Text => text_line(serde_json::to_value(&line).unwrap_or_default()),
        };
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // A failure to log must not fail the request, and there is no other place to report it.
        let _ = writeln!(sink, "{line}").and_then(|()| sink.flush());
    }
}

impl Default for Log {
    /// JSON lines of `INFO` and above, to the standard output.
    fn default() -> Self {
        Self::new(Format::Json, Level::Info, std::io::stdout())
    }
}

/// Reads a variable that is one of these words, in any case.
fn choice<T: Copy>(
    var: impl Fn(&str) -> Option<OsString>,
    name: &'static str,
    choices: &[(&str, T)],
) -> Result<Option<T>, SettingsError> {
    let Some(text) = text(var, name)? else { return Ok(None) };
    let chosen = choices.iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
    chosen.map(|(_, value)| Some(*value)).ok_or_else(|| {
        let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
        SettingsError::new(name, format!("must be one of {}", words.join(", ")))
    })
}

/// `timestamp level message`, then the other fields as `key=value`, sorted by key.
fn text_line(line: Value) -> String {
    let Value::Object(mut fields) = line else { return String::new() };
    let first = ["timestamp", "level", "message"].map(|name| fields.remove(name));
    let first = first.iter().flatten().filter_map(|value| value.as_str().map(str::to_owned));
    let others = fields.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    });
    first.chain(others).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    use rollcall_testing::memory_log::MemoryLog;

    fn written(format: Format, min_level: Level, line: &RequestLine<'_>) -> String {
        let lines = MemoryLog::default();
        let log = Log::new(format, min_level, lines.clone());
        log.request(UNIX_EPOCH + Duration::from_millis(1_500), line);
        lines.text()
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
    fn a_json_line_has_the_members_that_lambda_filters_by_and_no_empty_ones() {
        assert_eq!(
            written(Format::Json, Level::Info, &line(200)),
            "{\"timestamp\":\"1970-01-01T00:00:01.5Z\",\"level\":\"INFO\",\"message\":\"request\",\
             \"requestId\":\"r-1\",\"operation\":\"CreateAttendee\",\"status\":200,\"outcome\":\"Success\",\
             \"replay\":true,\
             \"durationMs\":2.5,\"coldStart\":false}\n"
        );
    }

    #[test]
    fn a_text_line_has_the_same_fields() {
        assert_eq!(
            written(Format::Text, Level::Info, &line(503)),
            "1970-01-01T00:00:01.5Z ERROR request coldStart=false durationMs=2.5 \
             operation=CreateAttendee outcome=Success replay=true requestId=r-1 status=503\n"
        );
    }

    #[test]
    fn a_request_line_of_a_function_carries_its_metrics() {
        let lines = MemoryLog::default();
        let function = Function {
            function_name: "rollcall-prod".to_owned(),
            function_version: "7".to_owned(),
        };
        let log = Log::new(Format::Json, Level::Info, lines.clone());
        let log = Log { function: Some(function), ..log };
        log.request(UNIX_EPOCH + Duration::from_millis(1_500), &line(200));
        let line: Value = serde_json::from_str(&lines.text()).unwrap();
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
        // The same line has the members that the directive names: text for dimensions, a number for the
        // metric.
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
    fn lambda_s_variables_set_format_and_level_and_other_values_are_refused() {
        let read = |name: &'static str, value: &'static str| {
            Log::from_env(move |asked| (asked == name).then(|| value.into()))
                .map(|log| (log.format, log.min_level))
        };
        assert_eq!(read("", "").unwrap(), (Format::Json, Level::Info));
        assert_eq!(read(AWS_LAMBDA_LOG_FORMAT, "Text").unwrap().0, Format::Text);
        assert_eq!(read(AWS_LAMBDA_LOG_FORMAT, "TEXT").unwrap().0, Format::Text);
        assert_eq!(read(AWS_LAMBDA_LOG_LEVEL, "TRACE").unwrap().1, Level::Trace);
        assert_eq!(
            read(AWS_LAMBDA_LOG_LEVEL, "LOUD").unwrap_err().to_string(),
            "AWS_LAMBDA_LOG_LEVEL must be one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL"
        );
    }
}
