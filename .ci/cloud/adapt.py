"""Adapts the built template to ministack 1.5.33. Each change names what ministack does differently from AWS.

ministack also overwrites `x-amzn-ErrorType` in its gateway's own responses, and ignores access logs, the API's
security policy, the reserved concurrency and the days of backups. template.py checks those.
"""

import pathlib

import yaml

from cloudformation import load, values, with_values


def adapt(built: pathlib.Path, parameters: dict) -> str:
    """The template of a folder that `sam build` made, for a deployment with these parameters."""
    template = load(built / "template.yaml")
    resources = template["Resources"]
    # AWS::LanguageExtensions is not there. It replaces parameters by their values before SAM's transform, so that
    # a new value publishes a version, and it resolves the deletion policies; test data need not be kept.
    template["Transform"] = "AWS::Serverless-2016-10-31"
    resources["RollcallFunction"] = with_values(resources["RollcallFunction"], values(template, parameters))
    for resource in resources.values():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if policy in resource:
                resource[policy] = "Delete"
    # CodeDeploy shifts no traffic, so the alias changes at once.
    function = resources["RollcallFunction"]["Properties"]
    del function["DeploymentPreference"]
    # Alarms on metric math are refused.
    for name in [name for name, resource in resources.items() if "Metrics" in resource.get("Properties", {})]:
        del resources[name]
    # Gateway responses in the API's OpenAPI document are ignored, but not those that are resources.
    for kind, response in resources["RollcallApi"]["Properties"].pop("GatewayResponses").items():
        headers = response["ResponseParameters"]["Headers"].items()
        resources["Response" + kind.title().replace("_", "")] = {
            "Type": "AWS::ApiGateway::GatewayResponse",
            "Properties": {
                "RestApiId": {"Ref": "RollcallApi"},
                "ResponseType": kind,
                "StatusCode": str(response["StatusCode"]),
                "ResponseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers},
                "ResponseTemplates": response["ResponseTemplates"],
            },
        }
    # AWS's host of the API does not resolve to ministack.
    api = "/_aws/execute-api/${RollcallApi}/${Stage}"
    template["Outputs"]["Endpoint"]["Value"] = {"Fn::Sub": parameters["DynamoDBEndpoint"] + api}
    # The template is read from another folder than the one that it was built in.
    function["CodeUri"] = str((built / function["CodeUri"]).resolve())
    return yaml.safe_dump(template, sort_keys=False)
