"""infra/aws/data.yaml, the laptop's reader of it, moto's reader of it, and the models: all four agree."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.core import aws
from chalicelib.core.settings import settings
from chalicelib.core.tables import Table
from infra.local import cloud as laptop
from infra.local.cloud import Template, TemplateError, comparable, table_shape

REGION = "cn-northwest-1"


@pytest.fixture(scope="module")
def template(_template: Template) -> Template:
    return _template


def _every_model() -> list[type[Table]]:
    for path in sorted({*Path("chalicelib").rglob("models.py"), *Path("chalicelib/core").glob("*.py")}):
        importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    found, todo = [], [Table]
    while todo:
        for each in todo.pop().__subclasses__():
            todo.append(each)
            if each.__module__.startswith("chalicelib.") and hasattr(each, "Meta"):
                found.append(each)
    return found


def _described(model: type[Table]) -> dict[str, Any]:
    """A model's keys and indexes in the words of the template."""
    schema = model._get_schema()
    return comparable(
        {
            "AttributeDefinitions": schema["attribute_definitions"],
            "KeySchema": schema["key_schema"],
            "GlobalSecondaryIndexes": [
                {"IndexName": each["index_name"], "KeySchema": each["key_schema"], "Projection": each["projection"]}
                for each in (*schema["global_secondary_indexes"], *schema["local_secondary_indexes"])
            ],
        }
    )


def test_models_agree_with_the_template(template: Template) -> None:
    tables = {each.properties["TableName"]: each.properties for each in template.resources("AWS::DynamoDB::Table")}
    models = _every_model()
    assert models
    wrong = [line for model in models for line in _disagreements(model, tables)]
    assert not wrong, "\n".join(wrong)


def test_no_two_tables_have_models_of_one_name() -> None:
    """Who reads ``Book`` must not have to look whose."""
    modules: dict[str, set[str]] = {}
    for model in _every_model():
        modules.setdefault(model.__name__, set()).add(model.__module__)
    assert {name: sorted(where) for name, where in modules.items() if len(where) > 1} == {}


def _disagreements(model: type[Table], tables: dict[str, Any]) -> Iterator[str]:
    name = model.Meta.table_name
    if name not in tables:
        yield f"{model.__name__}: infra/aws/data.yaml has no table {name}"
        return
    described, wanted = _described(model), comparable(table_shape(tables[name]))
    for part in described:
        if described[part] != wanted[part]:
            yield f"{model.__name__}, {part}: {described[part]} in the model, {wanted[part]} in infra/aws/data.yaml"
    # Seconds since 1970 are for DynamoDB; an `expires_at` of another type is for the feature alone.
    numbers = {each.attr_name for each in model.get_attributes().values() if each.attr_type == "N"}
    ttl = (tables[name].get("TimeToLiveSpecification") or {}).get("AttributeName")
    if ("expires_at" if "expires_at" in numbers else None) != ttl:
        yield f"{model.__name__}: time to live is {ttl} in infra/aws/data.yaml"


def test_a_table_belongs_to_one_feature() -> None:
    owners: dict[str, set[str]] = {}
    for model in _every_model():
        owners.setdefault(model.Meta.table_name, set()).add(model.__module__)
    assert {name: modules for name, modules in owners.items() if len(modules) > 1} == {}


def test_every_table_is_kept_and_protected() -> None:
    production = Template.read(REGION, parameters={})
    raw = {name: each for name, each in production.body["Resources"].items() if each["Type"] == "AWS::DynamoDB::Table"}
    assert len(raw) > 30
    for resource in production.resources("AWS::DynamoDB::Table"):
        assert raw[resource.logical_id]["DeletionPolicy"] == raw[resource.logical_id]["UpdateReplacePolicy"] == "Retain"
        properties = resource.properties
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["DeletionProtectionEnabled"] is True
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["SSESpecification"] == {"SSEEnabled": True}


def test_every_queue_has_dead_letters_and_an_alarm(template: Template) -> None:
    queues = {each.properties["QueueName"]: each.properties for each in template.resources("AWS::SQS::Queue")}
    watched = {each.properties["Dimensions"][0]["Value"] for each in template.resources("AWS::CloudWatch::Alarm")}
    config = json.loads(Path(".chalice/config.json").read_text(encoding="utf-8"))
    functions = config.get("lambda_functions", {})
    alive = {name for name in queues if not name.endswith("-dead")}
    assert {name.removeprefix("siyu-") for name in alive} == {
        *("reactions", "payments", "catalog", "fulfillment", "tracking", "posters", "notifications"),
    }
    for name in alive:
        target = queues[name]["RedrivePolicy"]
        assert target == {
            "deadLetterTargetArn": f"arn:aws-cn:sqs:{REGION}:123456789012:{name}-dead",
            "maxReceiveCount": 5,
        }
        # A message must not come back while its consumer may still be at work: six times its timeout.
        timeout = functions.get(name.removeprefix("siyu-"), {}).get("lambda_timeout", config["lambda_timeout"])
        assert queues[name]["VisibilityTimeout"] >= 6 * timeout
        assert f"{name}-dead" in queues
        assert f"{name}-dead" in watched


def test_laptop_makes_what_the_template_says(cloud: Any, template: Template) -> None:
    dynamodb, sqs, s3 = aws.client("dynamodb"), aws.client("sqs"), aws.client("s3")
    for resource in template.resources("AWS::DynamoDB::Table"):
        name = resource.properties["TableName"]
        table = dynamodb.describe_table(TableName=name)["Table"]
        assert comparable(table) == comparable(resource.properties)
        assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        ttl = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get("AttributeName")
        assert ttl == resource.properties.get("TimeToLiveSpecification", {}).get("AttributeName")
    for resource in template.resources("AWS::SQS::Queue"):
        url = sqs.get_queue_url(QueueName=resource.properties["QueueName"])["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert found["VisibilityTimeout"] == str(resource.properties.get("VisibilityTimeout", 30))
        assert json.loads(found.get("RedrivePolicy", "null")) == resource.properties.get("RedrivePolicy")
    rules = s3.get_bucket_cors(Bucket=settings().media_bucket)["CORSRules"]
    assert rules[0]["AllowedOrigins"] == ["http://127.0.0.1:5173"]
    assert s3.list_objects_v2(Bucket=settings().work_bucket)["KeyCount"] == 0


@pytest.mark.filterwarnings("ignore:Tried to parse AWS:UserWarning")
def test_motos_own_stack_agrees(cloud: Any) -> None:
    """moto drops time to live, encryption and recovery; keys, indexes and queues must be the same."""
    region, prefix = "us-east-1", "stack-"
    stacks = boto3.client("cloudformation", region_name=region)
    parameters = {**laptop.LAPTOP_PARAMETERS, "Prefix": prefix}
    stacks.create_stack(
        StackName="data",
        TemplateBody=laptop.DATA_TEMPLATE.read_text(encoding="utf-8"),
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM"],
    )
    assert stacks.describe_stacks(StackName="data")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    ours = Template.read(region, parameters=parameters)
    dynamodb, sqs = boto3.client("dynamodb", region_name=region), boto3.client("sqs", region_name=region)
    for resource in ours.resources("AWS::DynamoDB::Table"):
        made = dynamodb.describe_table(TableName=resource.properties["TableName"])["Table"]
        assert comparable(made) == comparable(resource.properties)
    for resource in ours.resources("AWS::SQS::Queue"):
        url = sqs.get_queue_url(QueueName=resource.properties["QueueName"])["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert attributes["VisibilityTimeout"] == str(resource.properties.get("VisibilityTimeout", 30))
        if policy := resource.properties.get("RedrivePolicy"):
            assert json.loads(attributes["RedrivePolicy"]) == policy
    outputs = {
        each["OutputKey"]: each["OutputValue"]
        for each in stacks.describe_stacks(StackName="data")["Stacks"][0]["Outputs"]
    }
    assert outputs["QueueUrlBase"] == "https://sqs.us-east-1.amazonaws.com/123456789012/stack-"


class TestReader:
    def read(self, tmp_path: Path, text: str, **parameters: str) -> Template:
        path = tmp_path / "t.yaml"
        path.write_text(text, encoding="utf-8")
        return Template.read(REGION, path, parameters)

    def test_intrinsics(self, tmp_path: Path) -> None:
        template = self.read(
            tmp_path,
            """
            Parameters: {Prefix: {Default: p-}, Side: {Default: left}}
            Conditions:
              Left: !Equals [!Ref Side, left]
              Right: !Not [!Condition Left]
              Both: !And [!Condition Left, !Condition Right]
            Resources:
              Queue: {Type: "AWS::SQS::Queue", Properties: {QueueName: !Sub "${Prefix}q"}}
              Gone: {Type: "AWS::SQS::Queue", Condition: Both, Properties: {QueueName: gone}}
              Other:
                Type: AWS::SQS::Queue
                Properties:
                  QueueName: !Join ["-", [!Ref Prefix, other]]
                  Arn: !GetAtt Queue.Arn
                  Text: !Sub ["${A} of ${Queue} in ${AWS::Region}, ${!literal}", {A: !Ref Side}]
                  Chosen: !If [Right, 1, !Ref AWS::NoValue]
                  List: [!If [Left, one, !Ref AWS::NoValue], !If [Right, two, !Ref AWS::NoValue]]
            """,
        )
        queue, other = template.resources()
        assert queue.properties == {"QueueName": "p-q"}
        assert other.properties == {
            "QueueName": "p--other",
            "Arn": "arn:aws-cn:sqs:cn-northwest-1:123456789012:p-q",
            "Text": "left of p-q in cn-northwest-1, ${literal}",
            "List": ["one"],
        }

    def test_what_it_does_not_know_is_loud(self, tmp_path: Path) -> None:
        text = "Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !%s}}}"
        for value in ("Ref Nobody", "Select [0, [a]]", "GetAtt A.Arn"):
            with pytest.raises(TemplateError):
                self.read(tmp_path, text % value).resources()
        with pytest.raises(TemplateError, match="no maker for AWS::SNS::Topic"):
            laptop.make(self.read(tmp_path, text.replace("!%s", "t")), aws.client)

    def test_another_table_of_that_name_is_told(self, cloud: Any, tmp_path: Path, _template: Template) -> None:
        text = """
            Resources:
              T:
                Type: AWS::DynamoDB::Table
                Properties:
                  TableName: siyu-inbox
                  AttributeDefinitions: [{AttributeName: other, AttributeType: S}]
                  KeySchema: [{AttributeName: other, KeyType: HASH}]
            """
        with pytest.raises(TemplateError, match="siyu-inbox exists with other keys"):
            laptop.make(self.read(tmp_path, text), aws.client)
        laptop.make(_template, aws.client)  # the same again: nothing to do
