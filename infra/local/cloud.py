"""The laptop's tables, queues and buckets, made from the template that AWS gets.

A reader of the plain part of CloudFormation (parameters, conditions, the intrinsics below) and one
maker per resource type. It is faster than moto's own ``create_stack``, applies what that drops
(time to live, CORS, lifecycle), and works on any DynamoDB. A test proves that both agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

DATA_TEMPLATE = Path(__file__).parents[1] / "aws" / "data.yaml"
ACCOUNT = "123456789012"
LAPTOP_PARAMETERS = {"Protect": "false", "ConsoleOrigin": "http://127.0.0.1:5173"}
# What exists for operating a real account and has nothing to do on a laptop.
_SKIPPED = {"AWS::CloudWatch::Alarm", "AWS::S3::BucketPolicy"}
_NOTHING = object()


class TemplateError(Exception):
    """The template says something that this reader does not know; better loud than half made."""


class _Loader(yaml.SafeLoader):
    pass


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def parse(text: str) -> dict[str, Any]:
    """A template's YAML, short forms written long."""
    body: dict[str, Any] = yaml.load(text, _Loader)
    return body


@dataclass(frozen=True)
class Resource:
    """A resource with every intrinsic resolved."""

    logical_id: str
    type: str
    properties: dict[str, Any]


@dataclass
class Template:
    """A read template.

    :param body: the parsed document. :param region: where it is made. :param parameters: over the defaults.
    """

    body: dict[str, Any]
    region: str
    parameters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, region: str, path: Path = DATA_TEMPLATE, parameters: Mapping[str, str] | None = None) -> Template:
        body = parse(path.read_text(encoding="utf-8"))
        values = {name: str(each["Default"]) for name, each in body.get("Parameters", {}).items() if "Default" in each}
        values.update(LAPTOP_PARAMETERS if parameters is None else parameters)
        return cls(body, region, values)

    def resources(self, kind: str | None = None) -> list[Resource]:
        """The resources (of one type), those of a false condition left out."""
        return [
            Resource(name, each["Type"], self.resolve(each.get("Properties", {})))
            for name, each in self.body["Resources"].items()
            if (kind is None or each["Type"] == kind) and self._holds(each.get("Condition"))
        ]

    def resolve(self, value: Any) -> Any:
        """*value* without intrinsics; what resolves to ``AWS::NoValue`` disappears."""
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self._holds(argument)
            if name.startswith("Fn::"):
                return self._function(name[4:], argument)
        resolved = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not _NOTHING}

    def _function(self, name: str, argument: Any) -> Any:
        match name:
            case "Sub":
                text, values = argument if isinstance(argument, list) else (argument, {})
                filled = re.sub(r"\$\{([^!}][^}]*)\}", lambda m: str(self._variable(m[1], values)), text)
                return filled.replace("${!", "${")
            case "If":
                return self.resolve(argument[1] if self._holds(argument[0]) else argument[2])
            case "GetAtt":
                return self._attribute(*argument)
            case "Join":
                return argument[0].join(map(str, self.resolve(argument[1])))
            case "Equals":
                left, right = self.resolve(argument)
                return left == right
            case "Not":
                return not self.resolve(argument[0])
            case "And":
                return all(map(self.resolve, argument))
            case "Or":
                return any(map(self.resolve, argument))
        raise TemplateError(f"Fn::{name} is not known here")

    def _holds(self, condition: str | None) -> bool:
        return condition is None or bool(self.resolve(self.body["Conditions"][condition]))

    def _variable(self, name: str, values: Mapping[str, Any]) -> Any:
        if name in values:
            return self.resolve(values[name])
        return self._attribute(*name.split(".", 1)) if "." in name else self._ref(name)

    def _ref(self, name: str) -> Any:
        pseudo: dict[str, Any] = {
            "AWS::NoValue": _NOTHING,
            "AWS::Region": self.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws-cn" if self.region.startswith("cn-") else "aws",
            "AWS::URLSuffix": "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        return self._physical_name(name)

    def _physical_name(self, logical_id: str) -> str:
        try:
            properties = self.body["Resources"][logical_id]["Properties"]
        except KeyError:
            raise TemplateError(f"{logical_id} is neither a parameter nor a resource") from None
        for key in ("TableName", "QueueName", "BucketName"):
            if key in properties:
                return str(self.resolve(properties[key]))
        raise TemplateError(f"{logical_id} has no name of its own")

    def _attribute(self, logical_id: str, attribute: str) -> str:
        name = self._physical_name(logical_id)
        if attribute == "QueueName":
            return name
        if attribute != "Arn":
            raise TemplateError(f"{logical_id}.{attribute} is not known here")
        arn, kind = f"arn:{self._ref('AWS::Partition')}", self.body["Resources"][logical_id]["Type"]
        if kind == "AWS::S3::Bucket":
            return f"{arn}:s3:::{name}"
        service, path = ("sqs", name) if kind == "AWS::SQS::Queue" else ("dynamodb", f"table/{name}")
        return f"{arn}:{service}:{self.region}:{ACCOUNT}:{path}"


def make(template: Template, client: Callable[[str], Any]) -> None:
    """Make everything in *template* that is not there yet.

    :param client: service name → botocore client.
    :raises TemplateError: a resource of unknown type, or a table that exists with other keys.
    """
    makers: dict[str, Callable[[Template, Callable[[str], Any]], None]] = {
        "AWS::DynamoDB::Table": lambda t, c: make_tables(t, c("dynamodb")),
        "AWS::SQS::Queue": lambda t, c: _make_queues(t, c("sqs")),
        "AWS::S3::Bucket": lambda t, c: _make_buckets(t, c("s3")),
    }
    present = {each.type for each in template.resources()}
    if unknown := present - makers.keys() - _SKIPPED:
        raise TemplateError(f"no maker for {', '.join(sorted(unknown))}")
    for kind, maker in makers.items():
        if kind in present:
            maker(template, client)


def make_tables(template: Template, dynamodb: Any) -> None:
    """The tables of *template* with their indexes and time to live."""
    for resource in template.resources("AWS::DynamoDB::Table"):
        wanted = table_shape(resource.properties)
        try:
            dynamodb.create_table(**wanted, BillingMode="PAY_PER_REQUEST")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceInUseException":
                raise
            _require_same(dynamodb.describe_table(TableName=wanted["TableName"])["Table"], wanted)
            continue
        if ttl := resource.properties.get("TimeToLiveSpecification"):
            dynamodb.update_time_to_live(TableName=wanted["TableName"], TimeToLiveSpecification=ttl)


def table_shape(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What ``create_table`` takes of a table's properties."""
    keys = (
        "TableName",
        "AttributeDefinitions",
        "KeySchema",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
        "StreamSpecification",
    )
    return {key: properties[key] for key in keys if key in properties}


def comparable(shape: Mapping[str, Any]) -> dict[str, Any]:
    """Keys and indexes in a form that compares equal whatever the order and whoever described them."""
    indexes = [*shape.get("GlobalSecondaryIndexes", ()), *shape.get("LocalSecondaryIndexes", ())]
    return {
        "key": _key(shape),
        "attributes": {each["AttributeName"]: each["AttributeType"] for each in shape["AttributeDefinitions"]},
        "indexes": {each["IndexName"]: (_key(each), each["Projection"]["ProjectionType"]) for each in indexes},
    }


def _key(shape: Mapping[str, Any]) -> dict[str, str]:
    return {each["KeyType"]: each["AttributeName"] for each in shape["KeySchema"]}


def _require_same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    if comparable(found) != comparable(wanted):
        raise TemplateError(
            f"{wanted['TableName']} exists with other keys than {DATA_TEMPLATE.name} says: delete the old database file"
        )


def _make_queues(template: Template, sqs: Any) -> None:
    # Dead-letter queues first: a redrive policy must point at a queue that exists.
    for resource in sorted(template.resources("AWS::SQS::Queue"), key=lambda each: "RedrivePolicy" in each.properties):
        attributes = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in resource.properties.items()
            if key not in ("QueueName", "Tags")
        }
        sqs.create_queue(QueueName=resource.properties["QueueName"], Attributes=attributes)


def _make_buckets(template: Template, s3: Any) -> None:
    for resource in template.resources("AWS::S3::Bucket"):
        name, properties = resource.properties["BucketName"], resource.properties
        try:
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": template.region})
        except s3.exceptions.BucketAlreadyOwnedByYou:
            continue
        if cors := properties.get("CorsConfiguration"):
            rules = [
                {("MaxAgeSeconds" if k == "MaxAge" else k): v for k, v in rule.items()} for rule in cors["CorsRules"]
            ]
            for rule in rules:
                if "ExposedHeaders" in rule:
                    rule["ExposeHeaders"] = rule.pop("ExposedHeaders")
            s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
