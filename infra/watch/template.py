"""The watching stack as a CloudFormation document."""

from __future__ import annotations

import json
from typing import Any

from infra.watch.alarms import alarms
from infra.watch.dashboard import body
from infra.watch.facts import Mall


def template(mall: Mall) -> dict[str, Any]:
    """Plain CloudFormation. The topic that is told is that of the data stack."""
    resources = {_logical(name): _alarm(each) for name, each in alarms(mall).items()}
    dashboard = json.dumps(body(mall, "${AWS::Region}"), separators=(",", ":"))
    resources["Dashboard"] = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": f"{mall.prefix}mall", "DashboardBody": {"Fn::Sub": dashboard}},
    }
    parameters = {"AlarmTopicArn": {"Type": "String", "Default": "", "Description": "Where alarms go."}}
    if mall.front == "http":
        parameters["HttpApiId"] = {"Type": "String", "Description": "The HTTP API: an output of the app stack."}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Siyu: alarms and a dashboard. Made by python -m infra.watch: do not edit.",
        "Parameters": parameters,
        "Conditions": {"Alarmed": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmTopicArn"}, ""]}]}},
        "Resources": resources,
    }


def _alarm(properties: dict[str, Any]) -> dict[str, Any]:
    told = {"Fn::If": ["Alarmed", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**properties, "AlarmActions": told, "OKActions": told}}


def _logical(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace("_", "-").split("-"))
