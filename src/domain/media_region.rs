//! The regions of a meeting's media.

use super::Constraint;

/// The regions that CreateMeeting lists, those of GovCloud last. This is a list instead of an
/// `enumeration!`, because no code distinguishes one region from another, and twenty variants with a
/// name and a doc each would only repeat the list.
const REGIONS: &[&str] = &[
    "af-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-east-1",
    "us-gov-west-1",
];

/// One of the regions that CreateMeeting lists.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_CreateMeeting.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaRegion(&'static str);

impl MediaRegion {
    /// Parses a region's code, case-sensitively like every enum value of the API.
    pub fn parse(text: &str) -> Result<Self, Constraint> {
        match REGIONS.iter().find(|region| **region == text) {
            Some(region) => Ok(Self(region)),
            None => Err(Constraint::OneOf(REGIONS)),
        }
    }

    /// All regions.
    pub fn all() -> impl Iterator<Item = Self> {
        REGIONS.iter().map(|region| Self(region))
    }

    /// The region's code, for example `eu-central-1`.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_listed_regions_are_parsed_and_case_sensitively() {
        assert_eq!(MediaRegion::parse("eu-central-1").map(MediaRegion::as_str), Ok("eu-central-1"));
        for text in ["", "EU-CENTRAL-1", "eu-central-9", "mars-north-1", "eu-central-1 "] {
            assert_eq!(MediaRegion::parse(text), Err(Constraint::OneOf(REGIONS)), "{text}");
        }
    }
}
