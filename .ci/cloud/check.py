"""Deploys the built stack, and checks that it works, who may call it, that its data can be erased, and that it can be
updated and deleted."""

import json
import os
import subprocess

from botocore.credentials import Credentials

import erasure
from account import (MINISTACK, REGION, STACK, alarms, call, client, delete_users, deploy, left, log_groups, outputs,
                     published, sam, settle, user)
from permissions import OTHER_CALLER, check_other_account, check_policies, policies


def check(what, response, status, code=None):
    assert response[0] == status and (code is None or response[1]["Code"] == code), f"{what}: {response}"
    print("ok", what, status, code or "")


def with_credentials(credentials, **variables):
    """The environment of a program that uses these credentials."""
    kept = {name: value for name, value in os.environ.items() if name not in ("AWS_PROFILE", "AWS_SESSION_TOKEN")}
    token = {"AWS_SESSION_TOKEN": credentials.token} if credentials.token else {}
    keys = {"AWS_ACCESS_KEY_ID": credentials.access_key, "AWS_SECRET_ACCESS_KEY": credentials.secret_key, **token}
    return {**kept, **keys, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, **variables}


def check_suite(caller):
    # One test at a time, without the tests of many concurrent callers: ministack is one process, and a new account
    # of AWS has a small concurrency. The response to an unsigned request is shown.
    suite = ["cargo", "test", "--locked", "--test", "api", "--", "--include-ignored", "--test-threads", "1",
             "--show-output", "suite::", "--skip", "races::", "--skip", "concurrent"]
    subprocess.run(suite, env=with_credentials(caller, ROLLCALL_ENDPOINT=outputs()["Endpoint"]), check=True)


def create_meeting(caller):
    """The id of a meeting that was created, and what other callers get instead."""
    meeting = {"ClientRequestToken": "check", "ExternalMeetingId": "alice's standup", "MediaRegion": "eu-central-1"}
    created = call("POST", "/meetings", caller, meeting)
    check("a caller with a policy", created, 200)
    # ministack refuses a caller without permission before its gateway responses.
    check("a caller without a policy", call("POST", "/meetings", user("stranger"), meeting), 403)
    wrong = Credentials(caller.access_key, "wrong")
    check("a wrong secret", call("POST", "/meetings", wrong, meeting), 401, "UnauthorizedException")
    return created[1]["Meeting"]["MeetingId"]


def check_role_of_the_function(caller, attendees):
    cloudformation, iam = client("cloudformation"), client("iam")
    resource = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="RollcallRole")
    role = {"RoleName": resource["StackResourceDetail"]["PhysicalResourceId"], "PolicyName": "rollcall"}
    policy = iam.get_role_policy(**role)["PolicyDocument"]
    lacking = json.dumps(policy).replace('"dynamodb:UpdateItem"', '"dynamodb:DescribeTable"')
    iam.put_role_policy(**role, PolicyDocument=lacking)
    settle()
    alice = {"ExternalUserId": "alice"}
    check("a role without UpdateItem", call("POST", attendees, caller, alice), 500, "ServiceFailureException")
    iam.put_role_policy(**role, PolicyDocument=json.dumps(policy))
    settle()
    check("the whole role again", call("POST", attendees, caller, alice), 200)


def check_update():
    before, _ = published()
    changes = {"MaxAttendees": "7", "LogRetentionDays": "7"}
    # These need something in the account that a check should not leave there, or another account.
    if MINISTACK:
        topic = "arn:aws:sns:us-east-1:000000000000:operators"
        key = client("kms").create_key()["KeyMetadata"]["Arn"]
        changes |= {"AlarmTopicArn": topic, "KmsKeyArn": key, "AccessLogs": "true",
                    "CallerPrincipals": f"{OTHER_CALLER}{STACK}-named"}
    deploy(**changes)
    after, variables = published()
    assert after != before and variables["MAX_ATTENDEES"] == "7", (before, after, variables)
    print("ok an update published version", after)
    counted = [{dimension["Value"] for dimension in alarm["Dimensions"]} for alarm in alarms("NewVersion")]
    assert len(counted) == 3 and all(after in values for values in counted), counted
    print("ok the alarms of the new version count version", after)
    assert {group["retentionInDays"] for group in log_groups()} == {7}, log_groups()
    if MINISTACK:
        assert all(alarm["AlarmActions"] == alarm["OKActions"] == [topic] for alarm in alarms()), alarms()
        print("ok", len(alarms()), "alarms have a topic")
        assert len(log_groups()) == 2, log_groups()
        print("ok the access log has a group of its own")
        for table in (outputs()["Meetings"], outputs()["Attendees"]):
            encryption = client("dynamodb").describe_table(TableName=table)["Table"]["SSEDescription"]
            assert encryption["KMSMasterKeyArn"] == key, encryption
        print("ok the key encrypts both tables")
        check_other_account(["named", "other"])


def check_certificates(caller):
    """Versions with other certificates: of the system, and of a file that is not there."""
    # ministack runs the function on this machine. The paths of Debian and Fedora; Lambda has the latter.
    bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
    (bundle, *_) = [file for file in bundles if os.path.exists(file)] if MINISTACK else bundles[1:]
    get = ("GET", "/meetings/00000000-0000-0000-0000-000000000000", caller)
    deploy(CertificateFile=bundle)
    check("the certificates of the system", call(*get), 404, "NotFoundException")
    deploy(CertificateFile="/nothing")
    status, body = call(*get)
    assert status >= 500, (status, body)
    print("ok a function without certificates does not start", status, body)


def main():
    deploy()
    print("ok the stack was created")
    caller = user("caller", policies()[0])
    check_suite(caller)
    meeting_id = create_meeting(caller)
    attendees = f"/meetings/{meeting_id}/attendees"
    check_policies(meeting_id)
    check_role_of_the_function(caller, attendees)
    bob = call("POST", attendees, caller, {"ExternalUserId": "bob"})
    erasure.check_program(caller)
    erasure.check_page(caller)
    check_update()
    assert call("POST", attendees, caller, {"ExternalUserId": "bob"}) == bob, bob
    print("ok the attendee is still there")
    check_certificates(caller)


try:
    main()
finally:
    delete_users()
    sam("delete", "--stack-name", STACK, "--no-prompts")
assert not left(), left()
print("ok the deletion left nothing")
