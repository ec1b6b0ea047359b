"""One correlation id through everything that was logged: the request, the messages it caused, their effects."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.ops.target import Refused, Target

_QUERY = 'fields @message | filter correlation_id = "{}" | sort @timestamp | limit 1000'


def trace(target: Target, correlation_id: str, within: timedelta) -> list[dict[str, Any]]:
    """The lines, oldest first. In AWS by a query of CloudWatch Logs Insights, on the laptop from its file.

    :raises Refused: this can be no correlation id.
    """
    if not re.fullmatch(r"[\w.-]{1,64}", correlation_id):
        raise Refused(f"no correlation id: {correlation_id!r}")
    if target.endpoint:
        return sorted(_lines(target.log, correlation_id), key=lambda line: line["at"])
    return _asked(target, correlation_id, within)


def row(line: dict[str, Any]) -> dict[str, Any]:
    """What a list shows: when, how bad, what, and the rest of the fields."""
    left_out = {"at", "level", "logger", "message", "correlation_id", "_aws", "exception"}
    rest = " ".join(f"{key}={value}" for key, value in line.items() if key not in left_out)
    failure = str(line.get("exception", "")).strip().rpartition("\n")[2]
    return {
        "at": line["at"][11:23],
        "level": line["level"],
        "message": line["message"],
        "with": f"{rest} {failure}".strip(),
    }


def _lines(path: Path, correlation_id: str) -> Iterator[dict[str, Any]]:
    if not path.exists():
        raise Refused(f"no log {path}: `make run` writes it, and --log names another")
    with path.open(encoding="utf-8") as file:
        for text in file:
            if correlation_id in text:
                line = json.loads(text)
                if line.get("correlation_id") == correlation_id:
                    yield line


def _asked(target: Target, correlation_id: str, within: timedelta) -> list[dict[str, Any]]:
    logs = target.client("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{target.prefix}")
    groups = [each["logGroupName"] for page in pages for each in page["logGroups"]]
    if not groups:
        raise Refused(f"no log group begins with /aws/lambda/{target.prefix}")
    now, found = datetime.now(UTC), []
    for start in range(0, len(groups), 50):  # as many as one query takes
        query = logs.start_query(
            logGroupNames=groups[start : start + 50],
            startTime=int((now - within).timestamp()),
            endTime=int(now.timestamp()) + 60,
            queryString=_QUERY.format(correlation_id),
        )
        found += _results(logs, query["queryId"])
    return sorted(found, key=lambda line: line["at"])


def _results(logs: Any, query_id: str) -> list[dict[str, Any]]:
    for _ in range(120):
        answer = logs.get_query_results(queryId=query_id)
        if answer["status"] not in ("Scheduled", "Running"):
            break
        time.sleep(0.5)
    if answer["status"] != "Complete":
        raise Refused(f"the query of the logs is {answer['status'].lower()}")
    messages = [each["value"] for result in answer["results"] for each in result if each["field"] == "@message"]
    return [json.loads(text) for text in messages]
