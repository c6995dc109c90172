//! The rules for the settings of a transcription. Nothing is transcribed, so no value is kept.

use SettingRule::{Flag, OneOf, Text};

use super::rule::Rule;

/// A transcription engine, by the members of its settings.
pub trait Engine {
    /// The member of `TranscriptionConfiguration` with the engine's settings.
    const NAME: &str;
    /// The required settings. Messages name them first.
    const REQUIRED: &[(&str, SettingRule)];
    /// The optional settings.
    const OPTIONAL: &[(&str, SettingRule)];
}

/// Amazon Transcribe.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_EngineTranscribeSettings.html>
pub enum Transcribe {}

/// Amazon Transcribe Medical.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_EngineTranscribeMedicalSettings.html>
pub enum TranscribeMedical {}

/// The rule for a setting. Enums are lists of values, because no code distinguishes one value from another.
#[derive(Clone, Copy)]
pub enum SettingRule {
    /// A boolean.
    Flag,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A text that satisfies this rule.
    Text(&'static Rule),
}

impl Engine for Transcribe {
    const NAME: &str = "EngineTranscribeSettings";
    const REQUIRED: &[(&str, SettingRule)] = &[];
    const OPTIONAL: &[(&str, SettingRule)] = &[
        ("LanguageCode", OneOf(LANGUAGES)),
        ("VocabularyFilterMethod", OneOf(&["remove", "mask", "tag"])),
        ("VocabularyFilterName", Text(&STRING)),
        ("VocabularyName", Text(&STRING)),
        ("Region", OneOf(REGIONS)),
        ("EnablePartialResultsStabilization", Flag),
        ("PartialResultsStability", OneOf(&["low", "medium", "high"])),
        ("ContentIdentificationType", OneOf(&["PII"])),
        ("ContentRedactionType", OneOf(&["PII"])),
        ("PiiEntityTypes", Text(&PII_ENTITY_TYPES)),
        ("LanguageModelName", Text(&LANGUAGE_MODEL_NAME)),
        ("IdentifyLanguage", Flag),
        ("LanguageOptions", Text(&LANGUAGE_OPTIONS)),
        ("PreferredLanguage", OneOf(LANGUAGES)),
        ("VocabularyNames", Text(&NAMES)),
        ("VocabularyFilterNames", Text(&NAMES)),
    ];
}

impl Engine for TranscribeMedical {
    const NAME: &str = "EngineTranscribeMedicalSettings";
    const REQUIRED: &[(&str, SettingRule)] = &[
        ("LanguageCode", OneOf(&["en-US"])),
        ("Specialty", OneOf(SPECIALTIES)),
        ("Type", OneOf(&["CONVERSATION", "DICTATION"])),
    ];
    const OPTIONAL: &[(&str, SettingRule)] = &[
        ("VocabularyName", Text(&STRING)),
        ("Region", OneOf(MEDICAL_REGIONS)),
        ("ContentIdentificationType", OneOf(&["PHI"])),
    ];
}

const LANGUAGES: &[&str] = &[
    "en-US", "en-GB", "es-US", "fr-CA", "fr-FR", "en-AU", "it-IT", "de-DE", "pt-BR", "ja-JP",
    "ko-KR", "zh-CN", "th-TH", "hi-IN",
];
const REGIONS: &[&str] = &[
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
];
const SPECIALTIES: &[&str] =
    &["PRIMARYCARE", "CARDIOLOGY", "NEUROLOGY", "ONCOLOGY", "RADIOLOGY", "UROLOGY"];
const MEDICAL_REGIONS: &[&str] =
    &["us-east-1", "us-east-2", "us-west-2", "ap-southeast-2", "ca-central-1", "eu-west-1", "auto"];

/// The service model's shape `String`.
const STRING: Rule = Rule { min_length: 0, max_length: 4096, pattern: ".*", matches: |_| true };
const PII_ENTITY_TYPES: Rule = Rule {
    min_length: 1,
    max_length: 300,
    pattern: "^[A-Z_, ]+",
    matches: |text| text.chars().all(|c| matches!(c, 'A'..='Z' | '_' | ',' | ' ')),
};
const LANGUAGE_MODEL_NAME: Rule = Rule {
    min_length: 1,
    max_length: 200,
    pattern: "^[0-9a-zA-Z._-]+",
    matches: |text| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')),
};
const LANGUAGE_OPTIONS: Rule = Rule {
    min_length: 1,
    max_length: 200,
    pattern: "^[a-zA-Z-,]+",
    matches: |text| text.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, '-' | ',')),
};
const NAMES: Rule = Rule {
    min_length: 1,
    max_length: 3000,
    pattern: "^[a-zA-Z0-9,-._]+",
    // `,-.` is a range in this pattern. It contains `,`, `-` and `.`.
    matches: |text| text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ','..='.' | '_')),
};

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    #[test]
    fn texts_obey_the_rules_of_the_model() {
        for (rule, max, all, others) in [
            (PII_ENTITY_TYPES, 300, "AZ_, ", "az09-.\n"),
            (LANGUAGE_MODEL_NAME, 200, "09azAZ._-", ", +/\n"),
            (LANGUAGE_OPTIONS, 200, "azAZ-,", "09_. +\n"),
            (NAMES, 3000, "azAZ09,-._", " +/*\n"),
        ] {
            let broken = |text: &str| rule.check(text).err();
            assert_eq!(broken(all), None);
            assert_eq!(broken(&"A".repeat(max)), None);
            assert_eq!(broken(&"A".repeat(max + 1)), Some(vec![Constraint::MaxLength(max)]));
            assert_eq!(broken(""), Some(vec![Constraint::MinLength(1)]));
            for other in others.chars().chain(['é']) {
                // The whole text must match, not only its beginning.
                let text = format!("A{other}");
                assert_eq!(broken(&text), Some(vec![Constraint::Pattern(rule.pattern)]), "{text}");
            }
        }
    }
}
