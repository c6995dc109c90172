//! The Lambda binary as Lambda starts it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::lambda::{Lambda, binary};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_events_and_logs_json_lines() {
    let world = World::new().await;
    let variables = [
        ("AWS_ACCESS_KEY_ID", "any"),
        ("AWS_SECRET_ACCESS_KEY", "any"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &world.dynamodb_url),
        ("MEETINGS_TABLE", &world.settings.meetings_table),
        ("ATTENDEES_TABLE", &world.settings.attendees_table),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
    ];
    let mut lambda = Lambda::start(Duration::from_secs(10), &variables).await;

    // The binary's clock is the machine's, the world's is not: the meeting is made by the binary.
    let post = |path: &str, body: Value| {
        json!({
            "resource": path,
            "path": path,
            "httpMethod": "POST",
            "headers": {"Content-Type": "application/json"},
            "requestContext": {"requestId": "from-the-gateway", "stage": "prod"},
            "body": body.to_string(),
        })
    };
    let meeting = json!({
        "ClientRequestToken": "secret-token",
        "ExternalMeetingId": "secret-meeting",
        "MediaRegion": "eu-central-1",
    });
    let created = lambda.answer(post("/meetings", meeting)).await;
    assert_eq!(created["statusCode"], 200, "{created}");
    let created: Value = serde_json::from_str(created["body"].as_str().unwrap()).unwrap();
    let meeting_id = created["Meeting"]["MeetingId"].as_str().unwrap();
    assert_eq!(
        created["Meeting"]["MeetingArn"],
        format!("arn:aws:chime:eu-central-1:123456789012:meeting/{meeting_id}")
    );

    let join = post(
        &format!("/meetings/{meeting_id}/attendees"),
        json!({"ExternalUserId": "secret-user"}),
    );
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let joined = lambda.answer(join.clone()).await;
        assert_eq!(joined["statusCode"], 200, "{joined}");
        bodies.push(joined["body"].clone());
    }
    assert_eq!(bodies[0], bodies[1]);
    let refused = lambda.answer(json!({"source": "aws.events"})).await;
    assert_eq!(refused["statusCode"], 400, "{refused}");

    let [out, err] = lambda.stop().await;
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert_eq!(lines[0]["coldStart"], true);
    assert_eq!(lines[1]["requestId"], "from-the-gateway");
    assert_eq!(lines[1]["lambdaRequestId"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_eq!(lines[2]["replay"], true);
    assert_eq!(lines[2]["functionName"], "rollcall");
    assert_eq!(lines[2]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Rollcall");
    assert_eq!(lines[3]["requestId"], "8476a536-e9f4-11e8-9739-2dfe598c3fcd");
    assert_eq!(err, "", "only the log writes");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_table_it_says_which_and_does_not_start() {
    let output = binary(&[("MEETINGS_TABLE", "m")]).output().await.unwrap();
    assert!(!output.status.success());
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["level"], "FATAL");
    assert_eq!(line["message"], "ATTENDEES_TABLE is not set: it names a DynamoDB table");
}
