"""Deploys the built stack to ministack, and checks that it works, who may call it, and that it can be updated and
deleted. Arguments: the URL of ministack, and a folder for temporary files."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from adapt import adapt

CLOUD, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
STACK = "rollcall-check"
BUILT = pathlib.Path(".aws-sam/build")
ACCOUNT = "000000000000"


def client(service):
    return boto3.client(service, endpoint_url=CLOUD)


def sam(*arguments):
    environment = {**os.environ, "AWS_ENDPOINT_URL": CLOUD}
    result = subprocess.run(["sam", *arguments], env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def deploy(**parameters):
    template = WORK / "template.yaml"
    parameters = {"Production": "false", "DynamoDBEndpoint": CLOUD, **parameters}
    template.write_text(adapt(BUILT, parameters))
    sam("deploy", "--template-file", str(template), "--stack-name", STACK, "--resolve-s3", "--no-progressbar",
        "--capabilities", "CAPABILITY_IAM",
        "--parameter-overrides", *[f"{name}={value}" for name, value in parameters.items()])


def outputs():
    stack = client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def endpoint():
    # AWS's host of the API does not resolve here.
    api = outputs()["Endpoint"].split("//")[1].split(".")[0]
    return f"{CLOUD}/_aws/execute-api/{api}/prod"


def user(name, *policies):
    """A user's credentials, after it got these policies."""
    iam = client("iam")
    iam.create_user(UserName=name)
    for policy in policies:
        iam.put_user_policy(UserName=name, PolicyName="rollcall", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def call(method, path, credentials=None, body=None):
    """The status and the JSON document of an answer."""
    headers = {"Content-Type": "application/json"}
    request = AWSRequest(method, endpoint() + path, headers, body and json.dumps(body).encode())
    if credentials:
        SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    request = request.prepare()
    request = urllib.request.Request(request.url, request.body, dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def check(what, answer, status, code=None):
    assert answer[0] == status and (code is None or answer[1]["Code"] == code), f"{what}: {answer}"
    print("ok", what, status, code or "")


def published():
    """The version behind the alias, and its variables."""
    name = outputs()["Function"]
    alias = client("lambda").get_alias(FunctionName=name, Name="live")
    version = client("lambda").get_function_configuration(FunctionName=name, Qualifier=alias["FunctionVersion"])
    return alias["FunctionVersion"], version["Environment"]["Variables"]


def alarms(named=""):
    """The stack's alarms whose logical id contains this text."""
    found = client("cloudwatch").describe_alarms(AlarmNamePrefix=STACK)["MetricAlarms"]
    return [alarm for alarm in found if named in alarm["AlarmName"]]


def log_groups():
    return client("logs").describe_log_groups(logGroupNamePattern=STACK)["logGroups"]


def erase(user):
    """Runs the commands of docs/data.md that erase a user, and returns what they print."""
    guide = pathlib.Path("docs/data.md").read_text().split("## Erase a user")[1]
    _, *blocks = re.findall(r"^```sh\n(.*?)^```$", guide, re.M | re.S)
    stack = outputs()
    names = {"USER_ID": user, "ENDPOINT": endpoint(), "MEETINGS": stack["Meetings"], "ATTENDEES": stack["Attendees"]}
    environment = {**os.environ, **names, "AWS_ENDPOINT_URL": CLOUD}
    commands = ["bash", "-euo", "pipefail", "-c", "\n".join(blocks)]
    return subprocess.run(commands, env=environment, check=True, capture_output=True, text=True).stdout


def main():
    deploy()
    print("ok the stack was created")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": outputs()["InvokeArn"]}]}
    caller, stranger = user("caller", policy), user("stranger")

    environment = {**os.environ, "ROLLCALL_ENDPOINT": endpoint(),
                   "AWS_ACCESS_KEY_ID": caller.access_key, "AWS_SECRET_ACCESS_KEY": caller.secret_key}
    # One test at a time, without the tests of many concurrent callers: there is one process for everything.
    suite = ["cargo", "test", "--locked", "--test", "api", "--", "--include-ignored", "--test-threads", "1",
             "suite::", "--skip", "races::", "--skip", "concurrent"]
    subprocess.run(suite, env=environment, check=True)

    meeting = {"ClientRequestToken": "check", "ExternalMeetingId": "alice's standup", "MediaRegion": "eu-central-1"}
    created = call("POST", "/meetings", caller, meeting)
    check("a caller with the policy", created, 200)
    meeting_id = created[1]["Meeting"]["MeetingId"]
    attendees = f"/meetings/{meeting_id}/attendees"
    # ministack refuses a caller without permission before its gateway responses.
    check("a caller without a policy", call("POST", "/meetings", stranger, meeting), 403)
    wrong = Credentials(caller.access_key, "wrong")
    check("a wrong secret", call("POST", "/meetings", wrong, meeting), 401, "UnauthorizedException")
    check("no signature", call("POST", "/meetings", None, meeting), 401, "UnauthorizedException")

    iam = client("iam")
    role = next(role["RoleName"] for role in iam.list_roles()["Roles"] if "RollcallRole" in role["RoleName"])
    policy = iam.get_role_policy(RoleName=role, PolicyName="rollcall")["PolicyDocument"]
    lacking = json.loads(json.dumps(policy).replace('"dynamodb:UpdateItem"', '"dynamodb:DescribeTable"'))
    iam.put_role_policy(RoleName=role, PolicyName="rollcall", PolicyDocument=json.dumps(lacking))
    alice = {"ExternalUserId": "alice"}
    check("a role without UpdateItem", call("POST", attendees, caller, alice), 500, "ServiceFailureException")
    iam.put_role_policy(RoleName=role, PolicyName="rollcall", PolicyDocument=json.dumps(policy))
    check("the whole role again", call("POST", attendees, caller, alice), 200)

    bob = call("POST", attendees, caller, {"ExternalUserId": "bob"})
    if shutil.which("aws"):
        erased = erase("alice")
        # One line of each part. The tests of the suite have more users called alice.
        lines = {f"{meeting_id} 204", meeting_id}
        assert lines <= set(erased.splitlines()) and '"PointInTimeRecoveryStatus": "ENABLED"' in erased, erased
        stored = client("dynamodb").scan(TableName=outputs()["Attendees"])["Items"]
        users = [item["ExternalUserId"]["S"] for item in stored]
        assert "bob" in users and "alice" not in users, users
        print("ok the commands of docs/data.md erased a user")
    else:
        print("SKIPPED the commands of docs/data.md: there is no AWS CLI")

    before, _ = published()
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:operators"
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    deploy(MaxAttendees="7", AlarmTopicArn=topic, AccessLogs="true", LogRetentionDays="7", KmsKeyArn=key)
    after, variables = published()
    assert after != before and variables["MAX_ATTENDEES"] == "7", (before, after, variables)
    print("ok an update published version", after)
    counted = [{dimension["Value"] for dimension in alarm["Dimensions"]} for alarm in alarms("NewVersion")]
    assert len(counted) == 3 and all(after in values for values in counted), counted
    print("ok the alarms of the new version count version", after)
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == [topic] for alarm in alarms()), alarms()
    print("ok", len(alarms()), "alarms have a topic")
    assert [group["retentionInDays"] for group in log_groups()] == [7, 7], log_groups()
    print("ok the access log has a group of its own")
    for table in (outputs()["Meetings"], outputs()["Attendees"]):
        encryption = client("dynamodb").describe_table(TableName=table)["Table"]["SSEDescription"]
        assert encryption["KMSMasterKeyArn"] == key, encryption
    print("ok the key encrypts both tables")
    assert call("POST", attendees, caller, {"ExternalUserId": "bob"}) == bob, bob
    print("ok the attendee is still there")

    sam("delete", "--stack-name", STACK, "--no-prompts")
    left = [client("lambda").list_functions()["Functions"], client("dynamodb").list_tables()["TableNames"],
            client("apigateway").get_rest_apis()["items"], log_groups(), alarms(),
            [role for role in iam.list_roles()["Roles"] if "Rollcall" in role["RoleName"]]]
    assert not any(left), left
    print("ok the deletion left nothing")


main()
