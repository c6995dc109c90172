//! The connection that is there before the first request needs it.

use std::time::Duration;

use aws_sdk_dynamodb::config::Config;
use aws_sdk_dynamodb::config::retry::RetryConfig;

use super::schema::meeting::MEETING_ID;
use super::{Store, item};

/// What a start may take longer because of it, at worst.
const LONGEST: Duration = Duration::from_secs(1);

/// No meeting's, for it is no id.
const NOBODY: &str = "warming";

impl Store {
    /// Asks for a meeting that cannot be, so that the name is resolved and the connection made when a
    /// request comes.
    ///
    /// What comes of it does not matter, and is told by nobody: where DynamoDB can't be reached, it
    /// is the request that says so.
    pub async fn warm_up(&self) {
        let once = Config::builder().retry_config(RetryConfig::disabled());
        let get = self
            .client
            .get_item()
            .table_name(&self.meetings_table)
            .key(MEETING_ID, item::string(NOBODY))
            .customize()
            .config_override(once);
        let _ = tokio::time::timeout(LONGEST, get.send()).await;
    }
}
