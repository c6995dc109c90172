"""Erasing a user: the program, with a gateway that does not always respond, and the commands of docs/data.md."""

import pathlib
import re
import shlex
import subprocess
import sys

from account import STACK, call, client, outputs
from gateway import gateway

# In DynamoDB's JSON, in a shell and in a URL each of these needs care.
USER = "\"O'Brien\"\t#Zoë /"


def create_meeting(caller, token):
    meeting = {"ClientRequestToken": token, "ExternalMeetingId": f"meeting of {USER}", "MediaRegion": "eu-central-1"}
    meeting_id = call("POST", "/meetings", caller, meeting)[1]["Meeting"]["MeetingId"]
    assert call("POST", f"/meetings/{meeting_id}/attendees", caller, {"ExternalUserId": USER})[0] == 200
    return meeting_id


def items_of_user():
    """The items of the user in the table of attendees, by the id of the meeting."""
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=outputs()["Attendees"], ConsistentRead=True)
    items = [item for page in pages for item in page["Items"] if item["ExternalUserId"]["S"] == USER]
    return {item["MeetingId"]["S"]: item for item in items}


def seats(meeting_id):
    key = {"MeetingId": {"S": meeting_id}}
    return client("dynamodb").get_item(TableName=outputs()["Meetings"], Key=key, ConsistentRead=True)["Item"].get("Seats")


def check_program(caller):
    """Each kind of response: 204, 404, others, and none."""
    meetings = {create_meeting(caller, f"erasure-{number}") for number in range(5)}
    stack = outputs()
    # What a meeting leaves whose item DynamoDB removed first.
    (attendee, *_) = items_of_user().values()
    left = {**attendee, "MeetingId": {"S": "00000000-0000-0000-0000-000000000000"}}
    client("dynamodb").put_item(TableName=stack["Attendees"], Item=left)

    with gateway(lambda method, path: call(method, path, caller), [403, 429, None, 503, 0]) as (url, requests):
        def erase():
            program = [sys.executable, "examples/operations/erase_user.py", "--endpoint", url, "--attendees",
                       stack["Attendees"], "--meetings", stack["Meetings"], "--", USER]
            run = subprocess.run(program, capture_output=True, text=True)
            assert USER not in run.stdout + run.stderr, run
            return run

        first = erase()
        kept = {path.split("/")[2]: status for path, status in requests if status not in (204, 404)}
        assert sorted(kept.values()) == [0, 403, 429, 503], requests
        assert first.returncode == 1 and items_of_user().keys() == kept.keys(), (first, kept)
        told = [line for line in first.stdout.splitlines() if "not erased" in line]
        for meeting_id, status in kept.items():
            expected = f"DeleteAttendee: {status} " if status else "Connection was closed"
            assert any(meeting_id in line and expected in line for line in told), (meeting_id, status, told)
        second = erase()
        assert second.returncode == 0 and not items_of_user(), second
        assert {status for _, status in requests} == {0, 204, 403, 404, 429, 503}, requests
        third = erase()
        assert third.returncode == 0 and "0 items found, 0 left\n" in third.stdout, third
    assert not any(seats(meeting_id) for meeting_id in meetings)
    print("ok the program erases a user, and tells which items are left after a 403, 429, 503 or no response")


def check_page(caller):
    """Runs every command of docs/data.md on how to erase a user."""
    meeting_id = create_meeting(caller, "erasure-page")
    guide = pathlib.Path("docs/data.md").read_text().split("## Erase a user")[1]
    commands = "\n".join(re.findall(r"^```sh\n(.*?)^```$", guide, re.M | re.S))
    example = "STACK=rollcall USER_ID=alice@example.com"
    assert example in commands, commands
    commands = commands.replace(example, f"STACK={STACK} USER_ID={shlex.quote(USER)}")
    run = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], capture_output=True, text=True)
    assert run.returncode == 0, run
    assert re.search(f"^meeting {meeting_id} .*: 204, erased$", run.stdout, re.M), run.stdout
    assert f"meeting {meeting_id} names the user" in run.stdout, run.stdout
    assert run.stdout.count('"PointInTimeRecoveryStatus": "ENABLED"') == 2, run.stdout
    assert not items_of_user() and not seats(meeting_id)
    print("ok the commands of docs/data.md erased a user")
