"""Does the mall that was just deployed answer? Reads only; a few seconds."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """One request, and what must come back."""

    name: str
    method: str
    path: str
    status: int
    code: str | None = None  # of the error body
    body: bytes | None = None
    ours: bool = True  # refused in the mall's error body, not in a partner's


CHECKS = (
    Check("reads a table", "GET", "/categories", 200),
    Check("finds the search index, or says that there is none yet", "GET", "/products", 200),
    Check("knows nobody without a token", "GET", "/orders", 401),
    Check("an unknown path has our error body", "GET", "/no-such-path", 404, "not_found"),
    Check("an unsigned notice is refused", "POST", "/hooks/wechat-pay", 401, None, b"{}", ours=False),
)


def failures(url: str, *, tries: int = 3, pause: float = 3.0) -> Iterator[str]:
    """What does not answer as it should. Tried again: a new domain or a cold start takes its time."""
    for check in CHECKS:
        problem = ""
        for attempt in range(tries):
            if attempt:
                time.sleep(pause)
            problem = _problem(url.rstrip("/"), check)
            if not problem:
                break
        if problem:
            yield f"{check.name}: {check.method} {check.path}: {problem}"


def _problem(url: str, check: Check) -> str:
    headers = {"Content-Type": "application/json"} if check.body else {}
    request = urllib.request.Request(url + check.path, data=check.body, method=check.method, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, content = error.code, error.read()
    except OSError as error:
        return str(error)
    if status != check.status:
        return f"{status} instead of {check.status}: {content[:200].decode(errors='replace')}"
    return _body_problem(content, check)


def _body_problem(content: bytes, check: Check) -> str:
    try:
        body: Any = json.loads(content)
    except ValueError:
        return f"no JSON: {content[:80]!r}"
    if check.status >= 400 and check.ours:
        if not isinstance(body, dict) or not {"code", "message", "details", "request_id"} <= body.keys():
            return f"not our error body: {content[:200].decode(errors='replace')}"
        if check.code and body["code"] != check.code:
            return f"code {body['code']} instead of {check.code}"
    return ""
