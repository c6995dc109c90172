"""Who may call what: the policies of the documentation, and the role for other accounts."""

import json
import pathlib
import re
import urllib.parse

from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from account import call, client, outputs, user

OPERATIONS = set(re.findall(r"^\| \[(\w+)\]\(https:", pathlib.Path("README.md").read_text(), re.M))


# The beginning of each resource in docs/security.md.
EXAMPLE = "arn:aws:execute-api:eu-central-1:111122223333:a1b2c3d4e5/prod/"


def policy(allowed, denied):
    effects = [("Allow", allowed), ("Deny", denied)]
    statements = [
        {"Effect": effect, "Action": "execute-api:Invoke", "Resource": [EXAMPLE + end for end in ends]}
        for effect, ends in effects if ends
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def policies():
    """The policies of docs/security.md, in the order of its table, for this API."""
    guide = pathlib.Path("docs/security.md").read_text().split("## Who may call")[1].split("\n### ")[0]
    rows = [line.split("|")[2:4] for line in guide.splitlines() if line.startswith("|")][2:]
    made = [policy(*(re.findall("`(.+?)`", cell) for cell in row)) for row in rows]
    written = json.loads(re.search(r"^```json\n(.*?)^```$", guide, re.M | re.S)[1])
    assert written in made, written
    return json.loads(json.dumps(made).replace(EXAMPLE, outputs()["InvokeArn"][:-1]))


def allowed(credentials, admin):
    """The operations that the credentials allow, each called on a meeting that the admin creates."""
    token = credentials.access_key
    meeting = call("POST", "/meetings", admin, {
        "ClientRequestToken": token, "ExternalMeetingId": "standup", "MediaRegion": "us-east-1"})[1]["Meeting"]
    path = f"/meetings/{meeting['MeetingId']}"
    carol = call("POST", f"{path}/attendees", admin, {"ExternalUserId": "carol"})[1]["Attendee"]
    calls = pathlib.Path("testing/calls.json").read_text()
    for name, value in {"Token": token, **meeting, **carol}.items():
        calls = calls.replace("{%s}" % name, str(value))
    responses = {}
    for name, made in json.loads(calls).items():
        query = "?" + urllib.parse.urlencode(made["query"]) if "query" in made else ""
        body = [made["body"]] if "body" in made else []
        responses[name] = call(made["method"], made["path"] + query, credentials, *body)[0]
    assert set(responses.values()) <= {200, 204, 403}, responses
    return {name for name, status in responses.items() if status != 403}


def check_policies(meeting_id):
    users = [user(f"policy-{n}", policy) for n, policy in enumerate(policies())]
    everything, only_attendees, no_tokens, media_server = users
    assert (found := allowed(everything, everything)) == OPERATIONS, found
    of_attendees = {name for name in OPERATIONS if "Attendee" in name} - {"CreateMeetingWithAttendees"}
    assert (found := allowed(only_attendees, everything)) == of_attendees, found
    assert (found := allowed(no_tokens, everything)) == {"GetMeeting"}, found
    assert (found := allowed(media_server, everything)) == {"GetAttendee", "ListAttendees"}, found
    # IAM compares the path before or after it is decoded; the attendees must not appear in either case.
    disguised = call("GET", f"/meetings/{meeting_id}%2Fattendees", no_tokens)
    assert disguised[0] in (403, 404), disguised
    print("ok each policy of the documentation allows its operations and no others")


# ministack takes a number for the root user of that account.
OTHER_ACCOUNT = Credentials("222222222222", "any")
OTHER_CALLER = "arn:aws:iam::222222222222:user/"


def check_other_account(names):
    """Calls from two users of another account, of whom the stack names the first as a caller."""
    iam = client("iam", OTHER_ACCOUNT)
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    named, other = [user(name, everything, iam) for name in names]
    role = outputs()["CallerRole"]
    session = client("sts", named).assume_role(RoleArn=role, RoleSessionName="check")["Credentials"]
    session = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    assert (found := allowed(session, session)) == OPERATIONS, found
    try:
        client("sts", other).assume_role(RoleArn=role, RoleSessionName="check")
        raise AssertionError("a principal that is not named can assume the role")
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
    print("ok a principal of another account calls with the role, and others cannot")
