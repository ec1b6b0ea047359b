"""Secrets change in three steps, and at none is a living token refused, or a code lost."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import boto3
import pytest

from chalicelib.core import clock
from chalicelib.trade.fulfillment.goods_codes.models import CodeKey, GoodsCode
from chalicelib.trade.fulfillment.goods_codes.sealing.service import key_id
from infra.ops import secrets
from infra.ops.console import Console
from infra.ops.target import Refused, Target
from tests.harness import Cloud

NOW, ALSO = secrets.SESSION, secrets.SESSION + secrets.ALSO
OLD = {"session_secret": "o" * 40, "goods_code_key": "c" * 40, "wechat_app_secret": "kept"}


def test_three_steps_in_their_order() -> None:
    prepared = secrets.step(OLD, NOW, "prepare")
    switched = secrets.step(prepared, NOW, "switch")
    finished = secrets.step(switched, NOW, "finish")
    new = prepared[ALSO]
    assert prepared == {**OLD, ALSO: new}
    assert switched == {**OLD, NOW: new, ALSO: OLD[NOW]}
    assert finished == {**OLD, NOW: new}
    assert len(new) >= 32
    assert secrets.step(OLD, NOW, "prepare")[ALSO] != new
    # Whatever signs before or after a step is believed after and before it.
    for before, after in ((OLD, prepared), (prepared, switched)):
        believed = {after[NOW], after.get(ALSO)}, {before[NOW], before.get(ALSO)}
        assert before[NOW] in believed[0]
        assert after[NOW] in believed[1]


@pytest.mark.parametrize(("name", "document"), [
    ("prepare", {**OLD, "session_secret_previous": "p" * 40}), ("switch", OLD), ("finish", OLD), ("prepare", {}),
])  # fmt: skip
def test_no_step_out_of_turn(name: str, document: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        secrets.step(document, NOW, name)


@pytest.fixture
def deployed(cloud: Cloud) -> Target:
    """A stage with its parameter and two functions; a third belongs to somebody else."""
    target = Target(stage="dev", region="us-west-1", prefix="siyu-dev-", secrets="/siyu/dev/secrets")
    secret = {"Type": "SecureString", "KeyId": "alias/malls-own", "Tier": "Advanced", "Overwrite": True}
    target.client("ssm").put_parameter(Name=target.secrets, Value=json.dumps(OLD), **secret)
    iam = boto3.client("iam", "us-west-1")
    if not any(role["RoleName"] == "r" for role in iam.list_roles()["Roles"]):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    arn, code = iam.get_role(RoleName="r")["Role"]["Arn"], io.BytesIO()
    with zipfile.ZipFile(code, "w") as file:
        file.writestr("app.py", "")
    aws, found = target.client("lambda"), target.client("lambda").list_functions()["Functions"]
    for name in {"siyu-dev-api", "siyu-dev-payments", "other-api"} - {each["FunctionName"] for each in found}:
        aws.create_function(
            FunctionName=name,
            Role=arn,
            Runtime="python3.13",
            Handler="app.app",
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": {"SIYU_STAGE": "dev"}},
        )
    return target


def stored(target: Target) -> dict[str, Any]:
    found = target.client("ssm").get_parameter(Name=target.secrets, WithDecryption=True)["Parameter"]
    assert found["Type"] == "SecureString"
    named = [{"Key": "Name", "Values": [target.secrets]}]
    (kept,) = target.client("ssm").describe_parameters(ParameterFilters=named)["Parameters"]
    assert (kept["KeyId"], kept["Tier"]) == ("alias/malls-own", "Advanced"), "kept as it was"
    document: dict[str, Any] = json.loads(found["Value"])
    return document


def variables(target: Target, name: str) -> dict[str, str]:
    found: dict[str, str] = target.client("lambda").get_function_configuration(FunctionName=name)["Environment"][
        "Variables"
    ]
    return found


def test_the_parameter_is_written_and_the_functions_begin_anew(
    deployed: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console()  # the deployed function says that it is no production
    secrets.rotate(deployed, Console(dry_run=True), NOW, "prepare")
    assert stored(deployed) == OLD
    for name in secrets.STEPS:
        secrets.rotate(deployed, console, NOW, name)
        assert variables(deployed, "siyu-dev-payments")["SIYU_STAGE"] == "dev"
        assert "RESTARTED_AT" in variables(deployed, "siyu-dev-api")
    assert "RESTARTED_AT" not in variables(deployed, "other-api")
    assert stored(deployed)["session_secret"] != OLD["session_secret"]
    assert stored(deployed)["wechat_app_secret"] == "kept"
    assert stored(deployed)["session_secret"] not in capsys.readouterr().err, "secrets are not shown"


def test_the_key_of_codes_is_forgotten_when_nothing_needs_it(target: Target) -> None:
    old, here = OLD["goods_code_key"], replace(target, secrets="/siyu/test/secrets")
    ssm, console = target.client("ssm"), Console(yes_prod=True)
    ssm.put_parameter(Name=here.secrets, Value=json.dumps(OLD), Type="SecureString", Overwrite=True)

    def document() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            ssm.get_parameter(Name=here.secrets, WithDecryption=True)["Parameter"]["Value"]
        )
        return found

    kept = CodeKey(id="ids", sealed="x", key_id=key_id(old))
    code = GoodsCode(sku_id="sku_1", id="one", sealed="x", key_id=key_id(old), uploaded_at=clock.now())
    kept.save()
    code.save()
    for name in ("prepare", "switch"):
        secrets.rotate(here, console, secrets.CODES, name)
    new = key_id(document()["goods_code_key"])
    for each in (kept, code):
        with pytest.raises(Refused, match="run_backfills"):
            secrets.rotate(here, console, secrets.CODES, "finish")
        assert document()["goods_code_key_previous"] == old
        each.key_id = new
        each.save()
    secrets.rotate(here, console, secrets.CODES, "finish")
    assert "goods_code_key_previous" not in document()
