"""What CloudFormation makes of the template: reading it, its transforms, and its conditions."""

import pathlib

import yaml
from samtranslator.translator.transform import transform


class Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms, such as `!Ref`, as their long forms."""


def long_form(loader, name, node):
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": value}


Loader.add_multi_constructor("!", long_form)


def load(file: pathlib.Path) -> dict:
    return yaml.load(file.read_text(), Loader)


def values(template: dict, parameters: dict) -> dict:
    """The value of every parameter: the given one, or else its default."""
    defaults = {name: str(parameter["Default"]) for name, parameter in template["Parameters"].items()}
    assert parameters.keys() <= defaults.keys(), f"not in the template: {parameters.keys() - defaults.keys()}"
    return {**defaults, **parameters}


def with_values(value, parameters: dict):
    """The value, with the values of parameters in place of references to them."""
    if isinstance(value, dict):
        if value.keys() == {"Ref"} and value["Ref"] in parameters:
            return parameters[value["Ref"]]
        return {name: with_values(member, parameters) for name, member in value.items()}
    return [with_values(member, parameters) for member in value] if isinstance(value, list) else value


NO_VALUE = {"Ref": "AWS::NoValue"}


def decided(value, conditions: dict):
    """The value after the functions that need nothing but parameters."""
    if isinstance(value, list):
        members = [decided(member, conditions) for member in value]
        return [member for member in members if member != NO_VALUE]
    if not isinstance(value, dict):
        return value
    function, argument = next(iter(value.items())) if len(value) == 1 else (None, None)
    if function == "Fn::If":
        name, then, otherwise = argument
        return decided(then if decided({"Condition": name}, conditions) else otherwise, conditions)
    if function == "Condition" and isinstance(argument, str):
        return decided(conditions[argument], conditions)
    if function == "Fn::Equals":
        left, right = argument
        return str(left) == str(right)
    if function == "Fn::Not":
        return not decided(argument[0], conditions)
    if function == "Fn::Split" and isinstance(argument[1], str):
        return argument[1].split(argument[0])
    members = {name: decided(member, conditions) for name, member in value.items()}
    return {name: member for name, member in members.items() if member != NO_VALUE}


class NoManagedPolicies:
    def load(self):
        return {}


def transformed(template: dict, parameters: dict) -> dict:
    """The template as CloudFormation creates it with these parameters: without conditions, and with the resources
    of SAM's transform in place of its own. AWS::LanguageExtensions, the first transform, puts values in place of
    parameters."""
    assert template["Transform"] == ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]
    given = values(template, parameters)
    sections = {name: with_values(template[name], given) for name in ("Conditions", "Resources", "Outputs")}
    template = {**template, **sections}
    template["Transform"] = "AWS::Serverless-2016-10-31"
    # The SAM CLI uploads the code before a deployment.
    template["Resources"]["RollcallFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"
    template = transform(template, {}, NoManagedPolicies())
    conditions = template["Conditions"]
    for section in ("Resources", "Outputs"):
        template[section] = {
            name: decided({key: member for key, member in item.items() if key != "Condition"}, conditions)
            for name, item in template[section].items()
            if "Condition" not in item or decided({"Condition": item["Condition"]}, conditions)
        }
    return template
