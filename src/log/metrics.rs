//! CloudWatch metrics. CloudWatch reads them from the log line of a request, so no request waits for
//! a call to its API.
//!
//! One metric is enough: its sample count is the number of requests, and its statistics are their
//! durations. CloudWatch bills each combination of operation and outcome that occurs.
//!
//! The members follow the embedded metric format:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The namespace of the metrics.
pub const NAMESPACE: &str = "Rollcall";
/// The metric: the member of the log line that is the duration in milliseconds.
pub const METRIC: &str = "durationMs";
/// The sets of members that CloudWatch groups the metric by: one for each operation; one for alarms
/// on all operations; and one for the alarm on a version during its deployment.
pub const DIMENSIONS: [&[&str]; 3] = [
    &["functionName", "operation", "outcome"],
    &["functionName", "outcome"],
    &["functionName", "functionVersion", "outcome"],
];

/// The function that the metrics are about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Function {
    pub(super) function_name: String,
    /// The version that handles the request, or `$LATEST`.
    pub(super) function_version: String,
}

/// The members that make a log line a metric.
#[derive(Serialize)]
pub(super) struct Metrics<'a> {
    #[serde(flatten)]
    function: &'a Function,
    #[serde(rename = "_aws")]
    metadata: Metadata,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    timestamp: u64,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 3],
    metrics: [Metric; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl<'a> Metrics<'a> {
    /// The metrics of a line that is written at `now`.
    pub(super) fn new(function: &'a Function, now: SystemTime) -> Self {
        let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        let metadata = Metadata {
            timestamp: u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX),
            cloud_watch_metrics: [Directive {
                namespace: NAMESPACE,
                dimensions: DIMENSIONS,
                metrics: [Metric { name: METRIC, unit: "Milliseconds" }],
            }],
        };
        Self { function, metadata }
    }
}
