//! Replicas: meetings with a `PrimaryMeetingId`, which end with their primary.

use aws_sdk_chimesdkmeetings::error::ProvideErrorMetadata;
use futures_util::future::join_all;

use super::meetings::{create, create_replica, delete, get};
use super::{Api, UNKNOWN_ID, assert_bad_request, assert_not_found};

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_ends_with_its_primary() {
    let api = &Api::start().await;
    let primary = create(api, "primary").await;
    let mut replicas = Vec::new();
    for token in ["replica-1", "replica-2"] {
        let replica = create_replica(api, token, &primary).await.unwrap();
        assert_eq!(replica.primary_meeting_id(), Some(primary.as_str()));
        replicas.push(replica.meeting_id.unwrap());
    }
    api.create_attendee(&replicas[0], "alice").await.unwrap();
    for _ in 0..2 {
        delete(api, &primary).await;
        for replica in &replicas {
            assert_eq!(get(api, replica).await.unwrap_err(), "The meeting has ended");
            let error = api.create_attendee(replica, "alice").await.unwrap_err();
            assert_not_found(&error, "The meeting has ended");
        }
    }
    api.assert_stored(0).await;
    for token in ["replica-1", "replica-3"] {
        let error = create_replica(api, token, &primary).await.unwrap_err();
        let is_repeated = token == "replica-1";
        assert_eq!(error.is_conflict_exception(), is_repeated, "{error:?}");
        assert_eq!(error.is_bad_request_exception(), !is_repeated, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_ends_without_its_primary_and_makes_room_for_another() {
    let api = &Api::start().await;
    let primary = create(api, "primary").await;
    let mut replicas = Vec::new();
    for number in 0..4 {
        let replica = create_replica(api, &format!("replica-{number}"), &primary).await;
        replicas.push(replica.unwrap().meeting_id.unwrap());
    }
    let error = create_replica(api, "replica-4", &primary).await.unwrap_err();
    assert!(error.is_limit_exceeded_exception(), "{error:?}");
    assert_eq!(error.message(), Some("The primary meeting has its maximum number of replicas"));
    let again = create_replica(api, "replica-3", &primary).await.unwrap();
    assert_eq!(again.meeting_id.as_ref(), Some(&replicas[3]));

    delete(api, &replicas[0]).await;
    get(api, &primary).await.unwrap();
    create_replica(api, "replica-4", &primary).await.unwrap();
    let error = create_replica(api, "replica-5", &primary).await.unwrap_err();
    assert!(error.is_limit_exceeded_exception(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_is_not_a_primary() {
    let api = &Api::start().await;
    let primary = create(api, "primary").await;
    let replica = create_replica(api, "replica", &primary).await.unwrap().meeting_id.unwrap();
    // The token names the meeting, so it does not become its own replica.
    let itself = create_replica(api, "primary", &primary).await.unwrap();
    assert_eq!(itself.primary_meeting_id(), None);
    let unknown = create_replica(api, "unknown", UNKNOWN_ID).await.unwrap_err();
    assert!(unknown.is_bad_request_exception(), "{unknown:?}");
    let error = create_replica(api, "replica-of-replica", &replica).await.unwrap_err();
    assert_bad_request(&error, "PrimaryMeetingId");
    delete(api, &primary).await;
    assert_eq!(get(api, &primary).await.unwrap_err(), "The meeting has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_that_only_shares_a_replica_s_token_does_not_end_with_the_primary() {
    let api = &Api::start().await;
    let (primary, other) = (create(api, "primary").await, create(api, "other-primary").await);
    let single = create(api, "single").await;
    let replica = create_replica(api, "replica", &other).await.unwrap().meeting_id.unwrap();
    for (token, id, own_primary) in [("single", &single, None), ("replica", &replica, Some(&other))]
    {
        for named in [primary.as_str(), UNKNOWN_ID] {
            let found = create_replica(api, token, named).await.unwrap();
            assert_eq!(found.meeting_id(), Some(id.as_str()));
            assert_eq!(found.primary_meeting_id(), own_primary.map(String::as_str));
        }
    }
    // These requests take no place from other replicas.
    let mut own = Vec::new();
    for number in 0..4 {
        let replica = create_replica(api, &format!("own-{number}"), &primary).await.unwrap();
        own.push(replica.meeting_id.unwrap());
    }
    api.create_attendee(&single, "alice").await.unwrap();
    delete(api, &primary).await;
    delete(api, &primary).await;
    for replica in &own {
        assert_eq!(get(api, replica).await.unwrap_err(), "The meeting has ended");
    }
    for active in [&single, &replica, &other] {
        get(api, active).await.unwrap();
    }
    api.assert_stored(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_replica_outlives_a_primary_that_is_deleted_at_the_same_time() {
    let api = &Api::start().await;
    for round in 0..10 {
        let primary = create(api, &format!("primary-{round}")).await;
        let tokens = [0, 1, 2, 3].map(|number| format!("replica-{round}-{number}"));
        let creations = tokens.iter().map(|token| create_replica(api, token, &primary));
        let (outcomes, ()) = tokio::join!(join_all(creations), delete(api, &primary));
        for outcome in outcomes {
            match outcome {
                Ok(replica) => {
                    let id = replica.meeting_id.unwrap();
                    assert_eq!(get(api, &id).await.unwrap_err(), "The meeting has ended");
                }
                Err(error) => assert!(
                    error.is_bad_request_exception() || error.is_conflict_exception(),
                    "{error:?}"
                ),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sixteen_callers_with_one_token_and_two_primaries_get_one_replica() {
    let api = &Api::start().await;
    for round in 0..5 {
        let primaries =
            [create(api, &format!("a-{round}")).await, create(api, &format!("b-{round}")).await];
        let token = format!("replica-{round}");
        let callers = (0..16).map(|caller| create_replica(api, &token, &primaries[caller % 2]));
        let mut found: Vec<_> = join_all(callers).await.into_iter().map(Result::unwrap).collect();
        let replica = found.pop().unwrap();
        assert!(found.iter().all(|other| *other == replica), "{replica:?}: {found:?}");
        let (id, own) = (replica.meeting_id().unwrap(), replica.primary_meeting_id().unwrap());
        let other = primaries.iter().find(|primary| *primary != own).unwrap();
        delete(api, other).await;
        assert_eq!(get(api, id).await.unwrap(), replica);
        delete(api, own).await;
        assert_eq!(get(api, id).await.unwrap_err(), "The meeting has ended");
    }
}
