"""Calls the API with boto3: `pip install -r requirements.txt`, then `python client.py ENDPOINT`.

Credentials and region come from the environment. With SIGNING_NAME=execute-api it signs for a deployed API.
"""

import os
import sys
import uuid

import boto3


# snippet: sign
def sign_for(client, signing_name):
    """API Gateway verifies signatures for `execute-api`, not for `chime`."""

    def choose_signing_name(context, **_):
        context.setdefault("signing", {})["signing_name"] = signing_name

    client.meta.events.register("choose-signer.chime-sdk-meetings", choose_signing_name)
# end


def main(endpoint):
    chime = boto3.client("chime-sdk-meetings", endpoint_url=endpoint)
    if signing_name := os.environ.get("SIGNING_NAME"):
        sign_for(chime, signing_name)

    # A meeting for two attendees.
    meeting = chime.create_meeting(
        ClientRequestToken=str(uuid.uuid4()),
        ExternalMeetingId="standup",
        MediaRegion="eu-central-1",
        MeetingFeatures={"Video": {"MaxResolution": "HD"}, "Attendee": {"MaxCount": 2}},
    )["Meeting"]
    meeting_id = meeting["MeetingId"]
    assert meeting["MeetingFeatures"]["Attendee"]["MaxCount"] == 2

    # Creating the same user again returns the same attendee, with the same join token.
    alice = chime.create_attendee(MeetingId=meeting_id, ExternalUserId="alice")["Attendee"]
    again = chime.create_attendee(MeetingId=meeting_id, ExternalUserId="alice")["Attendee"]
    assert again == alice

    # Bob is named twice and becomes one attendee.
    batch = chime.batch_create_attendee(
        MeetingId=meeting_id, Attendees=[{"ExternalUserId": "bob"}, {"ExternalUserId": "bob"}]
    )
    assert batch["Errors"] == []
    [bob] = batch["Attendees"]

    # boto3 has no paginator for ListAttendees.
    listed, page = [], {}
    while True:
        page = chime.list_attendees(MeetingId=meeting_id, MaxResults=1, **page)
        listed += page["Attendees"]
        if "NextToken" not in page:
            break
        page = {"NextToken": page["NextToken"]}
    assert {a["AttendeeId"] for a in listed} == {alice["AttendeeId"], bob["AttendeeId"]}

    receive_audio = {"Audio": "Receive", "Video": "None", "Content": "None"}
    updated = chime.update_attendee_capabilities(
        MeetingId=meeting_id, AttendeeId=bob["AttendeeId"], Capabilities=receive_audio
    )["Attendee"]
    assert updated["Capabilities"] == receive_audio

    def refused(exception, operation, **parameters):
        try:
            operation(MeetingId=meeting_id, **parameters)
        except exception as error:
            assert error.response["ResponseMetadata"]["RequestId"] == error.response["RequestId"]
        else:
            raise AssertionError(f"no {exception.__name__}")

    errors = chime.exceptions
    refused(errors.BadRequestException, chime.create_attendee, ExternalUserId="aws:alice")
    refused(errors.LimitExceededException, chime.create_attendee, ExternalUserId="carol")
    refused(
        errors.UnprocessableEntityException,
        chime.create_attendee, ExternalUserId="alice", Capabilities=receive_audio,
    )

    chime.start_meeting_transcription(
        MeetingId=meeting_id,
        TranscriptionConfiguration={"EngineTranscribeSettings": {"LanguageCode": "en-US"}},
    )
    chime.stop_meeting_transcription(MeetingId=meeting_id)

    chime.delete_attendee(MeetingId=meeting_id, AttendeeId=bob["AttendeeId"])
    chime.delete_meeting(MeetingId=meeting_id)
    refused(errors.NotFoundException, chime.get_meeting)
    print(f"Python boto3 {boto3.__version__} ok")


if __name__ == "__main__":
    main(sys.argv[1])
