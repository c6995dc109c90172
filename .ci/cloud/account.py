"""The account that the stack is deployed to: ministack at AWS_ENDPOINT_URL, or else an account of AWS."""

import json
import os
import pathlib
import secrets
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from adapt import adapt

MINISTACK = os.environ.get("AWS_ENDPOINT_URL")
REGION = boto3.session.Session().region_name
# Another name in every run, so that nothing that exists is touched.
STACK = f"rollcall-check-{secrets.token_hex(4)}"
BUILT = pathlib.Path(".aws-sam/build")


def client(service, credentials=None):
    keys = {} if credentials is None else {"aws_access_key_id": credentials.access_key,
                                           "aws_secret_access_key": credentials.secret_key}
    return boto3.client(service, region_name=REGION, **keys)


def sam(*arguments):
    result = subprocess.run(["sam", *arguments], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


def deploy(**parameters):
    parameters = {"Production": "false", "DeploymentPreference": "AllAtOnce", **parameters}
    template = BUILT / "template.yaml"
    with tempfile.TemporaryDirectory() as work:
        if MINISTACK:
            parameters["DynamoDBEndpoint"] = MINISTACK
            template = pathlib.Path(work) / "template.yaml"
            template.write_text(adapt(BUILT, parameters))
        sam("deploy", "--template-file", str(template), "--stack-name", STACK, "--resolve-s3", "--no-progressbar",
            "--no-confirm-changeset", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
            "--parameter-overrides", *[f"{name}={value}" for name, value in parameters.items()])


def outputs():
    stack = client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def settle():
    """Waits until a change of IAM holds everywhere. In ministack it does at once."""
    if not MINISTACK:
        time.sleep(20)


def user(name, policy=None, iam=None):
    """The credentials of a new user with this policy."""
    iam, name = iam or client("iam"), f"{STACK}-{name}"
    iam.create_user(UserName=name)
    if policy:
        iam.put_user_policy(UserName=name, PolicyName="rollcall", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    settle()
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def users():
    found = client("iam").get_paginator("list_users").paginate().build_full_result()["Users"]
    return [user["UserName"] for user in found if user["UserName"].startswith(STACK)]


def delete_users():
    iam = client("iam")
    for name in users():
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        iam.delete_user(UserName=name)


def call(method, path, credentials=None, body=None):
    """The status and the JSON document of a response."""
    headers = {"Content-Type": "application/json"}
    request = AWSRequest(method, outputs()["Endpoint"] + path, headers, body and json.dumps(body).encode())
    if credentials:
        SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    request = request.prepare()
    request = urllib.request.Request(request.url, request.body, dict(request.headers), method=method)
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, json.loads(response.read() or "null")
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def alarms(named=""):
    """The stack's alarms whose logical id contains this text."""
    found = client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=STACK).build_full_result()
    return [alarm for alarm in found["MetricAlarms"] if named in alarm["AlarmName"]]


def log_groups():
    return client("logs").describe_log_groups(logGroupNamePattern=STACK)["logGroups"]


def published():
    """The version behind the alias, and its variables."""
    name = outputs()["Function"]
    alias = client("lambda").get_alias(FunctionName=name, Name="live")
    version = client("lambda").get_function_configuration(FunctionName=name, Qualifier=alias["FunctionVersion"])
    return alias["FunctionVersion"], version["Environment"]["Variables"]


def left():
    """The names of what exists of the stack."""
    def named(service, operation, key, name):
        found = client(service).get_paginator(operation).paginate().build_full_result()[key]
        names = [item[name] if name else item for item in found]
        return [name for name in names if name.startswith(STACK)]

    return [*named("lambda", "list_functions", "Functions", "FunctionName"),
            *named("dynamodb", "list_tables", "TableNames", None),
            *named("apigateway", "get_rest_apis", "items", "name"),
            *named("iam", "list_roles", "Roles", "RoleName"), *users(), *log_groups(), *alarms()]
