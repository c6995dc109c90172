//! The name of a meeting among all resources of AWS.

use crate::domain::MeetingId;

/// `arn:aws:chime:us-east-1:111122223333:meeting/…`, in the function's partition, region and
/// account.
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonchime.html#amazonchime-resources-for-iam-policies>
pub(super) fn meeting_arn(function_arn: &str, meeting: MeetingId) -> String {
    let mut parts = function_arn.split(':').skip(1);
    let (partition, _, region, account) = (parts.next(), parts.next(), parts.next(), parts.next());
    format!(
        "arn:{}:chime:{}:{}:meeting/{meeting}",
        partition.unwrap_or("aws"),
        region.unwrap_or("us-east-1"),
        account.unwrap_or("000000000000"),
    )
}

/// The meeting that has this ARN in the function's account, if it is one. The case of its id does not
/// matter, as everywhere.
pub(super) fn meeting_of(function_arn: &str, arn: &str) -> Option<MeetingId> {
    let (account, id) = arn.rsplit_once(":meeting/")?;
    let meeting = MeetingId::parse(id).ok()?;
    (meeting_arn(function_arn, meeting) == format!("{account}:meeting/{meeting}"))
        .then_some(meeting)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: &str = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:rollcall";

    #[test]
    fn a_meeting_s_arn_is_in_the_function_s_account() {
        let meeting = MeetingId::parse("0f8fad5b-d9cb-469f-a165-70867728950e").unwrap();
        let arn = "arn:aws-us-gov:chime:us-gov-west-1:123456789012:meeting/0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(meeting_arn(FUNCTION, meeting), arn);
        assert_eq!(
            meeting_arn("", meeting),
            "arn:aws:chime:us-east-1:000000000000:meeting/0f8fad5b-d9cb-469f-a165-70867728950e"
        );
        assert_eq!(meeting_of(FUNCTION, arn), Some(meeting));
        assert_eq!(meeting_of(FUNCTION, &arn.replace("0f8f", "0F8F")), Some(meeting));
        assert_eq!(meeting_of(FUNCTION, &arn.replace(":chime", ":CHIME")), None);
        assert_eq!(meeting_of("", arn), None);
        assert_eq!(meeting_of(FUNCTION, &arn.replace("meeting/", "meeting/x")), None);
    }
}
