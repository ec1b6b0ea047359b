"""The session secret, changed while buyers stay logged in. Three steps, each rolled out before the next:

1. *prepare*: a new secret is believed by every container, and signs nothing yet.
2. *switch*: it signs; what the old one signed is still believed.
3. *finish*, when the last old token has expired (``session_hours``): the old one is forgotten.

Two steps would not do: while containers change, an old one would refuse what a new one has signed.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from infra.ops.console import Console
from infra.ops.target import Refused, Target

NOW, ALSO = "session_secret", "session_secret_previous"
STEPS = ("prepare", "switch", "finish")
_STANDARD = 4096  # bytes of a standard parameter


def step(document: dict[str, Any], name: str) -> dict[str, Any]:
    """The document after a step. :raises Refused: it is not that step's turn."""
    if NOW not in document:
        raise Refused(f"the parameter holds no {NOW}")
    if (name == "prepare") == bool(document.get(ALSO)):
        raise Refused(f"{name}: there is {'already a' if document.get(ALSO) else 'no'} second secret; see the steps")
    match name:
        case "prepare":
            return {**document, ALSO: secrets.token_urlsafe(48)}
        case "switch":
            return {**document, NOW: document[ALSO], ALSO: document[NOW]}
        case _:
            return {key: value for key, value in document.items() if key != ALSO}


def rotate(target: Target, console: Console, name: str) -> None:
    """Write the parameter anew, and make every function begin anew with it."""
    if not target.secrets:
        raise Refused("this stage names no secrets parameter; the laptop keeps no secrets")
    ssm = target.client("ssm")
    found = ssm.get_parameter(Name=target.secrets, WithDecryption=True)["Parameter"]
    changed = step(json.loads(found["Value"]), name)
    if not console.may_change(target, f"{name} the session secret in {target.secrets}, then restart all functions"):
        return
    # As it is kept now: under the same key, and with more than 4 KB it is an advanced one.
    named = [{"Key": "Name", "Values": [target.secrets]}]
    (kept,) = ssm.describe_parameters(ParameterFilters=named)["Parameters"]
    more = {key: kept[key] for key in ("KeyId", "Tier") if kept.get(key)}
    value = json.dumps(changed, ensure_ascii=False)
    if len(value.encode()) > _STANDARD:
        more["Tier"] = "Advanced"
    ssm.put_parameter(Name=target.secrets, Value=value, Type="SecureString", Overwrite=True, **more)
    restart(target, console)


def restart(target: Target, console: Console) -> int:
    """Another environment makes Lambda start every container anew; requests under way end in the old ones."""
    aws, now = target.client("lambda"), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    pages = aws.get_paginator("list_functions").paginate()
    names = [each["FunctionName"] for page in pages for each in page["Functions"]]
    ours = [name for name in names if name.startswith(target.prefix)]
    for number, name in enumerate(ours, 1):
        found = aws.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
        aws.update_function_configuration(FunctionName=name, Environment={"Variables": {**found, "RESTARTED_AT": now}})
        console.progress(f"{number} of {len(ours)} functions restarted", last=number == len(ours))
    return len(ours)
