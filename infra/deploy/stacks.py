"""Stacks change by change sets: what would be done is known, shown and judged before it is done."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from infra.deploy.account import DeployError

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
#: What holds something that nobody can make again.
PRECIOUS = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::EC2::EIP"}
Template = Mapping[str, str]  # {"TemplateBody": …} or {"TemplateURL": …}


class Stacks:
    """The stacks of one region.

    :param seconds: between two looks at a stack at work. :param tell: hears what happens.
    """

    def __init__(self, client: Any, tell: Callable[[str], None], seconds: float = 5.0) -> None:
        self._client, self._tell, self._seconds = client, tell, seconds

    def apply(self, name: str, template: Template, parameters: Mapping[str, str]) -> dict[str, str]:
        """Make the stack, or bring it to *template*. Returns its outputs.

        Parameters that the template does not know are left out; those not given have its defaults.
        :raises DeployError: it would lose something precious, or did not succeed and was rolled back.
        """
        exists, change_set = self._exists(name), f"r{time.time_ns()}"
        if self._proposed(name, change_set, template, parameters, exists) and self._has_changes(name, change_set):
            self._judge(name, change_set)
            self._execute(name, change_set, "stack_update_complete" if exists else "stack_create_complete")
        else:
            self._tell(f"{name}: nothing to change")
        return self.outputs(name)

    def _proposed(
        self, name: str, change_set: str, template: Template, parameters: Mapping[str, str], exists: bool
    ) -> bool:
        try:
            self._client.create_change_set(
                StackName=name,
                ChangeSetName=change_set,
                ChangeSetType="UPDATE" if exists else "CREATE",
                Capabilities=CAPABILITIES,
                Parameters=_parameters(self._parameters_of(template), parameters),
                **template,
            )
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return False
            raise
        return True

    def outputs(self, name: str) -> dict[str, str]:
        """The outputs of a stack."""
        stack = self._client.describe_stacks(StackName=name)["Stacks"][0]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def template(self, name: str) -> str | None:
        """The template that a stack was last brought to, as text; None when there is no such stack."""
        if not self._exists(name):
            return None
        body = self._client.get_template(StackName=name)["TemplateBody"]
        return body if isinstance(body, str) else json.dumps(body)

    def _exists(self, name: str) -> bool:
        try:
            status = self._client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if "does not exist" in str(error):
                return False
            raise
        if status == "ROLLBACK_COMPLETE":
            raise DeployError(f"{name} failed while it was first made and holds nothing: delete the stack, then again")
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            raise DeployError(f"{name} is {status}: somebody else is deploying")
        return bool(status != "REVIEW_IN_PROGRESS")

    def _parameters_of(self, template: Template) -> set[str]:
        answer = self._client.get_template_summary(**template)
        return {each["ParameterKey"] for each in answer.get("Parameters", [])}

    def _has_changes(self, name: str, change_set: str) -> bool:
        try:
            self._client.get_waiter("change_set_create_complete").wait(
                StackName=name, ChangeSetName=change_set, WaiterConfig=self._patience()
            )
        except WaiterError:
            found = self._client.describe_change_set(StackName=name, ChangeSetName=change_set)
            reason = found.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates are to be performed" in reason:
                self._client.delete_change_set(StackName=name, ChangeSetName=change_set)
                return False
            raise DeployError(f"{name}: {reason}") from None
        return True

    def _judge(self, name: str, change_set: str) -> None:
        lost = []
        for change in self._changes(name, change_set):
            action, kind, what = change["Action"], change["ResourceType"], change["LogicalResourceId"]
            self._tell(f"{name}: {action.lower()} {what} ({kind})")
            gone = action == "Remove" or change.get("Replacement") == "True"
            if gone and kind in PRECIOUS:
                lost.append(what)
        if lost:
            self._client.delete_change_set(StackName=name, ChangeSetName=change_set)
            raise DeployError(
                f"{name}: this would remove or replace {', '.join(lost)}: docs/deploying.md, schema rules"
            )

    def _changes(self, name: str, change_set: str) -> Iterator[dict[str, Any]]:
        page: dict[str, Any] = {}
        while True:
            more = {"NextToken": page["NextToken"]} if page.get("NextToken") else {}
            page = self._client.describe_change_set(StackName=name, ChangeSetName=change_set, **more)
            yield from (each["ResourceChange"] for each in page.get("Changes", []))
            if not page.get("NextToken"):
                return

    def _execute(self, name: str, change_set: str, waiter: str) -> None:
        self._client.execute_change_set(StackName=name, ChangeSetName=change_set)
        try:
            self._client.get_waiter(waiter).wait(StackName=name, WaiterConfig=self._patience())
        except WaiterError:
            raise DeployError(f"{name} was rolled back:\n  " + "\n  ".join(self._failures(name))) from None

    def _failures(self, name: str) -> list[str]:
        events = self._client.describe_stack_events(StackName=name)["StackEvents"]
        failed = [each for each in events if each.get("ResourceStatus", "").endswith("_FAILED")]
        return [f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}" for each in failed[:5]]

    def _patience(self) -> dict[str, Any]:
        return {"Delay": self._seconds, "MaxAttempts": int(3600 / max(self._seconds, 1))}


def _parameters(known: set[str], given: Mapping[str, str]) -> list[dict[str, str]]:
    """CloudFormation's form of what the template knows. Empty, or not given: the template's default."""
    told = {key: value for key, value in given.items() if key in known and value != ""}
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(told.items())]
