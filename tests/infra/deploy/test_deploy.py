"""A deployment and the way back, against moto as far as moto goes.

moto has no SAM transform. Stack 0 and stack 1 are really made from the real templates; in place of stack 2 stands what
is left of the real one without its SAM resources (roles, policies, log groups), which moto makes. The app stack itself
is proved by tests/infra/build, and for the first time whole in an account (docs/deploying.md, rehearsal).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.core.settings import PREFIX, SECRETS, settings
from infra.build import stages, template
from infra.build.__main__ import Built
from infra.build.stages import Stage
from infra.deploy import plan, secrets
from infra.deploy.account import Account, DeployError
from infra.local.cloud import Template, parse

REGION = "cn-north-1"  # not the one of the other tests' tables
Document = dict[str, Any]
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse AWS:UserWarning")


def without_sam(document: Document) -> str:
    """What moto can make of the app template."""
    kept = {
        name: each for name, each in document["Resources"].items() if not each["Type"].startswith("AWS::Serverless")
    }
    for name in ("APIHandlerInvokePermission", "Domain", "DomainMapping", "Firewall", "FirewallAssociation"):
        kept.pop(name)
    outputs = {"Url": {"Value": {"Fn::Sub": "https://${Prefix}api.example"}}}
    plain = {key: document[key] for key in ("AWSTemplateFormatVersion", "Parameters", "Conditions")}
    return template.dump({**plain, "Resources": kept, "Outputs": outputs})


@pytest.fixture(scope="module")
def app_text(app_document: Document) -> str:
    """A few functions' worth of it: moto takes its time."""
    few = ("API", "Domain", "Firewall", "Payments")
    resources = {name: each for name, each in app_document["Resources"].items() if name.startswith(few)}
    return without_sam({**app_document, "Resources": resources})


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data stack of three resources, and nothing to watch."""
    document = parse(plan.DATA.read_text(encoding="utf-8"))
    few = ("InboxTable", "PaymentsQueue", "PaymentsDead", "MediaBucket", "WorkBucket")
    document["Resources"] = {name: document["Resources"][name] for name in few}
    path = tmp_path / "data.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setattr(plan, "DATA", path)
    monkeypatch.setattr(plan.Deployment, "change_watch", lambda self: None)


@pytest.fixture
def stage() -> Stage:
    found = stages.load("test")
    told = {
        PREFIX + name.upper(): str(getattr(settings(), name))
        for name in (
            "wechat_app_id",
            "wechat_pay_merchant_id",
            "wechat_pay_certificate_serial",
            "wechat_pay_public_key_id",
        )
    }
    return replace(found, region=REGION, settings=told, unfilled=())


@pytest.fixture
def _outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto forgets the parameters and outputs of a stack that a change set made or changed."""
    from moto.cloudformation.models import ChangeSet

    apply = ChangeSet.apply

    def remembered(change_set: Any) -> None:
        apply(change_set)
        stack = change_set.stack
        stack.template, stack.parameters = change_set.template, change_set.parameters
        stack._parse_template()
        stack.output_map = stack._create_output_map()

    monkeypatch.setattr(ChangeSet, "apply", remembered)


@pytest.fixture
def account(cloud: Any, stage: Stage, _outputs: None) -> Iterator[Account]:
    account = Account(stage)
    told = {name: value for name in SECRETS if (value := getattr(settings(), name)) is not None}
    secrets.put(account, json.dumps(told))
    yield account
    _sweep(account)


def _sweep(account: Account) -> None:
    """moto keeps stacks, and stacks keep what they protect: the next test wants an empty region."""
    from moto.cloudformation.models import cloudformation_backends
    from moto.dynamodb.models import dynamodb_backends
    from moto.logs.models import logs_backends
    from moto.s3.models import s3_backends
    from moto.sqs.models import sqs_backends

    for backends in (cloudformation_backends, dynamodb_backends, logs_backends, sqs_backends):
        backends["123456789012"][REGION].reset()
    s3 = s3_backends["123456789012"]["aws-cn"]
    for bucket in [name for name in s3.buckets if name.startswith("siyu-test-")]:
        s3.buckets[bucket].keys.clear()
        s3.delete_bucket(bucket)


@pytest.fixture
def build(tmp_path: Path, app_text: str) -> Callable[..., Built]:
    """``build("v1")``: a package of that content, and the app template, perhaps changed."""

    def make(content: str, text: str = app_text) -> Built:
        package, target = tmp_path / f"siyu-x86_64-{content}.zip", tmp_path / f"{content}-app.json"
        package.write_text(content, encoding="utf-8")
        target.write_text(text, encoding="utf-8")
        return Built("test", "x86_64", str(package), content, str(target), precompiled=True)

    return make


class Log(list[str]):
    """What was told, and whether the smoke test finds anything."""

    broken: tuple[str, ...] = ()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def deployment(account: Account, log: Log) -> plan.Deployment:
    return plan.Deployment(account, log.append, lambda url: log.broken, seconds=0)


def test_from_nothing(deployment: plan.Deployment, build: Any, account: Account, app_document: Document) -> None:
    """All of it, in the real size."""
    release = deployment.deploy(build("v1", without_sam(app_document)), "a" * 40)
    assert release.good
    assert deployment.releases.all() == [release]
    stacks = {each["StackName"] for each in account.cloudformation.list_stacks()["StackSummaries"]}
    assert stacks >= {"siyu-test-releases", "siyu-test-data", "siyu-test-app", "siyu-test-watch"}
    # The data stack is what the template says, under this stage's names.
    wanted = Template.read(REGION, parameters={"Prefix": "siyu-test-", "Protect": "false"})
    tables = {each.properties["TableName"] for each in wanted.resources("AWS::DynamoDB::Table")}
    assert (
        set(account.client("dynamodb").get_paginator("list_tables").paginate().build_full_result()["TableNames"])
        == tables
    )
    # The package lies where the template looks for it.
    parameters = {
        each["ParameterKey"]: each["ParameterValue"]
        for each in account.cloudformation.describe_stacks(StackName="siyu-test-app")["Stacks"][0]["Parameters"]
    }
    found = account.s3.get_object(Bucket=parameters["CodeBucket"], Key=parameters["CodeKey"])
    assert found["Body"].read() == b"v1"
    roles = boto3.client("iam", region_name=REGION).list_roles()["Roles"]
    assert sum("siyu-test-app" in each["RoleName"] or "Role" in each["RoleName"] for each in roles) > 10


@pytest.mark.usefixtures("small")
def test_again_without_a_change_changes_nothing(deployment: plan.Deployment, build: Any, log: Log) -> None:
    deployment.deploy(build("v1"), "a" * 40)
    log.clear()
    deployment.deploy(build("v1"), "a" * 40)
    assert "siyu-test-releases: nothing to change" in log
    assert "siyu-test-data: nothing to change" in log
    assert not any("add" in each or "modify" in each for each in log)


@pytest.mark.usefixtures("small")
def test_a_release_and_back(deployment: plan.Deployment, build: Any, log: Log, app_text: str, account: Account) -> None:
    first = deployment.deploy(build("v1"), "a" * 40)
    changed = json.loads(app_text)
    changed["Resources"]["MoreLogGroup"] = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "more"}}
    log.broken = ("reads a table: GET /categories: 502",)
    with pytest.raises(DeployError, match="make rollback STAGE=test"):
        deployment.deploy(build("v2", template.dump(changed)), "b" * 40)
    bad = deployment.releases.all()[-1]
    assert not bad.good
    assert _code(account) == b"v2"

    log.broken = ()
    back = deployment.rollback()
    assert (back.package, back.template, back.instead_of) == (first.package, first.template, bad.id)
    assert back.good
    assert _code(account) == b"v1"
    resources = account.cloudformation.describe_stack_resources(StackName="siyu-test-app")["StackResources"]
    assert "MoreLogGroup" not in {each["LogicalResourceId"] for each in resources}
    with pytest.raises(DeployError, match="no such release to go back to"):
        deployment.rollback()  # the bad one is never a place to go back to
    assert _code(account) == b"v1"
    deployment.rollback(bad.id)  # unless it is asked for by name
    assert _code(account) == b"v2"


def _code(account: Account) -> bytes:
    parameters = account.cloudformation.describe_stacks(StackName="siyu-test-app")["Stacks"][0]["Parameters"]
    told = {each["ParameterKey"]: each["ParameterValue"] for each in parameters}
    content: bytes = account.s3.get_object(Bucket=told["CodeBucket"], Key=told["CodeKey"])["Body"].read()
    return content


def test_nothing_to_go_back_to(deployment: plan.Deployment) -> None:
    deployment.make_releases()
    with pytest.raises(DeployError, match="nothing was ever deployed"):
        deployment.rollback()


@pytest.mark.usefixtures("small")
def test_where_moto_stops(deployment: plan.Deployment, build: Any, app_document: Document) -> None:
    """Functions of the real app template: data is made, and moto does not know what a serverless function is."""
    few = {
        name: each for name, each in app_document["Resources"].items() if name.startswith(("APIHandler", "Payments"))
    }
    with pytest.raises(KeyError, match=r"RestAPI|FunctionName"):
        deployment.deploy(build("v1", template.dump({**app_document, "Resources": few})), "a" * 40)
    assert deployment.stacks.template("siyu-test-data") is not None
    assert [each.good for each in deployment.releases.all()] == [False]


class TestRefusals:
    """Each before anything was made."""

    @pytest.fixture(autouse=True)
    def _nothing_made(self, account: Account) -> Iterator[None]:
        yield
        assert account.cloudformation.list_stacks()["StackSummaries"] == []

    def refused(self, account: Account, built: Built, commit: str, told: str) -> None:
        with pytest.raises(DeployError, match=told):
            plan.Deployment(account, print, lambda url: [], seconds=0).deploy(built, commit)

    def test_settings_that_nobody_filled_in(self, account: Account, build: Any) -> None:
        account.stage = replace(account.stage, unfilled=("SIYU_WECHAT_APP_ID",))
        self.refused(account, build("v1"), "a", "fill in SIYU_WECHAT_APP_ID")

    def test_a_mall_that_would_not_start(self, account: Account, build: Any) -> None:
        account.stage = replace(account.stage, settings={})
        self.refused(account, build("v1"), "a", "SIYU_WECHAT_APP_ID: Field required")

    def test_no_secrets(self, account: Account, build: Any) -> None:
        account.client("ssm").delete_parameter(Name="/siyu/test/secrets")
        self.refused(account, build("v1"), "a", "ParameterNotFound: make secrets")

    def test_prod_without_byte_code_or_with_changes(self, account: Account, build: Any) -> None:
        account.stage = replace(account.stage, name="prod")
        self.refused(account, replace(build("v1"), precompiled=False), "a", "prod gets byte code")
        self.refused(account, build("v1"), "a+", "the work tree has changes")

    def test_credentials_of_another_partition(self, account: Account, build: Any) -> None:
        account.stage = replace(account.stage, region="us-east-1")
        self.refused(account, build("v1"), "a", "credentials of aws-cn, but us-east-1 is in aws")


class TestSecrets:
    def test_they_are_kept_as_one_encrypted_parameter(self, account: Account) -> None:
        found = account.client("ssm").get_parameter(Name="/siyu/test/secrets", WithDecryption=True)["Parameter"]
        assert found["Type"] == "SecureString"
        assert json.loads(found["Value"])["session_secret"] == settings().session_secret

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{", "no JSON"),
            ("[]", "one JSON object"),
            ('{"session_secret": 1}', "object of strings"),
            ('{"sesion_secret": "hush-hush"}', "no such secret: sesion_secret"),
        ],
    )
    def test_others_are_refused_and_never_told(self, account: Account, text: str, told: str) -> None:
        with pytest.raises(DeployError, match=told) as refused:
            secrets.put(account, text)
        assert "hush" not in str(refused.value)
        assert "session_secret" in secrets.read(account)
