//! How a configuration of transcription is validated, and what a stop ignores.

use serde_json::{Value, json};

use crate::app::{HttpResponse, TestApp};
use crate::items::{map, text};

const TRANSCRIBE: &str = "EngineTranscribeSettings";
const MEDICAL: &str = "EngineTranscribeMedicalSettings";

fn path(meeting_id: &str, operation: &str) -> String {
    format!("/meetings/{meeting_id}/transcription?operation={operation}")
}

async fn start(app: &TestApp, meeting_id: &str, configuration: Value) -> HttpResponse {
    let body = json!({"TranscriptionConfiguration": configuration});
    app.post(&path(meeting_id, "start"), body.to_string()).await
}

/// Asserts a 200 with a request id and without a body.
fn assert_empty(response: &HttpResponse) {
    assert_eq!((response.status, response.body.as_str()), (200, ""), "{response:?}");
    assert_eq!(response.header("content-type"), None);
    assert!(response.header("x-amzn-requestid").is_some());
}

fn physician() -> Value {
    json!({"LanguageCode": "en-US", "Specialty": "NEUROLOGY", "Type": "CONVERSATION"})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_does_not_change_the_meeting() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let before = app.meeting_item(&meeting_id).await;
    let settings = json!({
        "LanguageCode": "th-TH", "IdentifyLanguage": false, "VocabularyName": "", "Region": null,
        "Unknown": [{"Region": 7}],
    });
    assert_empty(&start(&app, &meeting_id, json!({TRANSCRIBE: settings, "Other": 1})).await);
    let both = json!({MEDICAL: physician(), TRANSCRIBE: null});
    assert_empty(&start(&app, &meeting_id, both).await);
    start(&app, &meeting_id, json!({})).await.bad_request();
    assert_eq!(app.meeting_item(&meeting_id).await, before);
    assert_empty(&app.post(&path(&meeting_id, "stop"), "").await);
    assert_eq!(app.meeting_item(&meeting_id).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_with_a_configuration_of_an_earlier_version_is_read() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let created = app.create_attendee(&meeting_id, "alice").await.unwrap();
    let stored = map([(TRANSCRIBE, map([("LanguageCode", text("th-TH"))]))]);
    app.change_meeting(&meeting_id, &[("TranscriptionConfiguration", Some(stored))]).await;

    assert_eq!(app.create_meeting().await, meeting_id, "a replay of the meeting's creation");
    assert_eq!(app.create_attendee(&meeting_id, "alice").await.unwrap(), created);
    app.create_attendee(&meeting_id, "bob").await.unwrap();
    app.chime.get_meeting().meeting_id(&meeting_id).send().await.unwrap();
    assert_empty(&start(&app, &meeting_id, json!({TRANSCRIBE: {}})).await);
    assert_empty(&app.post(&path(&meeting_id, "stop"), "").await);
    app.chime.delete_meeting().meeting_id(&meeting_id).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_occurs_once_and_other_members_may_occur_twice() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let start = async |engine: &str, settings: &str| {
        let settings = format!(r#"{{"{engine}": {{{settings}}}}}"#);
        let body = format!(r#"{{"TranscriptionConfiguration": {settings}}}"#);
        app.post(&path(&meeting_id, "start"), body).await
    };
    let physician = r#""LanguageCode": "en-US", "Specialty": "NEUROLOGY", "Type": "CONVERSATION""#;
    for (engine, settings) in [
        (TRANSCRIBE, r#""LanguageCode": "en-US", "LanguageCode": "en-US""#.to_owned()),
        (TRANSCRIBE, r#""LanguageCode": null, "Languag\u0065Code": "en-US""#.to_owned()),
        (TRANSCRIBE, r#""IdentifyLanguage": 7, "IdentifyLanguage": true"#.to_owned()),
        (MEDICAL, format!(r#"{physician}, "Type": "DICTATION""#)),
        (MEDICAL, format!(r#"{physician}, "Region": "auto", "Region": [{{}}]"#)),
    ] {
        let message = start(engine, &settings).await.bad_request();
        assert!(message.contains("names a member twice"), "{settings}: {message}");
    }
    for (engine, settings) in [
        // A setting of the other engine.
        (TRANSCRIBE, r#""Specialty": "NEUROLOGY", "Specialty": 7"#.to_owned()),
        (MEDICAL, format!(r#"{physician}, "IdentifyLanguage": 1, "IdentifyLanguage": 2"#)),
        (MEDICAL, format!(r#"{physician}, "type": 1, "type": 2"#)),
    ] {
        assert_empty(&start(engine, &settings).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ignores_its_body() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let send = || app.request("POST", &path(&meeting_id, "stop"));
    assert_empty(&HttpResponse::read(send()).await);
    for (content_type, body) in [
        ("application/json", &b"{"[..]),
        ("application/json", b"[]"),
        ("text/plain", b"stop"),
        ("application/octet-stream", b"\xff\0"),
    ] {
        let request = send().header("content-type", content_type).body(body);
        assert_empty(&HttpResponse::read(request).await);
    }
    let start = app.request("POST", &path(&meeting_id, "start"));
    let message = HttpResponse::read(start).await.bad_request();
    assert!(message.contains("Content-Type"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_violations_are_reported_together_without_values() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let transcribe = json!({
        "LanguageCode": "xx-Qz7v", "VocabularyFilterMethod": "Qz7v", "Region": "Qz7v",
        "VocabularyFilterName": "Qz7v".repeat(1025), "VocabularyName": 7,
        "EnablePartialResultsStabilization": "true", "PartialResultsStability": "LOW",
        "ContentIdentificationType": "PHI", "ContentRedactionType": "pii",
        "PiiEntityTypes": "Qz7v", "LanguageModelName": "Qz7v Qz7v", "IdentifyLanguage": 0,
        "LanguageOptions": "Qz7v", "PreferredLanguage": "en-us", "VocabularyNames": "Qz7v+",
        "VocabularyFilterNames": "",
    });
    let medical = json!({
        "LanguageCode": "en-GB", "Specialty": "Qz7v", "VocabularyName": "Qz7v".repeat(1025),
        "Region": "us-gov-west-1", "ContentIdentificationType": "PII",
    });
    for (engine, settings) in [(TRANSCRIBE, &transcribe), (MEDICAL, &medical)] {
        let message = start(&app, "Qz7v", json!({engine: settings})).await.bad_request();
        assert!(!message.contains("Qz7v"), "{message}");
        let members = settings.as_object().unwrap().keys().map(String::as_str);
        let absent = (engine == MEDICAL).then_some("Type");
        let lower = |name: &str| {
            let (first, rest) = name.split_at(1);
            first.to_lowercase() + rest
        };
        let mut expected = vec!["meetingId".to_owned()];
        for member in members.chain(absent) {
            expected.push(format!(
                "transcriptionConfiguration.{}.{}",
                lower(engine),
                lower(member)
            ));
        }
        let count = format!("{} validation errors detected: ", expected.len());
        assert!(message.starts_with(&count), "{message}");
        for member in expected {
            assert!(
                message.contains(&format!("Value at '{member}' failed")),
                "{member}: {message}"
            );
        }
    }
    let both = json!({TRANSCRIBE: transcribe, MEDICAL: medical});
    let message = start(&app, &meeting_id, both).await.bad_request();
    let first = "23 validation errors detected: Value at 'transcriptionConfiguration' failed";
    assert!(message.starts_with(first) && !message.contains("Qz7v"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_member_is_validated() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let languages = "en-US en-GB es-US fr-CA fr-FR en-AU it-IT de-DE pt-BR ja-JP ko-KR zh-CN th-TH \
                     hi-IN";
    let regions = "us-east-2 us-east-1 us-west-2 ap-northeast-2 ap-southeast-2 ap-northeast-1 \
                   ca-central-1 eu-central-1 eu-west-1 eu-west-2 sa-east-1 auto us-gov-west-1";
    let medical_regions =
        "us-east-1 us-east-2 us-west-2 ap-southeast-2 ca-central-1 eu-west-1 auto";
    let specialties = "PRIMARYCARE CARDIOLOGY NEUROLOGY ONCOLOGY RADIOLOGY UROLOGY";
    // The allowed words of each member. Any other spelling is refused.
    for (engine, member, words) in [
        (TRANSCRIBE, "LanguageCode", languages),
        (TRANSCRIBE, "PreferredLanguage", languages),
        (TRANSCRIBE, "VocabularyFilterMethod", "remove mask tag"),
        (TRANSCRIBE, "Region", regions),
        (TRANSCRIBE, "PartialResultsStability", "low medium high"),
        (TRANSCRIBE, "ContentIdentificationType", "PII"),
        (TRANSCRIBE, "ContentRedactionType", "PII"),
        (MEDICAL, "LanguageCode", "en-US"),
        (MEDICAL, "Specialty", specialties),
        (MEDICAL, "Type", "CONVERSATION DICTATION"),
        (MEDICAL, "Region", medical_regions),
        (MEDICAL, "ContentIdentificationType", "PHI"),
    ] {
        let with = |value: &str| {
            let mut settings = if engine == MEDICAL { physician() } else { json!({}) };
            settings[member] = value.into();
            start(&app, &meeting_id, json!({engine: settings}))
        };
        let mut listed = None;
        for word in words.split(' ') {
            assert_empty(&with(word).await);
            let swapped =
                if word == word.to_lowercase() { word.to_uppercase() } else { word.to_lowercase() };
            for other in [swapped, format!("{word} "), String::new()] {
                let message = with(&other).await.bad_request();
                let (_, list) = message.split_once("enum value set: ").unwrap();
                listed = Some(list.to_owned());
            }
        }
        assert_eq!(listed, Some(format!("[{}]", words.replace(' ', ", "))), "{member}");
    }
    for (member, most, allowed) in [
        ("VocabularyName", 4096, " é"),
        ("VocabularyFilterName", 4096, " é"),
        ("PiiEntityTypes", 300, "AZ_, "),
        ("LanguageModelName", 200, "09azAZ._-"),
        ("LanguageOptions", 200, "azAZ-,"),
        ("VocabularyNames", 3000, "azAZ09,-._"),
        ("VocabularyFilterNames", 3000, "azAZ09,-._"),
    ] {
        let with = |value: String| start(&app, &meeting_id, json!({TRANSCRIBE: {member: value}}));
        assert_empty(&with(allowed.to_owned()).await);
        assert_empty(&with("A".repeat(most)).await);
        let message = with("A".repeat(most + 1)).await.bad_request();
        assert!(message.ends_with(&format!("length less than or equal to {most}")), "{message}");
        if most < 4096 {
            for (value, expected) in [("", "greater than or equal to 1"), ("A\n", "pattern")] {
                let message = with(value.to_owned()).await.bad_request();
                assert!(message.contains(expected), "{member}: {message}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_configuration_is_reported_with_its_member() {
    let app = TestApp::new().await;
    let meeting_id = app.create_meeting().await;
    let one_engine = "'transcriptionConfiguration' failed to satisfy constraint: Member must have \
                      exactly one of engineTranscribeSettings and engineTranscribeMedicalSettings";
    for (configuration, count, expected) in [
        (
            json!(null),
            1,
            "'transcriptionConfiguration' failed to satisfy constraint: Member must not",
        ),
        (
            json!([]),
            1,
            "'transcriptionConfiguration' failed to satisfy constraint: Member must be an",
        ),
        (json!({}), 1, one_engine),
        (json!({"engineTranscribeSettings": {}}), 1, one_engine),
        (json!({TRANSCRIBE: null, MEDICAL: null}), 1, one_engine),
        (json!({TRANSCRIBE: {}, MEDICAL: physician()}), 1, one_engine),
        (json!({TRANSCRIBE: {}, MEDICAL: {}}), 4, one_engine),
        (json!({TRANSCRIBE: {}, MEDICAL: 7}), 2, one_engine),
        (json!({TRANSCRIBE: "x"}), 1, "engineTranscribeSettings' failed"),
        (json!({MEDICAL: [physician()]}), 1, "engineTranscribeMedicalSettings' failed"),
        (json!({MEDICAL: {"Type": null}}), 3, "engineTranscribeMedicalSettings.type' failed"),
    ] {
        let message = start(&app, &meeting_id, configuration.clone()).await.bad_request();
        let errors = if count == 1 { "error" } else { "errors" };
        assert!(message.starts_with(&format!("{count} validation {errors} detected")), "{message}");
        assert!(message.contains(expected), "{configuration}: {message}");
    }
    let message = app.post(&path(&meeting_id, "start"), "{}").await.bad_request();
    assert!(message.contains("Member must not be null"), "{message}");
}
