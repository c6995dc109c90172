//! How many requests to DynamoDB an operation makes.

use aws_sdk_chimesdkmeetings::types::CreateAttendeeRequestItem;
use serde_json::json;

use crate::app::{HttpResponse, TestApp};
use crate::faults::plan::FaultPlan;
use crate::suite::MEETING_TOKEN;
use crate::suite::meetings::{request, send};
use rollcall_testing::gateway;

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_names_a_meeting_takes_one_request_and_a_new_one_three() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, gateway::TIMEOUT).await;
    let requests = |before: usize| {
        let requests = plan.requests().into_iter().skip(before);
        requests.map(|request| request.operation).collect::<Vec<_>>()
    };
    for expected in [&["GetItem", "Query", "PutItem"][..], &["GetItem"]] {
        let before = plan.requests().len();
        app.create_meeting().await;
        assert_eq!(requests(before), expected);
    }
    for user in ["alice", "bob", "alice"] {
        let before = plan.requests().len();
        let join = app.chime.create_meeting_with_attendees();
        let join = join.client_request_token(app.token(MEETING_TOKEN));
        let join = join.external_meeting_id("any").media_region("us-west-2");
        let item = CreateAttendeeRequestItem::builder().external_user_id(user).build().unwrap();
        join.attendees(item).send().await.unwrap();
        assert_eq!(requests(before), ["GetItem", "UpdateItem", "PutItem"]);
    }
    let primary = app.create_meeting().await;
    let creation = ["GetItem", "Query", "GetItem", "TransactWriteItems"];
    for expected in [&creation[..], &["GetItem"]] {
        let before = plan.requests().len();
        send(request(&app, "replica").primary_meeting_id(&primary)).await.unwrap();
        assert_eq!(requests(before), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_and_a_replay_are_two_requests_each() {
    let plan = FaultPlan::default();
    let app = TestApp::with_faults(&plan, gateway::TIMEOUT).await;
    let other = app.other_instance(0).await;
    let requests = async |user: &str, meeting_id: &str| {
        let before = plan.requests().len();
        app.create_attendee(meeting_id, user).await.unwrap();
        plan.requests().len() - before
    };
    let plain = app.create_meeting().await;
    assert_eq!(requests("alice", &plain).await, 2);
    assert_eq!(requests("alice", &plain).await, 2);

    // A batch reserves all seats with one request, even if some users already have one.
    let batch = async |from: usize, to: usize| {
        let item = |user| CreateAttendeeRequestItem::builder().external_user_id(user).build();
        let items = (from..to).map(|user| item(format!("user-{user}")).unwrap()).collect();
        let request = app.chime.batch_create_attendee().meeting_id(&plain);
        let before = plan.requests().len();
        let response = request.set_attendees(Some(items)).send().await.unwrap();
        assert_eq!((response.attendees().len(), response.errors()), (to - from, &[][..]));
        plan.requests().len() - before
    };
    assert_eq!(batch(0, 100).await, 101);
    assert_eq!(batch(0, 100).await, 101);
    // 101 seats are reserved, so the next batches would not fit if all their users were new.
    assert_eq!(batch(100, 200).await, 101);
    assert_eq!(batch(150, 240).await, 1 + 91);

    // Deleted users of a batch get new attendees one after the other, because DynamoDB cancels transactions that
    // meet on one item.
    let list = app.chime.list_attendees().meeting_id(&plain).max_results(20).send().await.unwrap();
    let listed = list.attendees().len();
    let mut items = Vec::new();
    for attendee in list.attendees() {
        let delete = app.chime.delete_attendee().meeting_id(&plain);
        delete.attendee_id(attendee.attendee_id().unwrap()).send().await.unwrap();
        let item = CreateAttendeeRequestItem::builder();
        items.push(item.set_external_user_id(attendee.external_user_id.clone()).build().unwrap());
    }
    let request = app.chime.batch_create_attendee().meeting_id(&plain);
    let response = request.set_attendees(Some(items)).send().await.unwrap();
    assert_eq!((response.attendees().len(), response.errors()), (listed, &[][..]));
    assert_eq!(plan.max_transactions(), 1);

    // A full page takes one query, after reading the meeting. An empty token counts as absent.
    let before = plan.requests().len();
    let page = app.chime.list_attendees().meeting_id(&plain).max_results(100).next_token("");
    let page = page.send().await.unwrap();
    assert_eq!((page.attendees().len(), page.next_token().is_some()), (100, true));
    assert_eq!(plan.requests().len() - before, 2);

    // The instance that created a meeting knows its default capabilities.
    let create = |app: &TestApp, token: &str| {
        let body = json!({
            "ClientRequestToken": token,
            "ExternalMeetingId": "all-hands",
            "MediaRegion": "eu-central-1",
            "MeetingFeatures": {"Video": {"MaxResolution": "None"}},
        });
        let url = app.url.clone();
        async move {
            let request = reqwest::Client::new().post(format!("{url}/meetings"));
            let request = request.header("content-type", "application/json");
            let response = HttpResponse::read(request.body(body.to_string())).await.json();
            response["Meeting"]["MeetingId"].as_str().unwrap().to_owned()
        }
    };
    let own = create(&app, "own").await;
    assert_eq!(requests("alice", &own).await, 2);
    assert_eq!(requests("alice", &own).await, 2);

    // For another instance's meeting it learns them from one failed condition.
    let others = create(&other, "others").await;
    assert_eq!(requests("alice", &others).await, 3);
    assert_eq!(requests("bob", &others).await, 2);
}
