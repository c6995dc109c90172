"""Erases a user: `pip install boto3`, then `python3 erase_user.py --stack STACK -- EXTERNAL_USER_ID`.

Reads the whole table of attendees. For each item of the user it calls DeleteAttendee, and deletes the item if the
response is 204, or the API's 404 because the meeting or the attendee is gone. After anything else the item stays,
and the exit code is not 0: run it again. The exit code is 0 if no item of the user is left. Then it names the
meetings whose items still lead to the user. It prints no external ids.

boto3 finds region and credentials. They need cloudformation:DescribeStacks, execute-api:Invoke for DeleteAttendee,
dynamodb:GetItem and Scan on both tables, and dynamodb:DeleteItem on that of attendees. docs/data.md says when to
run it, and what stays.
"""

import argparse
import os
import sys
import uuid
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

NAMES = {"Endpoint", "Attendees", "Meetings"}


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stack", help="name of the stack, whose outputs are the following three")
    parser.add_argument("--endpoint", dest="Endpoint", metavar="URL", help="the API")
    parser.add_argument("--attendees", dest="Attendees", metavar="TABLE", help="its table of attendees")
    parser.add_argument("--meetings", dest="Meetings", metavar="TABLE", help="its table of meetings")
    parser.add_argument("user", metavar="EXTERNAL_USER_ID", help="after `--`, because it may begin with a hyphen")
    arguments = parser.parse_args()
    if not arguments.user:
        parser.error("EXTERNAL_USER_ID is empty")
    return arguments


def outputs(session, stack):
    (description,) = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in description.get("Outputs", [])}


def client_of_api(session, endpoint):
    # One attempt, so that each response is told. Running the program again is the retry.
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=35)
    api = session.client("chime-sdk-meetings", endpoint_url=endpoint, config=config)

    # API Gateway verifies signatures for `execute-api`, not for `chime`.
    def sign_for_execute_api(context, **_):
        context.setdefault("signing", {})["signing_name"] = "execute-api"

    api.meta.events.register("choose-signer.chime-sdk-meetings", sign_for_execute_api)
    return api


def scan(dynamodb, table, **parameters):
    pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True, **parameters)
    return (item for page in pages for item in page["Items"])


def delete_attendee(api, meeting_id, attendee_id):
    """Returns the status, 204 or 404. Any other is an error."""
    try:
        response = api.delete_attendee(MeetingId=meeting_id, AttendeeId=attendee_id)
    except ClientError as error:
        # A 404 without this type, such as that of a proxy or of a wrong path, says nothing about the attendee.
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        response = error.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    if status not in (204, 404):
        raise ValueError(f"DeleteAttendee: {status}")
    return status


def delete_item(dynamodb, table, meeting_id, attendee_id, user):
    dynamodb.delete_item(
        TableName=table,
        Key={"MeetingId": {"S": meeting_id}, "ExternalUserId": {"S": user}},
        # If the user was created again meanwhile, the item is that of another attendee.
        ConditionExpression="attribute_not_exists(MeetingId) OR AttendeeId = :deleted",
        ExpressionAttributeValues={":deleted": {"S": attendee_id}},
    )


def erase(api, dynamodb, table, user):
    """Erases every item of the user. Returns how many there were, and how many are left."""
    found = left = 0
    of_user = {
        "FilterExpression": "ExternalUserId = :user",
        "ExpressionAttributeValues": {":user": {"S": user}},
        "ProjectionExpression": "MeetingId, AttendeeId",
    }
    for item in scan(dynamodb, table, **of_user):
        found += 1
        meeting_id, attendee_id = (item.get(name, {}).get("S", "") for name in ("MeetingId", "AttendeeId"))
        try:
            status = delete_attendee(api, meeting_id, attendee_id)
            delete_item(dynamodb, table, meeting_id, attendee_id, user)
            outcome = f"{status}, erased"
        except Exception as error:  # Whatever it is, the other items can still be erased.
            outcome = f"not erased: {reason(error)}"
            left += 1
        print(f"meeting {meeting_id} attendee {attendee_id}: {outcome}", flush=True)
    return found, left


def reason(error):
    if not isinstance(error, ClientError):
        return error
    status, failure = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]
    return f"{error.operation_name}: {status} {failure['Code']}: {failure['Message']}"


def how_it_leads_to(user, meeting):
    """How the item of a meeting leads to the user, or None."""
    tags = meeting.get("MeetingTags", {}).get("M", {})
    values = [meeting.get("MeetingHostId", {}), meeting.get("ExternalMeetingId", {}), *tags.values()]
    if any(user in text for text in [*tags, *(value.get("S", "") for value in values)]):
        return "names the user as its host, in its external id or in a tag"
    seat = uuid.uuid5(uuid.UUID(meeting["MeetingId"]["S"]), user).bytes
    return "has a digest of the user's id" if seat in meeting.get("Seats", {}).get("BS", []) else None


def main():
    arguments = parse_arguments()
    session = boto3.Session(region_name=os.environ.get("AWS_DEFAULT_REGION") or os.environ.get("AWS_REGION"))
    names = outputs(session, arguments.stack) if arguments.stack else {}
    names |= {name: value for name, value in vars(arguments).items() if name in NAMES and value}
    if missing := NAMES - names.keys():
        raise ValueError(f"neither given nor an output of a given stack: {', '.join(sorted(missing))}")
    api, user = client_of_api(session, names["Endpoint"]), arguments.user
    # A scan that fails has to begin again, so it is patient when DynamoDB throttles.
    dynamodb = session.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": 10}))

    # Fails if a table has other keys: a scan of a wrong table finds nothing, which looks like a success.
    meeting = {"MeetingId": {"S": "any"}}
    dynamodb.get_item(TableName=names["Meetings"], Key=meeting)
    dynamodb.get_item(TableName=names["Attendees"], Key={**meeting, "ExternalUserId": {"S": user}})

    found, left = erase(api, dynamodb, names["Attendees"], user)
    print(f"{found} items found, {left} left", flush=True)
    if left:
        sys.exit("not finished: run this again")
    for meeting in scan(dynamodb, names["Meetings"]):
        if how := how_it_leads_to(user, meeting):
            expiry = datetime.fromtimestamp(int(meeting["ExpiresAt"]["N"]), timezone.utc)
            removal = f"DynamoDB removes the item after {expiry:%Y-%m-%d %H:%M} UTC"
            print(f"meeting {meeting['MeetingId']['S']} {how}; {removal}")


try:
    main()
except KeyboardInterrupt:
    print("not finished: interrupted", file=sys.stderr)
    sys.exit(130)
except (BotoCoreError, ClientError, OSError, ValueError) as error:
    sys.exit(f"not finished: {reason(error)}")
