//! The Region of a meeting's media.

use super::Constraints;
use super::rule::Rule;

const RULE: Rule = Rule {
    min_length: 2,
    max_length: 64,
    pattern: "[a-z]{2,}(-[a-z]+)+-[0-9]+",
    matches: has_form,
};

/// A name of the form of an AWS Region. The service model has no list, and the documentation's list lacks
/// Regions that AWS has announced since.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRegion(String);

impl MediaRegion {
    /// Parses a name, case-sensitively; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        RULE.check(text).map(Self)
    }

    /// The name, for example `eu-central-1`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the text matches the pattern of [`RULE`].
fn has_form(text: &str) -> bool {
    let Some((area, number)) = text.rsplit_once('-') else { return false };
    let Some((first, others)) = area.split_once('-') else { return false };
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    is_word(first)
        && first.len() >= 2
        && others.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    #[test]
    fn any_name_of_the_form_of_a_region_is_parsed() {
        let longest = format!("eu-{}-1", "a".repeat(59));
        for region in
            ["eu-central-1", "il-central-1", "us-gov-west-1", "eusc-de-east-1", "xx-y-10", &longest]
        {
            assert_eq!(MediaRegion::parse(region).unwrap().as_str(), region);
        }
        let no_region = Constraint::Pattern(RULE.pattern);
        for text in [
            "eu",
            "mars",
            "auto",
            "EU-CENTRAL-1",
            "eu-central-1 ",
            "eu-central-1a",
            "eu-central-",
            "eu-central",
            "eu-central-1-",
            "eu--central-1",
            "-eu-central-1",
            "e-central-1",
            "eu-1",
            "eu-2-1",
            "eu1-central-1",
            "eu_central_1",
            "eu-zentralé-1",
            "eu-central-٣",
        ] {
            assert_eq!(MediaRegion::parse(text), Err(vec![no_region]), "{text}");
        }
    }

    #[test]
    fn a_name_has_2_to_64_characters() {
        let long = format!("eu-{}-1", "a".repeat(60));
        assert_eq!(MediaRegion::parse(long), Err(vec![Constraint::MaxLength(64)]));
        let both = vec![Constraint::MinLength(2), Constraint::Pattern(RULE.pattern)];
        assert_eq!(MediaRegion::parse(""), Err(both));
    }
}
