//! The rules for the settings of a transcription. Nothing is transcribed, so no value is kept.

use super::rule::{Rule, unless_broken};
use super::{Constraint, Constraints};

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

/// The rule for a setting.
#[derive(Clone, Copy)]
pub enum SettingRule {
    /// A boolean.
    Flag,
    /// Text that satisfies this rule.
    Text(TextRule),
}

/// The rule for the text of a setting. Enums are lists of values, because no code distinguishes one value
/// from another.
#[derive(Clone, Copy)]
pub enum TextRule {
    /// One of these values.
    OneOf(&'static [&'static str]),
    /// Any text of at most this many code points.
    MaxLength(usize),
    /// Text with a length and a pattern.
    Pattern(&'static Rule),
}

impl Engine for Transcribe {
    const NAME: &str = "EngineTranscribeSettings";
    const REQUIRED: &[(&str, SettingRule)] = &[];
    const OPTIONAL: &[(&str, SettingRule)] = &[
        ("LanguageCode", one_of(LANGUAGES)),
        ("VocabularyFilterMethod", one_of(&["remove", "mask", "tag"])),
        ("VocabularyFilterName", NAME),
        ("VocabularyName", NAME),
        ("Region", one_of(REGIONS)),
        ("EnablePartialResultsStabilization", SettingRule::Flag),
        ("PartialResultsStability", one_of(&["low", "medium", "high"])),
        ("ContentIdentificationType", one_of(&["PII"])),
        ("ContentRedactionType", one_of(&["PII"])),
        ("PiiEntityTypes", pattern(&PII_ENTITY_TYPES)),
        ("LanguageModelName", pattern(&LANGUAGE_MODEL_NAME)),
        ("IdentifyLanguage", SettingRule::Flag),
        ("LanguageOptions", pattern(&LANGUAGE_OPTIONS)),
        ("PreferredLanguage", one_of(LANGUAGES)),
        ("VocabularyNames", pattern(&NAMES)),
        ("VocabularyFilterNames", pattern(&NAMES)),
    ];
}

impl Engine for TranscribeMedical {
    const NAME: &str = "EngineTranscribeMedicalSettings";
    const REQUIRED: &[(&str, SettingRule)] = &[
        ("LanguageCode", one_of(&["en-US"])),
        ("Specialty", one_of(SPECIALTIES)),
        ("Type", one_of(&["CONVERSATION", "DICTATION"])),
    ];
    const OPTIONAL: &[(&str, SettingRule)] = &[
        ("VocabularyName", NAME),
        ("Region", one_of(MEDICAL_REGIONS)),
        ("ContentIdentificationType", one_of(&["PHI"])),
    ];
}

/// The service model's shape `String`.
const NAME: SettingRule = SettingRule::Text(TextRule::MaxLength(4096));

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

const fn one_of(values: &'static [&'static str]) -> SettingRule {
    SettingRule::Text(TextRule::OneOf(values))
}

const fn pattern(rule: &'static Rule) -> SettingRule {
    SettingRule::Text(TextRule::Pattern(rule))
}

impl TextRule {
    /// Checks the text of a setting; an error lists every rule that it breaks.
    pub fn check(self, text: &str) -> Result<(), Constraints> {
        let broken = match self {
            Self::OneOf(values) if !values.contains(&text) => vec![Constraint::OneOf(values)],
            Self::MaxLength(max) if text.chars().count() > max => vec![Constraint::MaxLength(max)],
            Self::OneOf(_) | Self::MaxLength(_) => Constraints::new(),
            Self::Pattern(rule) => rule.broken(text),
        };
        unless_broken(broken, || ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(rule: SettingRule, text: &str) -> Option<Constraints> {
        let SettingRule::Text(rule) = rule else { panic!("{text}") };
        rule.check(text).err()
    }

    #[test]
    fn texts_obey_the_rules_of_the_model() {
        for (rule, max, all, others) in [
            (&PII_ENTITY_TYPES, 300, "AZ_, ", "az09-.\n"),
            (&LANGUAGE_MODEL_NAME, 200, "09azAZ._-", ", +/\n"),
            (&LANGUAGE_OPTIONS, 200, "azAZ-,", "09_. +\n"),
            (&NAMES, 3000, "azAZ09,-._", " +/*\n"),
        ] {
            let broken = |text: &str| broken(pattern(rule), text);
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
