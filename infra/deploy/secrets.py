"""The secrets parameter: one SecureString with a JSON object, by the names that core/settings.py knows."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.core.settings import PREFIX, SECRETS, SettingsError, load
from infra.build.stages import Stage
from infra.deploy.account import Account, DeployError

STANDARD = 4096  # bytes of a parameter that costs nothing; up to 8 KB it is an "advanced" one


def put(account: Account, text: str) -> str:
    """Store the secrets. Nothing of them is ever printed.

    :returns: the parameter's name. :raises DeployError: not a JSON object of exactly our secrets.
    """
    try:
        document = json.loads(text)
    except ValueError:
        raise DeployError("the secrets are no JSON") from None
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise DeployError("the secrets are one JSON object of strings")
    if strange := sorted(document.keys() - set(SECRETS)):
        raise DeployError(f"no such secret: {', '.join(strange)}; there are {', '.join(SECRETS)}")
    name = account.stage.parameters["SecretsParameter"]
    more: dict[str, Any] = {"KeyId": key} if (key := account.stage.parameters.get("SecretsKeyArn")) else {}
    account.client("ssm").put_parameter(
        Name=name,
        Value=(value := json.dumps(document, ensure_ascii=False)),
        Type="SecureString",
        Tier="Advanced" if len(value.encode()) > STANDARD else "Standard",
        Overwrite=True,
        **more,
    )
    return name


def read(account: Account) -> Mapping[str, str]:
    """:raises DeployError: they are not there."""
    name = account.stage.parameters["SecretsParameter"]
    try:
        answer = account.client("ssm").get_parameter(Name=name, WithDecryption=True)
    except ClientError as error:
        raise DeployError(f"secrets parameter {name}: {error.response['Error']['Code']}: make secrets") from None
    found: dict[str, str] = json.loads(answer["Parameter"]["Value"])
    return found


def require_startable(stage: Stage, secrets: Mapping[str, str]) -> None:
    """The functions would start with these settings and secrets. :raises DeployError: what is missing or wrong."""
    environment = {
        PREFIX + "STAGE": stage.name,
        PREFIX + "REGION": stage.region,
        **stage.settings,
        **{PREFIX + name.upper(): value for name, value in secrets.items() if name in SECRETS},
    }
    try:
        load(environment)
    except SettingsError as error:
        raise DeployError(f"infra/aws/stages/{stage.name}.json and the secrets: {error}") from None


def from_environment() -> str:
    """The file that ``SECRETS=`` names, which belongs outside of the work tree."""
    path = os.environ.get("SECRETS", "")
    if not path:
        raise DeployError("SECRETS=/path/to/secrets.json (keep it outside of this folder, and delete it afterwards)")
    with open(path, encoding="utf-8") as file:
        return file.read()
