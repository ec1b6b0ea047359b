"""A role for each function, with what it was seen to call and nothing else."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from infra.build.calls import Call
from infra.build.target import BuildError

Document = dict[str, Any]
#: IAM counts all inline policies of a role together, without white space.
MAX_INLINE = 10_240
MAX_MANAGED = 6_144
_ARN = "arn:${AWS::Partition}:"
_HERE = "${AWS::Region}:${AWS::AccountId}:"
#: The longest that the pseudo parameters and a prefix may become.
_LONGEST = {
    "AWS::Partition": "aws-cn",
    "AWS::Region": "cn-northwest-1",
    "AWS::AccountId": "123456789012",
    "Prefix": "p" * 22,
    "SecretsParameter": "s" * 64,
}


def arn(service: str, resource: str) -> str:
    """The ARN of a resource of calls.txt, for ``Fn::Sub``."""
    match service:
        case "dynamodb":
            table, _, index = resource.partition("/")
            return f"{_ARN}dynamodb:{_HERE}table/${{Prefix}}{table}" + (f"/index/{index}" if index else "")
        case "sqs":
            return f"{_ARN}sqs:{_HERE}${{Prefix}}{resource}"
        case "s3":
            return f"{_ARN}s3:::${{Prefix}}{resource}"
    raise BuildError(f"infra/build/roles.py does not know what resources of {service} are called")


def statements(calls: Iterable[Call], queues: Iterable[str] = ()) -> list[Document]:
    """What *calls* of one function need.

    :param queues: the queues that it consumes: Lambda polls them in the function's name.
    """
    actions: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        service, _, action = call.action.partition(":")
        where = arn(service, call.resource)
        if service == "s3" and action != "ListBucket":
            actions[f"{where}/*"].add(call.action)
            if action == "GetObject":
                # Who may not list is told 403 and not 404 of an object that is not there.
                actions[where].add("s3:ListBucket")
        else:
            actions[where].add(call.action)
    for queue in queues:
        actions[arn("sqs", queue)] |= {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    return list(_grouped(actions))


def _grouped(actions: Mapping[str, set[str]]) -> Iterator[Document]:
    # Resources with the same actions share a statement: each ARN stands in the policy once.
    together: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, allowed in actions.items():
        together[tuple(sorted(allowed))].append(resource)
    for names, resources in sorted(together.items()):
        yield {"Effect": "Allow", "Action": list(names), "Resource": [{"Fn::Sub": each} for each in sorted(resources)]}


def common(log_group: str) -> list[Document]:
    """What every function needs: its log, its secrets, and what the switches of app.yaml ask for."""
    network = ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"]
    return [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": [log_group, "Arn"]},
        },
        {
            "Effect": "Allow",
            "Action": ["ssm:GetParameter"],
            "Resource": {"Fn::Sub": f"{_ARN}ssm:{_HERE}parameter${{SecretsParameter}}"},
        },
        _switched("OwnKey", ["kms:Decrypt"], {"Ref": "SecretsKeyArn"}),
        _switched("Xray", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
        _switched("InNetwork", network, "*"),
    ]


def _switched(condition: str, actions: list[str], resource: Any) -> Document:
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {"Fn::If": [condition, statement, {"Ref": "AWS::NoValue"}]}


def resources(logical_id: str, calls: Iterable[Call], queues: Iterable[str]) -> dict[str, Document]:
    """The role of the function *logical_id*; managed policies beside it when they do not fit into the role."""
    inline = common(f"{logical_id}LogGroup")
    spare: list[list[Document]] = []
    for statement in _split(statements(calls, queues)):
        if size([*inline, statement]) < MAX_INLINE - 500:
            inline.append(statement)
        elif spare and size([*spare[-1], statement]) < MAX_MANAGED - 300:
            spare[-1].append(statement)
        else:
            spare.append([statement])
    managed = {f"{logical_id}Policy{number}": _managed(each) for number, each in enumerate(spare, 1)}
    return {f"{logical_id}Role": _role(inline, list(managed)), **managed}


def _split(every: Iterable[Document]) -> Iterator[Document]:
    for statement in every:
        for start in range(0, len(statement["Resource"]), 40):
            yield {**statement, "Resource": statement["Resource"][start : start + 40]}


def size(document: Any) -> int:
    """Characters of a policy as IAM counts them, at its longest."""
    text = json.dumps(document, separators=(",", ":"))
    text = re.sub(r'\{"Fn::Sub":("[^"]*")\}', r"\1", text)
    return len(re.sub(r"\$\{([^}]+)\}", lambda found: _LONGEST.get(found[1], "x" * 80), text))


def _role(inline: list[Document], managed: list[str]) -> Document:
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    properties: Document = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [{"PolicyName": "calls", "PolicyDocument": {"Version": "2012-10-17", "Statement": inline}}],
    }
    if managed:
        properties["ManagedPolicyArns"] = [{"Ref": each} for each in managed]
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def _managed(statement: list[Document]) -> Document:
    document = {"Version": "2012-10-17", "Statement": statement}
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document}}
