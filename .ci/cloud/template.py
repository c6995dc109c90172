"""Checks what CloudFormation would create from template.yaml in the region AWS_DEFAULT_REGION, with the defaults and
with other parameters."""

import json
import logging
import pathlib
import re

import boto3

from cloudformation import load, transformed

TEMPLATE = load(pathlib.Path("template.yaml"))


def stack(**parameters):
    return transformed(TEMPLATE, parameters)


def resources(stack, kind):
    """The properties of the resources of a kind, by name."""
    return {name: resource["Properties"] for name, resource in stack["Resources"].items() if resource["Type"] == kind}


def only(stack, kind):
    """The name and the properties of the only resource of a kind."""
    (found,) = resources(stack, kind).items()
    return found


def every_arn_is_of_the_partition_of_the_region():
    region = boto3.session.Session()
    written = json.dumps(stack()["Resources"])
    found = set(re.findall(r"\barn:(aws[^:]*):", written))
    assert found == {region.get_partition_for_region(region.region_name)}, found


def every_method_needs_a_signature_or_none_does():
    def methods(**parameters):
        paths = only(stack(**parameters), "AWS::ApiGateway::RestApi")[1]["Body"]["paths"]
        return [method for path in paths.values() for method in path.values()]

    events = TEMPLATE["Resources"]["RollcallFunction"]["Properties"]["Events"]
    assert len(methods()) == len(methods(Authorization="NONE")) == len(events)
    assert all(method["security"] == [{"AWS_IAM": []}] for method in methods())
    assert not any("security" in method for method in methods(Authorization="NONE"))


def a_changed_parameter_of_the_function_publishes_a_version():
    def published(**parameters):
        return only(stack(**parameters), "AWS::Lambda::Version")[0]

    default = published()
    changes = {"MaxAttendees": "7", "MeetingLifetimeSeconds": "60", "MediaPlacement": "{}", "MemorySize": "512",
               "Architecture": "arm64", "LogLevel": "DEBUG", "DynamoDBEndpoint": "http://localhost",
               "CertificateFile": "/ca.crt", "ReservedConcurrency": "5"}
    for name, value in changes.items():
        assert published(**{name: value}) != default, name
    assert published(LogRetentionDays="1") == default


def only_alarms_of_the_new_version_roll_it_back():
    new = stack()
    version = {"Fn::GetAtt": [only(new, "AWS::Lambda::Version")[0], "Version"]}
    alarms = resources(new, "AWS::CloudWatch::Alarm")
    configuration = only(new, "AWS::CodeDeploy::DeploymentGroup")[1]["AlarmConfiguration"]
    assert configuration["Enabled"] and configuration["Alarms"], configuration
    for alarm in configuration["Alarms"]:
        dimensions = alarms[alarm["Name"]["Ref"]]["Dimensions"]
        assert version in [dimension["Value"] for dimension in dimensions], alarm
    off = only(stack(RollBackOnAlarm="false"), "AWS::CodeDeploy::DeploymentGroup")[1]
    assert not off["AlarmConfiguration"], off


def every_alarm_notifies_when_it_fires_and_when_it_recovers():
    topic = "arn:aws:sns:us-east-1:111122223333:operators"
    for alarm in resources(stack(AlarmTopicArn=topic), "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [topic], alarm
    silent = stack()
    for alarm in resources(silent, "AWS::CloudWatch::Alarm").values():
        assert not alarm.keys() & {"AlarmActions", "OKActions"}, alarm
    assert "NOBODY" in silent["Outputs"]["Notifications"]["Value"]


def access_logs_are_json_in_a_group_of_their_own():
    assert "AccessLogSetting" not in only(stack(), "AWS::ApiGateway::Stage")[1]
    assert len(resources(stack(), "AWS::Logs::LogGroup")) == 1
    logged = stack(AccessLogs="true", LogRetentionDays="7")
    setting = only(logged, "AWS::ApiGateway::Stage")[1]["AccessLogSetting"]
    group = setting["DestinationArn"]["Fn::GetAtt"][0]
    assert group != "RollcallLogGroup" and resources(logged, "AWS::Logs::LogGroup")[group] == {"RetentionInDays": "7"}
    assert logged["Resources"][group]["DeletionPolicy"] == "Retain"
    # API Gateway refuses a format of several lines, and one without the request id.
    assert "\n" not in setting["Format"]
    fields = json.loads(setting["Format"]).values()
    assert "$context.requestId" in fields
    # Variables of this form contain no query, header or body.
    assert all(re.fullmatch(r"\$context\.[a-zA-Z.]+", field) for field in fields), fields


def what_is_not_asked_for_stays_unset():
    def function(**parameters):
        return only(stack(**parameters), "AWS::Lambda::Function")[1]

    default, concurrency = function(), "ReservedConcurrentExecutions"
    # The SDK would take an empty value for an address, and Lambda runs nothing with a concurrency of 0.
    assert not default["Environment"]["Variables"].keys() & {"SSL_CERT_FILE", "AWS_ENDPOINT_URL_DYNAMODB"}, default
    assert concurrency not in default, default
    assert function(ReservedConcurrency="5")[concurrency] == "5"
    assert function(CertificateFile="/ca.crt")["Environment"]["Variables"]["SSL_CERT_FILE"] == "/ca.crt"


def every_security_policy_has_an_access_mode():
    members = ("SecurityPolicy", "EndpointAccessMode")
    assert not only(stack(), "AWS::ApiGateway::RestApi")[1].keys() & set(members)
    policies = TEMPLATE["Parameters"]["SecurityPolicy"]["AllowedValues"]
    known = boto3.client("apigateway").meta.service_model.shape_for("SecurityPolicy").enum
    for policy in policies[1:]:
        api = only(stack(SecurityPolicy=policy), "AWS::ApiGateway::RestApi")[1]
        assert [api[member] for member in members] == [policy, "BASIC"] and policy in known, policy


def a_key_encrypts_both_tables_and_the_function_may_use_it():
    key = "arn:aws:kms:us-east-1:111122223333:key/k"

    def encryption(stack):
        return [table["SSESpecification"] for table in resources(stack, "AWS::DynamoDB::Table").values()]

    def permissions(stack):
        statements = stack["Resources"]["RollcallRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        return [statement for statement in statements if "kms" in str(statement["Action"])]

    assert encryption(stack()) == [{"SSEEnabled": True}] * 2 and not permissions(stack())
    encrypted = stack(KmsKeyArn=key)
    # Without SSEType, DynamoDB refuses the key.
    assert encryption(encrypted) == [{"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}] * 2
    (permission,) = permissions(encrypted)
    assert permission["Resource"] == key and permission["Condition"], permission


def backups_are_kept_as_long_as_asked():
    for table in resources(stack(BackupDays="3"), "AWS::DynamoDB::Table").values():
        backups = table["PointInTimeRecoverySpecification"]
        assert backups == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": "3"}, backups


# SAM's transform warns of features that only the service has.
logging.disable(logging.WARNING)
for check in (every_arn_is_of_the_partition_of_the_region, every_method_needs_a_signature_or_none_does,
              a_changed_parameter_of_the_function_publishes_a_version,
              only_alarms_of_the_new_version_roll_it_back, every_alarm_notifies_when_it_fires_and_when_it_recovers,
              access_logs_are_json_in_a_group_of_their_own, what_is_not_asked_for_stays_unset,
              every_security_policy_has_an_access_mode, a_key_encrypts_both_tables_and_the_function_may_use_it,
              backups_are_kept_as_long_as_asked):
    check()
    print("ok", check.__name__.replace("_", " "))
