//! The floor of a create: a plain `lambda_http` and `aws-config` function that reads an HTTP event, sends
//! the same UpdateItem and PutItem as the product, and responds with a constant. The HTTP client is the
//! product's, so that both have the same TLS library and root certificates.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_config::BehaviorVersion;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use lambda_http::{Error, Request, run, service_fn};

const MEETING: &str = "04ba7deb-d3dd-5bae-99ed-f8d230ac1522";
const CLAIM: &str = "attribute_exists(MeetingId) AND attribute_not_exists(EndedAt) \
                     AND ExpiresAt > :now AND ExpiresAt <= :over_by \
                     AND attribute_not_exists(ExcludedMedia) \
                     AND attribute_type(MaxAttendees, :number) \
                     AND (attribute_not_exists(Seats) \
                     OR size(Seats) < MaxAttendees \
                     OR contains(Seats, :seat))";

/// The number of the next user. Each request needs another user, or DynamoDB would refuse the put.
static USERS: AtomicU64 = AtomicU64::new(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let config = aws_config::defaults(BehaviorVersion::latest());
    let config = config.http_client(rollcall::store::Connections::default()).load().await;
    let dynamodb = &Client::new(&config);
    run(service_fn(|_: Request| async move {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let number = |number: &str| AttributeValue::N(number.to_owned());
        let seat = Blob::new([7; 16]);
        dynamodb
            .update_item()
            .table_name("rollcall-meetings")
            .key("MeetingId", text(MEETING))
            .update_expression("ADD Seats :seats")
            .condition_expression(CLAIM)
            .expression_attribute_values(":now", number("1800000000"))
            .expression_attribute_values(":seats", AttributeValue::Bs(vec![seat.clone()]))
            .expression_attribute_values(":seat", AttributeValue::B(seat))
            .expression_attribute_values(":number", text("N"))
            .expression_attribute_values(":over_by", number("1800090000"))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await?;
        let user = format!("user-{}@example.com", USERS.fetch_add(1, Ordering::Relaxed));
        let media = ["Audio", "Video", "Content"];
        let media = media.map(|medium| (medium.to_owned(), text("SendReceive")));
        dynamodb
            .put_item()
            .table_name("rollcall-attendees")
            .item("MeetingId", text(MEETING))
            .item("ExternalUserId", text(&user))
            .item("AttendeeId", text("0f8fad5b-d9cb-469f-a165-70867728950e"))
            .item("JoinToken", text("qzQ0mDUT0RHl3sBvJx6gNmBXtjKQrm4VLvPqGOjNbFh"))
            .item("Capabilities", AttributeValue::M(HashMap::from(media)))
            .item("ExpiresAt", number("1800090000"))
            .condition_expression("attribute_not_exists(MeetingId)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await?;
        Ok::<_, Error>("{}")
    }))
    .await
}
