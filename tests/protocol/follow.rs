//! Histories of a model that the real service follows: a shortest one to each kind of step.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use rollcall_protocol::explorer::{History, Model, Report};

use crate::search::lines;

/// How many histories run at the same time.
const CONCURRENT_HISTORIES: usize = 4;

/// Follows the histories to each kind of step that the searches found, and expects at least `min` of them.
pub async fn each_kind_of_step<M: Model, F: Future<Output = ()> + Send + 'static>(
    reports: impl Iterator<Item = Report<M>>,
    min: usize,
    follow: impl Fn(History<M>) -> F,
) {
    let mut kinds = HashSet::new();
    let histories = reports
        .flat_map(|report| report.kinds)
        .filter(|history| history.last().is_some_and(|step| kinds.insert(step.kind)));
    let follow = |history: History<M>| {
        let steps = lines(&history);
        let followed = tokio::spawn(follow(history));
        async move { followed.await.unwrap_or_else(|error| panic!("{error}\n{steps}")) }
    };
    let followed = stream::iter(histories).map(follow).buffer_unordered(CONCURRENT_HISTORIES);
    let count = followed.count().await;
    assert!(count >= min, "{count} histories");
}
