//! The regions that a meeting's media can be in.

use super::Constraint;

/// As CreateMeeting lists them, those of GovCloud last.
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
    /// Case-sensitive, like every enum value of the API.
    pub fn parse(text: &str) -> Result<Self, Constraint> {
        match REGIONS.iter().find(|region| **region == text) {
            Some(region) => Ok(Self(region)),
            None => Err(Constraint::OneOf(REGIONS)),
        }
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
    fn only_a_listed_region_in_its_own_case_is_one() {
        assert_eq!(MediaRegion::parse("eu-central-1").map(MediaRegion::as_str), Ok("eu-central-1"));
        for text in ["", "EU-CENTRAL-1", "eu-central-9", "mars-north-1", "eu-central-1 "] {
            assert_eq!(MediaRegion::parse(text), Err(Constraint::OneOf(REGIONS)), "{text}");
        }
    }
}
