"""Secrets that change while the mall runs: the session secret, and the key that seals codes. Three steps, each rolled
out before the next:

1. *prepare*: a new one is believed (it opens) in every container, and signs (seals) nothing yet.
2. *switch*: it signs (seals); the old one is still believed (opens).
3. *finish*: the old one is forgotten. When the last old token has expired (``session_hours``); when no code is left
   that the old key sealed, which is looked at here.

Two steps would not do: while containers change, an old one would refuse what a new one has signed.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import Any

from infra.ops.console import Console
from infra.ops.target import Refused, Target

SESSION, CODES = "session_secret", "goods_code_key"
ALSO = "_previous"
STEPS = ("prepare", "switch", "finish")
_STANDARD = 4096  # bytes of a standard parameter


def step(document: dict[str, Any], secret: str, name: str) -> dict[str, Any]:
    """The document after a step with *secret*. :raises Refused: it is not that step's turn."""
    also = secret + ALSO
    if secret not in document:
        raise Refused(f"the parameter holds no {secret}")
    if (name == "prepare") == bool(document.get(also)):
        raise Refused(f"{name}: there is {'already a' if document.get(also) else 'no'} second secret; see the steps")
    match name:
        case "prepare":
            return {**document, also: secrets.token_urlsafe(48)}
        case "switch":
            return {**document, secret: document[also], also: document[secret]}
        case _:
            return {key: value for key, value in document.items() if key != also}


def rotate(target: Target, console: Console, secret: str, name: str) -> None:
    """Write the parameter anew, and make every function begin anew with it.

    :raises Refused: it is not that step's turn; or the old key of codes is still needed.
    """
    if not target.secrets:
        raise Refused("this stage names no secrets parameter; the laptop keeps no secrets")
    ssm = target.client("ssm")
    found = ssm.get_parameter(Name=target.secrets, WithDecryption=True)["Parameter"]
    changed = step(json.loads(found["Value"]), secret, name)
    if (secret, name) == (CODES, "finish"):
        _require_resealed(target, changed[CODES])
    if not console.may_change(target, f"{name} {secret} in {target.secrets}, then restart all functions"):
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


def _require_resealed(target: Target, secret: str) -> None:
    """Every code is sealed with *secret*, by what is stored. Reads the tables whole, so it takes a while."""
    from chalicelib.trade.fulfillment.goods_codes.sealing.service import key_id

    for name in ("code_keys", "goods_codes"):
        pages = (
            target.client("dynamodb")
            .get_paginator("scan")
            .paginate(
                TableName=target.table(name),
                ConsistentRead=True,
                Select="COUNT",
                FilterExpression="key_id <> :now",
                ExpressionAttributeValues={":now": {"S": key_id(secret)}},
            )
        )
        if any(page["Count"] for page in pages):
            raise Refused(f"{name}: some are sealed with the old key; wait for the job run_backfills, or run it")


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
