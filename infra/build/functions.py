"""What Chalice's template lacks for every function: its own role and log, Python 3.13, answers for part of a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from infra.build import roles
from infra.build.calls import Call
from infra.build.target import RUNTIME, Arch

Document = dict[str, Any]
FUNCTION = "AWS::Serverless::Function"
API = "api"
_NOTHING = {"Ref": "AWS::NoValue"}


def functions(template: Document) -> Iterator[tuple[str, str, Document]]:
    """(logical id, name in app.py, properties) of every function; the one behind the API is ``api``."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == FUNCTION:
            handler = resource["Properties"]["Handler"].rpartition(".")[2]
            yield logical_id, API if handler == "app" else handler, resource["Properties"]


def shape(template: Document, calls: Iterable[Call], arch: Arch, prefix: str) -> None:
    """Finish every function of *template* in place.

    :param prefix: what stood in front of queue names while Chalice made the template.
    """
    calls = list(calls)
    for logical_id, name, properties in list(functions(template)):
        queues = [_finish_event(event, prefix) for event in _sqs_events(properties)]
        properties.update(_properties(logical_id, name, arch))
        ours = [call for call in calls if call.function == name]
        template["Resources"][logical_id]["DependsOn"] = f"{logical_id}LogGroup"
        template["Resources"][f"{logical_id}LogGroup"] = _log_group(name)
        template["Resources"].update(roles.resources(logical_id, ours, queues))


def _properties(logical_id: str, name: str, arch: Arch) -> Document:
    network = {
        "SecurityGroupIds": [{"Fn::ImportValue": {"Fn::Sub": "${Prefix}security-group"}}],
        "SubnetIds": {"Fn::Split": [",", {"Fn::ImportValue": {"Fn::Sub": "${Prefix}subnets"}}]},
    }
    return {
        "FunctionName": {"Fn::Sub": f"${{Prefix}}{name}"},
        "Runtime": RUNTIME,
        "Architectures": [arch.name],
        "CodeUri": {"Bucket": {"Ref": "CodeBucket"}, "Key": {"Ref": "CodeKey"}},
        "Role": {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]},
        # What Lambda writes beside our lines is as much again: only its warnings, unless the stage asks for all of it.
        "LoggingConfig": {
            "Fn::If": ["PlainLog", _NOTHING, {"LogFormat": "JSON", "SystemLogLevel": {"Ref": "PlatformLog"}}]
        },
        "Tracing": {"Fn::If": ["Xray", "Active", "PassThrough"]},
        "VpcConfig": {"Fn::If": ["InNetwork", network, _NOTHING]},
    }


def _sqs_events(properties: Document) -> Iterator[Document]:
    for event in properties.get("Events", {}).values():
        if event["Type"] == "SQS":
            yield event["Properties"]


def _finish_event(event: Document, prefix: str) -> str:
    """Part of a batch may fail alone, and the queue is the stage's. :returns: the queue's short name."""
    head, _, queue = event["Queue"]["Fn::Sub"].rpartition(":")
    short = queue.removeprefix(prefix)
    event["Queue"] = {"Fn::Sub": f"{head}:${{Prefix}}{short}"}
    event["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    return str(short)


def _log_group(name: str) -> Document:
    properties = {"LogGroupName": {"Fn::Sub": f"/aws/lambda/${{Prefix}}{name}"}, "RetentionInDays": {"Ref": "LogDays"}}
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties}
