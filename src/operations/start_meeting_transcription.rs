//! `POST /meetings/{MeetingId}/transcription?operation=start`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_StartMeetingTranscription.html>
//!
//! Nothing is transcribed. The configuration is validated and stored with the meeting; it replaces an
//! earlier one. The documentation's rules between members, for example about a language and its
//! identification, are not errors of this call: the API reports them later, in an event.

use serde::Deserialize;

use super::context::Context;
use super::shapes::meeting_id;
use crate::domain::{
    Constraint, Engine, EngineSettings, MeetingId, Setting, SettingRule, Transcription,
};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::rest_json::Bindings;
use crate::store::TranscriptionUpdate;
use crate::violations::{Reported, Violations};

objects!(
    Body,
    TranscriptionConfiguration,
    EngineTranscribeSettings,
    EngineTranscribeMedicalSettings
);

/// The name of the member `TranscriptionConfiguration` in messages.
const CONFIGURATION: &str = "transcriptionConfiguration";

pub struct Input {
    meeting_id: MeetingId,
    transcription: Transcription,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Body {
    transcription_configuration: Member<TranscriptionConfiguration>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TranscriptionConfiguration {
    engine_transcribe_settings: Member<EngineTranscribeSettings>,
    engine_transcribe_medical_settings: Member<EngineTranscribeMedicalSettings>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct EngineTranscribeSettings {
    language_code: Member<String>,
    vocabulary_filter_method: Member<String>,
    vocabulary_filter_name: Member<String>,
    vocabulary_name: Member<String>,
    region: Member<String>,
    enable_partial_results_stabilization: Member<bool>,
    partial_results_stability: Member<String>,
    content_identification_type: Member<String>,
    content_redaction_type: Member<String>,
    pii_entity_types: Member<String>,
    language_model_name: Member<String>,
    identify_language: Member<bool>,
    language_options: Member<String>,
    preferred_language: Member<String>,
    vocabulary_names: Member<String>,
    vocabulary_filter_names: Member<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct EngineTranscribeMedicalSettings {
    language_code: Member<String>,
    specialty: Member<String>,
    #[serde(rename = "Type")]
    kind: Member<String>,
    vocabulary_name: Member<String>,
    region: Member<String>,
    content_identification_type: Member<String>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let meeting_id = meeting_id(http, violations);
        let body: Body = http.body(violations)?;
        let configuration = violations.required(
            CONFIGURATION,
            body.transcription_configuration,
            Ok::<_, Constraint>,
        );
        let transcription =
            configuration.and_then(|configuration| configuration.validate(violations));
        Ok(Self { meeting_id: meeting_id?, transcription: transcription? })
    }
}

/// Stores the transcription configuration of an active meeting.
pub async fn run(context: Context<'_>, input: Input) -> Result<(), Error> {
    let Input { meeting_id, transcription } = input;
    updated(context.store.put_transcription(meeting_id, &transcription, context.now()).await?)
}

/// Maps the outcome to an error if the meeting is not active.
pub fn updated(update: TranscriptionUpdate) -> Result<(), Error> {
    match update {
        TranscriptionUpdate::Updated => Ok(()),
        TranscriptionUpdate::Ended => Err(Error::MeetingEnded),
        TranscriptionUpdate::NoSuchMeeting => Err(Error::NoSuchMeeting),
    }
}

impl TranscriptionConfiguration {
    /// Checks that the request chooses one engine, and every member of both.
    fn validate(self, violations: &mut Violations) -> Result<Transcription, Reported> {
        let no_transcribe = matches!(self.engine_transcribe_settings, Member::Absent);
        let no_medical = matches!(self.engine_transcribe_medical_settings, Member::Absent);
        let choice = if no_transcribe == no_medical { Err(Constraint::OneEngine) } else { Ok(()) };
        let choice = violations.check(CONFIGURATION, choice);
        let (transcribe, medical) = violations.within(CONFIGURATION, |violations| {
            let transcribe = violations.optional_structure(
                &lower_first(Engine::Transcribe.as_str()),
                self.engine_transcribe_settings,
                EngineTranscribeSettings::validate,
            );
            let medical = violations.optional_structure(
                &lower_first(Engine::TranscribeMedical.as_str()),
                self.engine_transcribe_medical_settings,
                EngineTranscribeMedicalSettings::validate,
            );
            (transcribe, medical)
        });
        choice?;
        let transcribe = transcribe?.map(|settings| (Engine::Transcribe, settings));
        let medical = medical?.map(|settings| (Engine::TranscribeMedical, settings));
        let chosen = violations.require(CONFIGURATION, Ok(transcribe.or(medical)));
        chosen.map(|(engine, settings)| Transcription { engine, settings })
    }
}

impl EngineTranscribeSettings {
    fn validate(self, violations: &mut Violations) -> Result<EngineSettings, Reported> {
        let mut settings = ValidSettings::new(violations);
        settings.text("LanguageCode", self.language_code, SettingRule::LANGUAGE_CODE);
        settings.text(
            "VocabularyFilterMethod",
            self.vocabulary_filter_method,
            SettingRule::VOCABULARY_FILTER_METHOD,
        );
        settings.text("VocabularyFilterName", self.vocabulary_filter_name, SettingRule::NAME);
        settings.text("VocabularyName", self.vocabulary_name, SettingRule::NAME);
        settings.text("Region", self.region, SettingRule::REGION);
        settings
            .flag("EnablePartialResultsStabilization", self.enable_partial_results_stabilization);
        settings.text(
            "PartialResultsStability",
            self.partial_results_stability,
            SettingRule::PARTIAL_RESULTS_STABILITY,
        );
        settings.text(
            "ContentIdentificationType",
            self.content_identification_type,
            SettingRule::CONTENT_TYPE,
        );
        settings.text(
            "ContentRedactionType",
            self.content_redaction_type,
            SettingRule::CONTENT_TYPE,
        );
        settings.text("PiiEntityTypes", self.pii_entity_types, SettingRule::PII_ENTITY_TYPES);
        settings.text(
            "LanguageModelName",
            self.language_model_name,
            SettingRule::LANGUAGE_MODEL_NAME,
        );
        settings.flag("IdentifyLanguage", self.identify_language);
        settings.text("LanguageOptions", self.language_options, SettingRule::LANGUAGE_OPTIONS);
        settings.text("PreferredLanguage", self.preferred_language, SettingRule::LANGUAGE_CODE);
        settings.text("VocabularyNames", self.vocabulary_names, SettingRule::NAMES);
        settings.text("VocabularyFilterNames", self.vocabulary_filter_names, SettingRule::NAMES);
        settings.settings
    }
}

impl EngineTranscribeMedicalSettings {
    fn validate(self, violations: &mut Violations) -> Result<EngineSettings, Reported> {
        let mut settings = ValidSettings::new(violations);
        settings.required("LanguageCode", self.language_code, SettingRule::MEDICAL_LANGUAGE_CODE);
        settings.required("Specialty", self.specialty, SettingRule::MEDICAL_SPECIALTY);
        settings.required("Type", self.kind, SettingRule::MEDICAL_TYPE);
        settings.text("VocabularyName", self.vocabulary_name, SettingRule::NAME);
        settings.text("Region", self.region, SettingRule::MEDICAL_REGION);
        settings.text(
            "ContentIdentificationType",
            self.content_identification_type,
            SettingRule::MEDICAL_CONTENT_TYPE,
        );
        settings.settings
    }
}

/// The settings of one engine that are valid, while they are validated.
struct ValidSettings<'a> {
    violations: &'a mut Violations,
    settings: Result<EngineSettings, Reported>,
}

impl<'a> ValidSettings<'a> {
    fn new(violations: &'a mut Violations) -> Self {
        Self { violations, settings: Ok(EngineSettings::new()) }
    }

    /// An optional member that is a string.
    fn text(&mut self, name: &'static str, value: Member<String>, rule: SettingRule) {
        let setting = self.violations.optional(&lower_first(name), value, |text| rule.parse(text));
        self.add(name, setting);
    }

    /// An optional member that is a boolean.
    fn flag(&mut self, name: &'static str, value: Member<bool>) {
        let parse = |flag| Ok::<_, Constraint>(Setting::Flag(flag));
        let setting = self.violations.optional(&lower_first(name), value, parse);
        self.add(name, setting);
    }

    /// A required member, which is a string.
    fn required(&mut self, name: &'static str, value: Member<String>, rule: SettingRule) {
        let setting = self.violations.required(&lower_first(name), value, |text| rule.parse(text));
        self.add(name, setting.map(Some));
    }

    fn add(&mut self, name: &'static str, setting: Result<Option<Setting>, Reported>) {
        match (&mut self.settings, setting) {
            (Ok(settings), Ok(Some(setting))) => _ = settings.insert(name, setting),
            (settings, Err(reported)) => *settings = Err(reported),
            (_, Ok(_)) => {}
        }
    }
}

/// The name of a member in messages begins in lower case.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
