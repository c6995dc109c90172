//! What CloudWatch makes metrics of: a member of the line that is logged of a request, so that no
//! request pays for a call.
//!
//! One metric is enough. Its sample count is the number of requests, and its statistics are their
//! durations. CloudWatch bills each combination of an operation and an outcome that occurred.
//!
//! The form is the embedded metric format:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

/// The namespace of the metrics.
pub const NAMESPACE: &str = "Rollcall";
/// The member of the line that is the metric, in milliseconds.
pub const METRIC: &str = "durationMs";
/// The members of the line by which the metric is told apart: by operation; for alarms, whatever the
/// operation was; and for the alarm of a version that is being deployed.
pub const DIMENSIONS: [&[&str]; 3] = [
    &["functionName", "operation", "outcome"],
    &["functionName", "outcome"],
    &["functionName", "functionVersion", "outcome"],
];

/// Whose metrics they are.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// The function's name.
    pub function_name: String,
    /// The version that answers, or `$LATEST`.
    pub function_version: String,
}

/// The value of the member `_aws`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Metadata {
    timestamp: u64,
    cloud_watch_metrics: [Directive; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 3],
    metrics: [Metric; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    name: &'static str,
    unit: &'static str,
}

impl Metadata {
    /// For a line that is written at this time.
    pub fn at(now: SystemTime) -> Self {
        let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            timestamp: u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX),
            cloud_watch_metrics: [Directive {
                namespace: NAMESPACE,
                dimensions: DIMENSIONS,
                metrics: [Metric { name: METRIC, unit: "Milliseconds" }],
            }],
        }
    }
}
