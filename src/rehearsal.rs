//! The first request, before there is one.
//!
//! What runs for the first time has to come into memory and into the processor's caches, and what is
//! made when it is first needed has to be made. Lambda gives a function more CPU to start than to
//! answer, so an instance asks itself for an attendee before it asks for an event: on a DynamoDB that
//! agrees to everything, with a log that nobody reads. What is asked for exists nowhere.

use std::io::sink;
use std::time::Duration;

use crate::log::{Format, Level};
use crate::{Clock, Invocation, Log, Service, Settings, Store};

/// A create as API Gateway sends it.
const EVENT: &str = r#"{
  "resource": "/meetings/{MeetingId}/attendees",
  "path": "/meetings/00000000-0000-0000-0000-000000000000/attendees",
  "httpMethod": "POST",
  "headers": {"Content-Type": "application/json"},
  "multiValueHeaders": {"Content-Type": ["application/json"]},
  "queryStringParameters": null,
  "multiValueQueryStringParameters": null,
  "pathParameters": {"MeetingId": "00000000-0000-0000-0000-000000000000"},
  "requestContext": {"requestId": "00000000-0000-0000-0000-000000000000", "stage": "prod"},
  "body": "{\"ExternalUserId\":\"rehearsal\"}",
  "isBase64Encoded": false
}"#;

/// The first run prepares what the second meets prepared, as a request of a caller will. With five the
/// first request of a caller was no quicker that could be told from the noise.
const RUNS: usize = 2;

/// Answers a request that nobody made, and tells how: the function's answer, as it would be sent.
/// Nothing leaves the process.
pub async fn rehearse(store: &Store, settings: &Settings) -> String {
    let log = Log::new(Format::Json, Level::Info, sink());
    let service = Service::new(store.agreeing(), Clock::system(), settings.clone(), log);
    let invocation = Invocation {
        request_id: String::new(),
        function_arn: String::new(),
        time_left: Duration::from_secs(1),
    };
    let mut answer = String::new();
    for _ in 0..RUNS {
        let run = service.answer(EVENT, &invocation).await;
        answer = serde_json::to_string(&run).unwrap_or_default();
    }
    answer
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
    use serde_json::Value;

    use super::*;
    use crate::store::with_limits;

    #[tokio::test]
    async fn it_goes_the_whole_way_of_a_create_and_asks_nobody() {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            // Nobody listens there.
            .endpoint_url("http://127.0.0.1:1")
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("any", "any", None, None, "test"));
        let client = aws_sdk_dynamodb::Client::from_conf(with_limits(config).build());
        let settings = Settings::new("meetings", "attendees");
        let answer = rehearse(&Store::new(client, &settings), &settings).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["statusCode"], 200, "{answer}");
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["Attendee"]["ExternalUserId"], "rehearsal");
    }
}
