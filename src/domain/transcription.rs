//! The configuration of a meeting's transcription: an engine and its settings.

use std::collections::BTreeMap;

use super::rule::{Rule, unless_broken};
use super::sensitive::Sensitive;
use super::{Constraint, Constraints};

/// An engine and its settings. The service stores them, but transcribes nothing.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_TranscriptionConfiguration.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transcription {
    /// The engine.
    pub engine: Engine,
    /// The settings of the request, without defaults for the others.
    pub settings: EngineSettings,
}

/// Settings by the name of their member in the API.
pub type EngineSettings = BTreeMap<&'static str, Setting>;

/// A transcription engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Amazon Transcribe.
    Transcribe,
    /// Amazon Transcribe Medical.
    TranscribeMedical,
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Text that satisfies the setting's [`SettingRule`].
    Text(SettingText),
    /// A boolean.
    Flag(bool),
}

/// The text of a setting. Its `Debug` form shows nothing of it, because it may be a name that the builder
/// gave a vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingText(Sensitive);

/// The rule for the text of a setting. The enums of settings are lists of values, because no code
/// distinguishes one value from another.
#[derive(Clone, Copy)]
pub struct SettingRule(Kind);

#[derive(Clone, Copy)]
enum Kind {
    OneOf(&'static [&'static str]),
    MaxLength(usize),
    Rule(&'static Rule),
}

impl Engine {
    /// The member of `TranscriptionConfiguration` with the engine's settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transcribe => "EngineTranscribeSettings",
            Self::TranscribeMedical => "EngineTranscribeMedicalSettings",
        }
    }
}

impl SettingText {
    /// The text itself, for the store.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// The rule for members of both engines.
impl SettingRule {
    /// `VocabularyName` and `VocabularyFilterName`, of the service model's shape `String`.
    pub const NAME: Self = Self(Kind::MaxLength(4096));
}

/// The rules for members of `EngineTranscribeSettings`.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_EngineTranscribeSettings.html>
impl SettingRule {
    /// `LanguageCode` and `PreferredLanguage`
    pub const LANGUAGE_CODE: Self = Self(Kind::OneOf(&[
        "en-US", "en-GB", "es-US", "fr-CA", "fr-FR", "en-AU", "it-IT", "de-DE", "pt-BR", "ja-JP",
        "ko-KR", "zh-CN", "th-TH", "hi-IN",
    ]));
    /// `VocabularyFilterMethod`
    pub const VOCABULARY_FILTER_METHOD: Self = Self(Kind::OneOf(&["remove", "mask", "tag"]));
    /// `Region`
    pub const REGION: Self = Self(Kind::OneOf(&[
        "us-east-2",
        "us-east-1",
        "us-west-2",
        "ap-northeast-2",
        "ap-southeast-2",
        "ap-northeast-1",
        "ca-central-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "sa-east-1",
        "auto",
        "us-gov-west-1",
    ]));
    /// `PartialResultsStability`
    pub const PARTIAL_RESULTS_STABILITY: Self = Self(Kind::OneOf(&["low", "medium", "high"]));
    /// `ContentIdentificationType` and `ContentRedactionType`
    pub const CONTENT_TYPE: Self = Self(Kind::OneOf(&["PII"]));
    /// `PiiEntityTypes`
    pub const PII_ENTITY_TYPES: Self = Self(Kind::Rule(&PII_ENTITY_TYPES));
    /// `LanguageModelName`
    pub const LANGUAGE_MODEL_NAME: Self = Self(Kind::Rule(&LANGUAGE_MODEL_NAME));
    /// `LanguageOptions`
    pub const LANGUAGE_OPTIONS: Self = Self(Kind::Rule(&LANGUAGE_OPTIONS));
    /// `VocabularyNames` and `VocabularyFilterNames`
    pub const NAMES: Self = Self(Kind::Rule(&NAMES));
}

/// The rules for members of `EngineTranscribeMedicalSettings`.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_EngineTranscribeMedicalSettings.html>
impl SettingRule {
    /// `LanguageCode`
    pub const MEDICAL_LANGUAGE_CODE: Self = Self(Kind::OneOf(&["en-US"]));
    /// `Specialty`
    pub const MEDICAL_SPECIALTY: Self = Self(Kind::OneOf(&[
        "PRIMARYCARE",
        "CARDIOLOGY",
        "NEUROLOGY",
        "ONCOLOGY",
        "RADIOLOGY",
        "UROLOGY",
    ]));
    /// `Type`
    pub const MEDICAL_TYPE: Self = Self(Kind::OneOf(&["CONVERSATION", "DICTATION"]));
    /// `Region`
    pub const MEDICAL_REGION: Self = Self(Kind::OneOf(&[
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "ap-southeast-2",
        "ca-central-1",
        "eu-west-1",
        "auto",
    ]));
    /// `ContentIdentificationType`
    pub const MEDICAL_CONTENT_TYPE: Self = Self(Kind::OneOf(&["PHI"]));
}

const PII_ENTITY_TYPES: Rule = Rule {
    min_length: 1,
    max_length: 300,
    pattern: "^[A-Z_, ]+",
    allowed: |c| c.is_ascii_uppercase() || matches!(c, '_' | ',' | ' '),
};
const LANGUAGE_MODEL_NAME: Rule = Rule {
    min_length: 1,
    max_length: 200,
    pattern: "^[0-9a-zA-Z._-]+",
    allowed: |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'),
};
const LANGUAGE_OPTIONS: Rule = Rule {
    min_length: 1,
    max_length: 200,
    pattern: "^[a-zA-Z-,]+",
    allowed: |c| c.is_ascii_alphabetic() || matches!(c, '-' | ','),
};
const NAMES: Rule = Rule {
    min_length: 1,
    max_length: 3000,
    pattern: "^[a-zA-Z0-9,-._]+",
    // `,-.` is a range in this pattern. It contains `,`, `-` and `.`.
    allowed: |c| c.is_ascii_alphanumeric() || matches!(c, ','..='.' | '_'),
};

impl SettingRule {
    /// Parses the text of a setting; an error lists every rule that it breaks.
    pub fn parse(self, text: String) -> Result<Setting, Constraints> {
        let broken = match self.0 {
            Kind::OneOf(values) if values.contains(&text.as_str()) => Constraints::new(),
            Kind::OneOf(values) => vec![Constraint::OneOf(values)],
            Kind::MaxLength(max) if text.chars().count() > max => {
                vec![Constraint::MaxLength(max)]
            }
            Kind::MaxLength(_) => Constraints::new(),
            Kind::Rule(rule) => rule.broken(&text),
        };
        unless_broken(broken, || Setting::Text(SettingText(Sensitive::new(text))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rule: SettingRule, text: &str) -> Option<Constraints> {
        rule.parse(text.to_owned()).err()
    }

    #[test]
    fn texts_obey_the_rules_of_the_model() {
        for (rule, max, all, others) in [
            (SettingRule::PII_ENTITY_TYPES, 300, "AZ_, ", "az09-.\n"),
            (SettingRule::LANGUAGE_MODEL_NAME, 200, "09azAZ._-", ", +/\n"),
            (SettingRule::LANGUAGE_OPTIONS, 200, "azAZ-,", "09_. +\n"),
            (SettingRule::NAMES, 3000, "azAZ09,-._", " +/*\n"),
        ] {
            let Kind::Rule(Rule { pattern, .. }) = rule.0 else { panic!("{all}") };
            assert_eq!(broken(rule, all), None);
            assert_eq!(broken(rule, &"A".repeat(max)), None);
            assert_eq!(broken(rule, &"A".repeat(max + 1)), Some(vec![Constraint::MaxLength(max)]));
            assert_eq!(broken(rule, ""), Some(vec![Constraint::MinLength(1)]));
            for other in others.chars().chain(['é']) {
                // The whole text must match, not only its beginning.
                let text = format!("A{other}");
                assert_eq!(broken(rule, &text), Some(vec![Constraint::Pattern(pattern)]), "{text}");
            }
        }
    }

    #[test]
    fn a_name_has_no_rule_but_its_length_in_code_points() {
        assert_eq!(broken(SettingRule::NAME, ""), None);
        assert_eq!(broken(SettingRule::NAME, &"é".repeat(4096)), None);
        let long = broken(SettingRule::NAME, &"é".repeat(4097));
        assert_eq!(long, Some(vec![Constraint::MaxLength(4096)]));
    }

    #[test]
    fn enum_values_are_parsed_case_sensitively() {
        assert_eq!(broken(SettingRule::MEDICAL_TYPE, "DICTATION"), None);
        let refused = Some(vec![Constraint::OneOf(&["CONVERSATION", "DICTATION"])]);
        for text in ["", "dictation", "DICTATION ", "PII"] {
            assert_eq!(broken(SettingRule::MEDICAL_TYPE, text), refused, "{text}");
        }
    }

    #[test]
    fn the_debug_form_shows_nothing_of_a_text() {
        let setting = SettingRule::NAME.parse("our-words".to_owned());
        assert!(!format!("{setting:?}").contains("our-words"), "{setting:?}");
    }
}
