"""A plain Python version of CreateAttendee: the two writes, and little else.

The writes are the product's, in the file that the first argument names, with the user of each request.
"""

import base64
import json
import os
import sys
import uuid

import boto3


def decoded(value):
    """An attribute's value of DynamoDB's protocol, as boto3 takes it."""
    if "B" in value:
        return {"B": base64.b64decode(value["B"])}
    return {"BS": list(map(base64.b64decode, value["BS"]))} if "BS" in value else value


dynamodb = boto3.client("dynamodb")
with open(sys.argv[1]) as file:
    recorded = json.load(file, object_hook=decoded)


def respond(status, body):
    headers = {"Content-Type": "application/json"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def attendee_of(item):
    names = ("AttendeeId", "ExternalUserId", "JoinToken")
    capabilities = {name: value["S"] for name, value in item["Capabilities"]["M"].items()}
    return {"Attendee": {name: item[name]["S"] for name in names} | {"Capabilities": capabilities}}


def handler(event):
    key = {"MeetingId": {"S": event["pathParameters"]["MeetingId"]}}
    user = json.loads(event["body"]).get("ExternalUserId")
    if not isinstance(user, str) or not 2 <= len(user) <= 64:
        return respond(400, {"Code": "BadRequest", "Message": "ExternalUserId"})
    try:
        dynamodb.update_item(**{**recorded["UpdateItem"], "Key": key})
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return respond(404, {"Code": "NotFound", "Message": "No such meeting, or it is full"})
    item = {
        **recorded["PutItem"]["Item"],
        **key,
        "ExternalUserId": {"S": user},
        "AttendeeId": {"S": str(uuid.uuid4())},
        "JoinToken": {"S": os.urandom(32).hex()},
    }
    try:
        dynamodb.put_item(**{**recorded["PutItem"], "Item": item})
    except dynamodb.exceptions.ConditionalCheckFailedException as refusal:
        return respond(200, attendee_of(refusal.response["Item"]))
    return respond(200, attendee_of(item))
