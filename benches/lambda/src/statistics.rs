//! Order statistics.

use std::time::Duration;

/// The value at this share of the sorted values; 0.5 is the median.
pub fn quantile(values: &[Duration], share: f64) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let last = sorted.len() - 1;
    sorted[(last as f64 * share).round() as usize]
}

pub fn median(values: &[Duration]) -> Duration {
    quantile(values, 0.5)
}

/// A duration in milliseconds.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
