//! How many requests to DynamoDB an operation makes.

use crate::app::TestApp;
use crate::faults::plan::FaultPlan;
use crate::suite::batch_create_attendee::batch;
use crate::suite::create_meeting_with_attendees::item;
use crate::suite::meetings::create_replica;
use crate::suite::{MEETING_TOKEN, features};
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
        join.attendees(item(user, None)).send().await.unwrap();
        assert_eq!(requests(before), ["GetItem", "UpdateItem", "PutItem"]);
    }
    let primary = app.create_meeting().await;
    let creation = ["GetItem", "Query", "GetItem", "TransactWriteItems"];
    for expected in [&creation[..], &["GetItem"]] {
        let before = plan.requests().len();
        create_replica(&app, "replica", &primary).await.unwrap();
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
    let requests_of_batch = async |users: Vec<&str>| {
        let (before, count) = (plan.requests().len(), users.len());
        let items = users.into_iter().map(|user| item(user, None)).collect();
        let response = batch(&app, &plain, items).await.unwrap();
        assert_eq!((response.attendees().len(), response.errors()), (count, &[][..]));
        plan.requests().len() - before
    };
    let users: Vec<_> = (0..240).map(|user| format!("user-{user}")).collect();
    let users: Vec<_> = users.iter().map(String::as_str).collect();
    assert_eq!(requests_of_batch(users[..100].to_vec()).await, 101);
    assert_eq!(requests_of_batch(users[..100].to_vec()).await, 101);
    // 101 seats are reserved, so the next batches would not fit if all their users were new.
    assert_eq!(requests_of_batch(users[100..200].to_vec()).await, 101);
    assert_eq!(requests_of_batch(users[150..].to_vec()).await, 1 + 91);

    // Deleted users of a batch get new attendees one after the other, because DynamoDB cancels transactions that
    // meet on one item.
    let list = app.chime.list_attendees().meeting_id(&plain).max_results(20).send().await.unwrap();
    let mut deleted = Vec::new();
    for attendee in list.attendees() {
        app.delete_attendee(&plain, attendee.attendee_id().unwrap()).await.unwrap();
        deleted.push(attendee.external_user_id().unwrap());
    }
    requests_of_batch(deleted).await;
    assert_eq!(plan.max_transactions(), 1);

    // A full page takes one query, after reading the meeting. An empty token counts as absent.
    let before = plan.requests().len();
    let page = app.chime.list_attendees().meeting_id(&plain).max_results(100).next_token("");
    let page = page.send().await.unwrap();
    assert_eq!((page.attendees().len(), page.next_token().is_some()), (100, true));
    assert_eq!(plan.requests().len() - before, 2);

    // The instance that created a meeting knows its default capabilities.
    let own = features::meeting(&app, "None", "FHD").await;
    assert_eq!(requests("alice", &own).await, 2);
    assert_eq!(requests("alice", &own).await, 2);

    // For another instance's meeting it learns them from one failed condition.
    let others = features::meeting(&other, "None", "None").await;
    assert_eq!(requests("alice", &others).await, 3);
    assert_eq!(requests("bob", &others).await, 2);
}
