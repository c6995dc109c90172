//! What the operations on transcription share: the configuration, member by member as in the service
//! model, and what its meeting can be to them.

use serde::Deserialize;

use crate::domain::{Constraint, Engine, EngineSettings, Setting, SettingRule, Transcription};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::store::TranscriptionUpdate;
use crate::violations::{Broken, Violations};

objects!(ConfigurationInput, TranscribeInput, MedicalInput);

/// What messages call `TranscriptionConfiguration`.
pub(super) const CONFIGURATION: &str = "transcriptionConfiguration";

/// A meeting that is not active is an error.
pub(super) fn kept(transcribed: TranscriptionUpdate) -> Result<(), Error> {
    match transcribed {
        TranscriptionUpdate::Updated => Ok(()),
        TranscriptionUpdate::Ended => Err(Error::MeetingEnded),
        TranscriptionUpdate::NoSuchMeeting => Err(Error::NoSuchMeeting),
    }
}

/// `TranscriptionConfiguration`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct ConfigurationInput {
    engine_transcribe_settings: Member<TranscribeInput>,
    engine_transcribe_medical_settings: Member<MedicalInput>,
}

/// `EngineTranscribeSettings`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TranscribeInput {
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

/// `EngineTranscribeMedicalSettings`
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct MedicalInput {
    language_code: Member<String>,
    specialty: Member<String>,
    #[serde(rename = "Type")]
    kind: Member<String>,
    vocabulary_name: Member<String>,
    region: Member<String>,
    content_identification_type: Member<String>,
}

impl ConfigurationInput {
    /// Checks that one engine was chosen, then every member of both. `None` when something is wrong.
    pub(super) fn read(self, violations: &mut Violations) -> Option<Transcription> {
        let no_transcribe = matches!(self.engine_transcribe_settings, Member::Absent);
        let no_medical = matches!(self.engine_transcribe_medical_settings, Member::Absent);
        let choice = if no_transcribe == no_medical { Err(Constraint::OneEngine) } else { Ok(()) };
        let choice = violations.check(CONFIGURATION, choice);
        let transcribe = violations.optional_structure(
            &path_of(Engine::Transcribe),
            self.engine_transcribe_settings,
            |violations, input| input.read(violations),
        );
        let medical = violations.optional_structure(
            &path_of(Engine::TranscribeMedical),
            self.engine_transcribe_medical_settings,
            |violations, input| input.read(violations),
        );
        choice?;
        let (engine, settings) = match (transcribe?, medical?) {
            (Some(settings), _) => (Engine::Transcribe, settings),
            (None, settings) => (Engine::TranscribeMedical, settings?),
        };
        Some(Transcription { engine, settings })
    }
}

impl TranscribeInput {
    fn read(self, violations: &mut Violations) -> Option<EngineSettings> {
        let mut settings = Reading::of(Engine::Transcribe, violations);
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
        settings.finish()
    }
}

impl MedicalInput {
    fn read(self, violations: &mut Violations) -> Option<EngineSettings> {
        let mut settings = Reading::of(Engine::TranscribeMedical, violations);
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
        settings.finish()
    }
}

/// The settings of one engine, while they are read.
struct Reading<'a> {
    engine: Engine,
    violations: &'a mut Violations,
    settings: EngineSettings,
    is_valid: bool,
}

impl<'a> Reading<'a> {
    fn of(engine: Engine, violations: &'a mut Violations) -> Self {
        Self { engine, violations, settings: EngineSettings::new(), is_valid: true }
    }

    /// An optional member that is text.
    fn text(&mut self, name: &'static str, value: Member<String>, rule: SettingRule) {
        self.optional(name, value, |text| rule.parse(text));
    }

    /// An optional member that is a boolean.
    fn flag(&mut self, name: &'static str, value: Member<bool>) {
        self.optional(name, value, |flag| Ok::<_, Broken>(Setting::Flag(flag)));
    }

    fn optional<W, E: Into<Broken>>(
        &mut self,
        name: &'static str,
        value: Member<W>,
        parse: impl FnOnce(W) -> Result<Setting, E>,
    ) {
        match self.violations.optional(&self.path(name), value, parse) {
            Some(Some(setting)) => _ = self.settings.insert(name, setting),
            Some(None) => {}
            None => self.is_valid = false,
        }
    }

    /// A required member, which is text.
    fn required(&mut self, name: &'static str, value: Member<String>, rule: SettingRule) {
        match self.violations.required(&self.path(name), value, |text| rule.parse(text)) {
            Some(setting) => _ = self.settings.insert(name, setting),
            None => self.is_valid = false,
        }
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{}", path_of(self.engine), lower_first(name))
    }

    fn finish(self) -> Option<EngineSettings> {
        self.is_valid.then_some(self.settings)
    }
}

/// What messages call the settings of an engine: each name in it begins in lower case.
fn path_of(engine: Engine) -> String {
    format!("{CONFIGURATION}.{}", lower_first(engine.as_str()))
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
