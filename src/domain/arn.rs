//! Amazon Resource Names (ARNs).

use super::rule::Rule;
use super::sensitive::Sensitive;
use super::{Constraints, MeetingId};

const TARGET: Rule = Rule {
    min_length: 1,
    max_length: 1024,
    pattern: r"^arn[\/\:\-\_\.a-zA-Z0-9]+$",
    matches: |text| {
        let is_allowed =
            |c: char| matches!(c, '/' | ':' | '-' | '_' | '.') || c.is_ascii_alphanumeric();
        text.strip_prefix("arn")
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_allowed))
    },
};
const RESOURCE: Rule = Rule {
    min_length: 1,
    max_length: 1011,
    pattern: "^arn:.*",
    // In a Java pattern, `.` matches any character except line terminators.
    matches: |text| {
        text.starts_with("arn:") && !text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
    },
};

/// The target of a meeting's notifications. The service model marks it as sensitive.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_NotificationsConfiguration.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetArn(Sensitive);

/// The resource of a request about tags: 1 to 1011 characters that begin with `arn:`. It is free text,
/// so its `Debug` form shows nothing of it.
///
/// <https://docs.aws.amazon.com/chime-sdk/latest/APIReference/API_meeting-chime_TagResource.html>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceArn(Sensitive);

impl TargetArn {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        TARGET.check(text).map(Sensitive::new).map(Self)
    }
}

impl ResourceArn {
    /// Parses the text; an error lists every rule that it breaks.
    pub fn parse(text: impl Into<String>) -> Result<Self, Constraints> {
        RESOURCE.check(text).map(Sensitive::new).map(Self)
    }

    /// The ARN itself, for finding the resource and for the response to the caller.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The id of the meeting with this ARN. Partition, region and account don't matter, because they are those
    /// of whatever returned the ARN: the deployed function, `sam local` or `cargo local`, on the same tables.
    pub fn meeting(&self) -> Option<MeetingId> {
        let parts: Vec<_> = self.expose().split(':').collect();
        let ["arn", _, "chime", _, _, resource] = parts.as_slice() else { return None };
        MeetingId::parse(resource.strip_prefix("meeting/")?).ok()
    }
}

/// The ARN of a meeting, in the function's partition, region and account, for example
/// `arn:aws:chime:us-east-1:111122223333:meeting/…`.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonchime.html#amazonchime-resources-for-iam-policies>
pub fn meeting_arn(function_arn: &str, meeting: MeetingId) -> String {
    let mut parts = function_arn.split(':').skip(1);
    let (partition, _, region, account) = (parts.next(), parts.next(), parts.next(), parts.next());
    format!(
        "arn:{}:chime:{}:{}:meeting/{meeting}",
        partition.unwrap_or("aws"),
        region.unwrap_or("us-east-1"),
        account.unwrap_or("000000000000"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::Constraint;
    use super::*;

    #[test]
    fn a_target_obeys_the_rules_of_the_model() {
        let parse = |text: &str| TargetArn::parse(text).err();
        assert_eq!(parse("arn:aws:sqs:us-east-1:123456789012:queue_1.fifo"), None);
        for wrong in ["arn", "aws:sqs", "arn:aws:sqs:*", "Arn:x"] {
            assert_eq!(parse(wrong), Some(vec![Constraint::Pattern(TARGET.pattern)]), "{wrong}");
        }
        let long = format!("arn{}", "a".repeat(1022));
        assert_eq!(parse(&long), Some(vec![Constraint::MaxLength(1024)]));
    }

    #[test]
    fn a_resource_obeys_the_rules_of_the_model() {
        let parse = |text: &str| ResourceArn::parse(text).err();
        assert_eq!(parse("arn:"), None);
        assert_eq!(parse("arn:aws:chime:é *"), None);
        assert_eq!(parse("arn"), Some(vec![Constraint::Pattern(RESOURCE.pattern)]));
        let both = vec![Constraint::MinLength(1), Constraint::Pattern(RESOURCE.pattern)];
        assert_eq!(parse(""), Some(both));
        let long = format!("arn:{}", "a".repeat(1008));
        assert_eq!(parse(&long), Some(vec![Constraint::MaxLength(1011)]));
    }

    const FUNCTION: &str = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:rollcall";

    fn meeting_of(arn: &str) -> Option<MeetingId> {
        ResourceArn::parse(arn).unwrap().meeting()
    }

    #[test]
    fn a_meeting_s_arn_is_in_the_function_s_account_and_found_from_any() {
        let meeting = MeetingId::parse("0f8fad5b-d9cb-469f-a165-70867728950e").unwrap();
        let arn = "arn:aws-us-gov:chime:us-gov-west-1:123456789012:meeting/0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(meeting_arn(FUNCTION, meeting), arn);
        assert_eq!(
            meeting_arn("", meeting),
            "arn:aws:chime:us-east-1:000000000000:meeting/0f8fad5b-d9cb-469f-a165-70867728950e"
        );
        assert_eq!(meeting_of(arn), Some(meeting));
        assert_eq!(meeting_of(&arn.replace("0f8f", "0F8F")), Some(meeting));
        assert_eq!(meeting_of(&meeting_arn("", meeting)), Some(meeting));
        assert_eq!(meeting_of(&arn.replace(":chime", ":CHIME")), None);
        assert_eq!(meeting_of(&arn.replace(":123456789012", "")), None);
        assert_eq!(meeting_of(&arn.replace(":123456789012", ":123456789012:x")), None);
        assert_eq!(meeting_of(&arn.replace("meeting/", "")), None);
        assert_eq!(meeting_of(&arn.replace("meeting/", "room/")), None);
        assert_eq!(meeting_of(&arn.replace("meeting/", "meeting/x")), None);
    }
}
