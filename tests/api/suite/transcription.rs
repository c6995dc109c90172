//! StartMeetingTranscription and StopMeetingTranscription.

use aws_sdk_chimesdkmeetings::operation::start_meeting_transcription::StartMeetingTranscriptionError;
use aws_sdk_chimesdkmeetings::operation::stop_meeting_transcription::StopMeetingTranscriptionError;
use aws_sdk_chimesdkmeetings::types::{
    EngineTranscribeMedicalSettings, EngineTranscribeSettings, TranscribeContentRedactionType,
    TranscribeLanguageCode, TranscribeMedicalContentIdentificationType,
    TranscribeMedicalLanguageCode, TranscribeMedicalRegion, TranscribeMedicalSpecialty,
    TranscribeMedicalType, TranscribePartialResultsStability, TranscribeRegion,
    TranscribeVocabularyFilterMethod, TranscriptionConfiguration,
};

use super::{Api, assert_bad_request, assert_not_found, meetings};

/// Every member except those that would contradict the others.
fn transcribe() -> TranscriptionConfiguration {
    let settings = EngineTranscribeSettings::builder()
        .language_code(TranscribeLanguageCode::DeDe)
        .vocabulary_filter_method(TranscribeVocabularyFilterMethod::Mask)
        .vocabulary_filter_name("our rude words")
        .vocabulary_name("our words")
        .region(TranscribeRegion::Auto)
        .enable_partial_results_stabilization(true)
        .partial_results_stability(TranscribePartialResultsStability::Low)
        .content_redaction_type(TranscribeContentRedactionType::Pii)
        .pii_entity_types("NAME, PHONE")
        .language_model_name("a-model.1")
        .identify_language(false)
        .language_options("de-DE,en-US")
        .preferred_language(TranscribeLanguageCode::DeDe)
        .vocabulary_names("our-words,other.words")
        .vocabulary_filter_names("our_rude_words");
    TranscriptionConfiguration::builder().engine_transcribe_settings(settings.build()).build()
}

fn medical() -> TranscriptionConfiguration {
    let settings = EngineTranscribeMedicalSettings::builder()
        .language_code(TranscribeMedicalLanguageCode::EnUs)
        .specialty(TranscribeMedicalSpecialty::Radiology)
        .r#type(TranscribeMedicalType::Dictation)
        .vocabulary_name("bones")
        .region(TranscribeMedicalRegion::EuWest1)
        .content_identification_type(TranscribeMedicalContentIdentificationType::Phi);
    let settings = settings.build().unwrap();
    TranscriptionConfiguration::builder().engine_transcribe_medical_settings(settings).build()
}

async fn start(
    api: &Api,
    meeting_id: &str,
    configuration: TranscriptionConfiguration,
) -> Result<(), StartMeetingTranscriptionError> {
    let request = api.chime.start_meeting_transcription().meeting_id(meeting_id);
    let response = request.transcription_configuration(configuration).send().await;
    response.map(|_| ()).map_err(|error| error.into_service_error())
}

async fn stop(api: &Api, meeting_id: &str) -> Result<(), StopMeetingTranscriptionError> {
    let response = api.chime.stop_meeting_transcription().meeting_id(meeting_id).send().await;
    response.map(|_| ()).map_err(|error| error.into_service_error())
}

#[tokio::test(flavor = "multi_thread")]
async fn transcription_can_be_started_and_stopped_in_any_order() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    stop(api, &meeting_id).await.unwrap();
    let nothing = EngineTranscribeSettings::builder().build();
    let nothing = TranscriptionConfiguration::builder().engine_transcribe_settings(nothing).build();
    for configuration in [transcribe(), transcribe(), medical(), nothing] {
        start(api, &meeting_id, configuration).await.unwrap();
    }
    stop(api, &meeting_id).await.unwrap();
    stop(api, &meeting_id).await.unwrap();
    start(api, &meeting_id.to_uppercase(), medical()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_operation_shows_transcription_or_depends_on_it() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let alice = api.create_attendee(&meeting_id, "alice").await.unwrap();
    let before = meetings::get(api, &meeting_id).await.unwrap();
    start(api, &meeting_id, transcribe()).await.unwrap();
    assert_eq!(meetings::get(api, &meeting_id).await.unwrap(), before);
    assert_eq!(api.create_meeting().await, meeting_id, "a replay of the meeting's creation");
    assert_eq!(api.create_attendee(&meeting_id, "alice").await.unwrap(), alice);
    api.create_attendee(&meeting_id, "bob").await.unwrap();
    stop(api, &meeting_id).await.unwrap();
    assert_eq!(meetings::get(api, &meeting_id).await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_engine_is_required() {
    let api = &Api::start().await;
    let meeting_id = api.create_meeting().await;
    let none = TranscriptionConfiguration::builder().build();
    let mut both = transcribe();
    both.engine_transcribe_medical_settings = medical().engine_transcribe_medical_settings;
    for configuration in [none, both] {
        let error = start(api, &meeting_id, configuration).await.unwrap_err();
        assert_bad_request(&error, "'transcriptionConfiguration' failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_active_meetings_can_be_transcribed() {
    let api = &Api::start().await;
    let unknown = uuid::Uuid::new_v4().to_string();
    let error = start(api, &unknown, transcribe()).await.unwrap_err();
    assert!(error.is_not_found_exception(), "{error:?}");
    let error = stop(api, &unknown).await.unwrap_err();
    assert!(error.is_not_found_exception(), "{error:?}");
    let error = stop(api, "x").await.unwrap_err();
    assert!(error.is_bad_request_exception(), "{error:?}");

    let meeting_id = api.create_meeting().await;
    start(api, &meeting_id, transcribe()).await.unwrap();
    meetings::delete(api, &meeting_id).await;
    let error = start(api, &meeting_id, transcribe()).await.unwrap_err();
    assert_not_found(&error, "The meeting has ended");
    assert_not_found(&stop(api, &meeting_id).await.unwrap_err(), "The meeting has ended");
}
