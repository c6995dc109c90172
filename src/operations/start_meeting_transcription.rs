//! `POST /meetings/{MeetingId}/transcription?operation=start`
//!
//! <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_StartMeetingTranscription.html>
//!
//! Nothing is transcribed. The configuration is validated and not kept, because no operation returns it.
//! The documentation's rules between members, for example about a language and its identification, are not
//! errors of this call: the API reports them later, in an event.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::context::Context;
use super::shapes::meeting_id;
use crate::domain::{
    Constraint, Constraints, Engine, MeetingId, SettingRule, Transcribe, TranscribeMedical,
};
use crate::error::Error;
use crate::json::{Member, objects};
use crate::rest_json::Bindings;
use crate::violations::{Reported, Violations};

objects!(Body, TranscriptionConfiguration, Settings<Transcribe>, Settings<TranscribeMedical>);

/// The name of the member `TranscriptionConfiguration` in messages.
const CONFIGURATION: &str = "transcriptionConfiguration";

pub struct Input {
    meeting_id: MeetingId,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Body {
    transcription_configuration: Member<TranscriptionConfiguration>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct TranscriptionConfiguration {
    engine_transcribe_settings: Member<Settings<Transcribe>>,
    engine_transcribe_medical_settings: Member<Settings<TranscribeMedical>>,
}

/// The settings of an engine by name, each with the outcome of its check.
struct Settings<E> {
    checked: BTreeMap<&'static str, Member<Result<(), Constraints>>>,
    engine: PhantomData<E>,
}

impl Input {
    pub fn read(http: &Bindings<'_>, violations: &mut Violations) -> Result<Self, Reported> {
        let meeting_id = meeting_id(http, violations);
        let body: Body = http.body(violations)?;
        let configuration =
            violations.required(CONFIGURATION, body.transcription_configuration, Ok);
        configuration.and_then(|configuration| configuration.validate(violations))?;
        Ok(Self { meeting_id: meeting_id? })
    }
}

/// Finds out whether the meeting is active.
pub async fn run(context: Context<'_>, input: Input) -> Result<(), Error> {
    context.active_meeting(input.meeting_id).await.map(drop)
}

impl TranscriptionConfiguration {
    /// Checks that the request chooses one engine, and every member of both.
    fn validate(self, violations: &mut Violations) -> Result<(), Reported> {
        let no_transcribe = matches!(self.engine_transcribe_settings, Member::Absent);
        let no_medical = matches!(self.engine_transcribe_medical_settings, Member::Absent);
        let is_one = no_transcribe != no_medical;
        let choice = if is_one { Ok(()) } else { Err(vec![Constraint::OneEngine]) };
        let choice = violations.check(CONFIGURATION, choice);
        let settings = violations.within(CONFIGURATION, |violations| {
            let transcribe = violations.optional_structure(
                &lower_first(Transcribe::NAME),
                self.engine_transcribe_settings,
                Settings::validate,
            );
            let medical = violations.optional_structure(
                &lower_first(TranscribeMedical::NAME),
                self.engine_transcribe_medical_settings,
                Settings::validate,
            );
            transcribe.and(medical)
        });
        choice.and(settings).map(drop)
    }
}

impl<E: Engine> Settings<E> {
    fn validate(mut self, violations: &mut Violations) -> Result<(), Reported> {
        let mut validated = Ok(());
        for (name, _) in E::REQUIRED {
            let setting = self.checked.remove(name).unwrap_or_default();
            let setting = violations.required(&lower_first(name), setting, |checked| checked);
            validated = validated.and(setting);
        }
        for (name, _) in E::OPTIONAL {
            let setting = self.checked.remove(name).unwrap_or_default();
            let setting = violations.optional(&lower_first(name), setting, |checked| checked);
            validated = validated.and(setting.map(drop));
        }
        validated
    }
}

impl<'de, E: Engine> Deserialize<'de> for Settings<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self { checked: BTreeMap::new(), engine: PhantomData })
    }
}

/// Reads an object like a derived struct: members of other names are ignored, and none may occur twice.
impl<'de, E: Engine> Visitor<'de> for Settings<E> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(E::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Self, A::Error> {
        while let Some(name) = object.next_key::<String>()? {
            let mut settings = E::REQUIRED.iter().chain(E::OPTIONAL);
            let Some((name, rule)) = settings.find(|(setting, _)| *setting == name) else {
                object.next_value::<IgnoredAny>()?;
                continue;
            };
            let setting = match rule {
                SettingRule::Flag => object.next_value::<Member<bool>>()?.map(|_| Ok(())),
                SettingRule::OneOf(values) => object.next_value::<Member<String>>()?.map(|text| {
                    let is_one = values.contains(&text.as_str());
                    if is_one { Ok(()) } else { Err(vec![Constraint::OneOf(values)]) }
                }),
                SettingRule::Text(rule) => {
                    object.next_value::<Member<String>>()?.map(|text| rule.check(text).map(drop))
                }
            };
            if self.checked.insert(name, setting).is_some() {
                return Err(A::Error::duplicate_field(name));
            }
        }
        Ok(self)
    }
}

/// The name of a member in messages begins in lower case.
fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
