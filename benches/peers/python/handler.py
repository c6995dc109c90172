"""A plain Python version of CreateAttendee: the two writes, and little else."""

import base64
import hashlib
import json
import os
import time
import uuid

import boto3

dynamodb = boto3.client("dynamodb")


def respond(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def attendee_of(item):
    names = ("AttendeeId", "ExternalUserId", "JoinToken")
    capabilities = {name: value["S"] for name, value in item["Capabilities"]["M"].items()}
    return {"Attendee": {name: item[name]["S"] for name in names} | {"Capabilities": capabilities}}


def handler(event):
    meeting_id = event["pathParameters"]["MeetingId"]
    user = json.loads(event["body"]).get("ExternalUserId")
    if not isinstance(user, str) or not 2 <= len(user) <= 64:
        return respond(400, {"Code": "BadRequest", "Message": "ExternalUserId"})
    now = int(time.time())
    seat = hashlib.sha1((meeting_id + user).encode()).digest()[:16]
    try:
        dynamodb.update_item(
            TableName=os.environ["MEETINGS_TABLE"],
            Key={"MeetingId": {"S": meeting_id}},
            UpdateExpression="ADD Seats :seats",
            ConditionExpression="attribute_exists(MeetingId) AND attribute_not_exists(EndedAt)"
            " AND ExpiresAt > :now AND (attribute_not_exists(Seats)"
            " OR size(Seats) < MaxAttendees OR contains(Seats, :seat))",
            ExpressionAttributeValues={
                ":seats": {"BS": [seat]}, ":seat": {"B": seat}, ":now": {"N": str(now)},
            },
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return respond(404, {"Code": "NotFound", "Message": "No such meeting, or it is full"})
    any_direction = {"S": "SendReceive"}
    media = ("Audio", "Content", "Video")
    item = {
        "MeetingId": {"S": meeting_id},
        "ExternalUserId": {"S": user},
        "AttendeeId": {"S": str(uuid.uuid4())},
        "JoinToken": {"S": base64.b64encode(os.urandom(33)).decode()[:43]},
        "Capabilities": {"M": dict.fromkeys(media, any_direction)},
        "ExpiresAt": {"N": str(now + 90000)},
    }
    try:
        dynamodb.put_item(
            TableName=os.environ["ATTENDEES_TABLE"],
            Item=item,
            ConditionExpression="attribute_not_exists(MeetingId)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as refusal:
        return respond(200, attendee_of(refusal.response["Item"]))
    return respond(200, attendee_of(item))
