"""Jobs: run one now. The scheduled function is invoked, so it has its own role, time and memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.ops.target import Refused, Target

INDEX = Path(__file__).parents[2] / "chalicelib" / "index.json"


def names() -> list[str]:
    """Every job of this checkout."""
    return sorted(json.loads(INDEX.read_text(encoding="utf-8"))["jobs"])


def run(target: Target, name: str) -> Any:
    """Wait for it. :returns: what the function answered. :raises Refused: no such job, or it failed."""
    if name not in names():
        raise Refused(f"no job {name!r}: there are {', '.join(names())}")
    aws = target.client("lambda")
    event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "resources": ["operator"]}
    for key in ("version", "id", "account", "time", "region"):
        event[key] = ""
    try:
        answer = aws.invoke(FunctionName=target.function(name), Payload=json.dumps(event).encode())
    except aws.exceptions.ResourceNotFoundException as error:
        raise Refused(f"not deployed there: {error}") from None
    payload = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise Refused(f"{name} failed: {payload.get('errorType')}: {payload.get('errorMessage')}")
    return payload
