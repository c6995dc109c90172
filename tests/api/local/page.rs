//! The page of `cargo local`, and who may read it. `.ci/page` opens it in a browser.

use std::time::SystemTime;

use serde_json::Value;

use super::Local;
use crate::app::chime_client;

async fn get(local: &Local, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
    let request = reqwest::Client::new().get(format!("{}{path}", local.api));
    let add = |request: reqwest::RequestBuilder, (name, value): &(&str, &str)| {
        request.header(*name, *value)
    };
    headers.iter().fold(request, add).send().await.unwrap()
}

const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

async fn state(local: &Local) -> Value {
    serde_json::from_str(&get(local, "/_local/state", &[]).await.text().await.unwrap()).unwrap()
}

fn seconds() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_gets_a_page_that_loads_nothing_from_elsewhere_and_an_sdk_the_usual_404() {
    let local = Local::start(&[]);
    assert!(local.hint.contains(&format!("Open {}/ in a browser", local.api)), "{}", local.hint);
    let page = get(&local, "/", &[BROWSER]).await;
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    let html = page.text().await.unwrap();
    assert!(!html.contains("http://") && !html.contains("https://"));
    let nonce = policy.split('\'').find_map(|word| word.strip_prefix("nonce-")).unwrap();
    assert_eq!(html.matches(&format!("nonce=\"{nonce}\"")).count(), 2);

    for accept in ["*/*", "application/json", ""] {
        let response = get(&local, "/", &[("accept", accept)]).await;
        assert_eq!(response.status(), 404);
        assert_eq!(response.headers()["x-amzn-errortype"], "UnknownOperationException");
    }
    for path in ["/_local", "/_local/", "/_local/states", "/index.html"] {
        assert_eq!(get(&local, path, &[BROWSER]).await.status(), 404, "{path}");
    }
    let post = reqwest::Client::new().post(format!("{}/_local/state", local.api));
    assert_eq!(post.send().await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_has_meetings_attendees_and_the_log_but_no_join_token() {
    let local = Local::start(&[]);
    let begin = seconds();
    let meeting_id = local.create_meeting().await;
    let alice = local.create_attendee(&meeting_id).await;
    let end = seconds();
    let request = chime_client(&local.api).create_attendee().meeting_id(&meeting_id);
    request.external_user_id("x").send().await.unwrap_err();

    let state = state(&local).await;
    let meeting = &state["meetings"][0];
    assert_eq!((&meeting["id"], &meeting["externalId"]), (&meeting_id.into(), &"standup".into()));
    assert_eq!((&meeting["seats"], &meeting["maxSeats"]), (&1.into(), &250.into()));
    let attendee = &meeting["attendees"][0];
    assert_eq!(attendee["id"], alice.attendee_id().unwrap());
    assert_eq!(attendee["externalId"], "alice");
    assert_eq!(attendee["media"], Value::from(["SendReceive"; 3].to_vec()));
    let added = attendee["addedAt"].as_i64().unwrap();
    assert!((begin..=end + 1).contains(&added), "{begin}, {added}, {end}");
    let operations: Vec<_> = state["lines"].as_array().unwrap().iter().collect();
    assert_eq!(operations[0]["outcome"], "BadRequestException");
    assert!(operations[0]["reason"].as_str().unwrap().contains("externalUserId"));
    assert_eq!(operations[1]["operation"], "CreateAttendee");
    assert_eq!(operations[2]["operation"], "CreateMeeting");
    assert!(!state.to_string().contains(alice.join_token().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_can_not_read_it() {
    let local = Local::start(&[]);
    local.create_meeting().await;
    let port = local.api.rsplit(':').next().unwrap();
    for path in ["/", "/_local/state"] {
        for name in ["127.0.0.1", "localhost", "[::1]"] {
            let host = format!("{name}:{port}");
            let headers = [BROWSER, ("host", &host), ("origin", "http://evil.example")];
            let response = get(&local, path, &headers).await;
            assert_eq!(response.status(), 200, "{host}");
            let names = response.headers().keys();
            let mut cors = names.filter(|name| name.as_str().starts_with("access-control-"));
            assert_eq!(cors.next(), None);
            assert_eq!(response.headers()["cross-origin-resource-policy"], "same-origin");
        }
        // By names that lead to this machine.
        for name in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "0.0.0.0"]
        {
            for host in [name.to_owned(), format!("{name}:{port}")] {
                let response = get(&local, path, &[BROWSER, ("host", &host)]).await;
                assert_eq!(response.status(), 403, "{host}");
                assert!(!response.text().await.unwrap().contains("standup"));
            }
        }
    }
}
