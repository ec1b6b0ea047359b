"""Writing and reading the operation log."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import Invalid
from chalicelib.core.operations import Request
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.staff.operations.models import Operation
from chalicelib.mall.identity.staff.operations.schemas import AskOperations

MAX_SUMMARY = 1000
_MAX_PATH = 512
_SECRET = ("password", "secret", "token", "credential", "api_key", "private_key", "verification_code")
_PERSONAL = {"phone", "mobile", "detail", "address", "receiver_name", "openid", "unionid", "id_number", "birthday"}


def record(tx: Transaction, request: Request, *, staff_id: str, staff_name: str) -> None:
    """Add to *tx* the row that says who changed what, when, from where."""
    summary = _summary(request)
    now = clock.now()
    tx.put(
        Operation(
            day=clock.business_day(now).isoformat(),
            id=ids.new("opn"),
            staff_id=staff_id,
            staff_name=staff_name,
            method=request.method,
            path=request.path[:_MAX_PATH],
            target=target_of(request.path),
            summary=summary[:MAX_SUMMARY] if summary else None,
            digest=hashlib.sha256(summary.encode()).hexdigest()[:32] if summary else None,
            ip=request.source_ip,
            request_id=request.request_id,
            done_at=now,
        )
    )


def note(tx: Transaction, *, staff_id: str, staff_name: str, path: str, summary: str) -> None:
    """Add to *tx* a row of what came of a request later, without its person: a file of so many rows was written."""
    now = clock.now()
    tx.put(
        Operation(
            day=clock.business_day(now).isoformat(),
            id=ids.new("opn"),
            staff_id=staff_id,
            staff_name=staff_name,
            method="DONE",
            path=path[:_MAX_PATH],
            target=target_of(path),
            summary=summary[:MAX_SUMMARY],
            ip="",
            request_id="",
            done_at=now,
        )
    )


def target_of(path: str) -> str | None:
    """``/admin/products/prd_1/list`` → ``prd_1``: the segment after the collection; None for a collection itself."""
    segments = path.strip("/").split("/")
    return segments[2][:128] or None if len(segments) > 2 else None


def _summary(request: Request) -> str | None:
    if not request.body:
        return None
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            text = json.dumps(redacted(json.loads(request.body)), ensure_ascii=False, sort_keys=True)
            return text.encode(errors="replace").decode()  # half a surrogate pair is JSON, but no text
    except (ValueError, RecursionError):
        pass
    # A file: which one it was is told by its digest alone.
    return f"{kind[:100]}, {len(request.body)} bytes, sha256 {hashlib.sha256(request.body).hexdigest()}"


def redacted(document: Any) -> Any:
    """*document* without the values of secret and personal fields, at any depth."""
    if isinstance(document, dict):
        return {name: "***" if _hidden(name) else redacted(value) for name, value in document.items()}
    if isinstance(document, list):
        return [redacted(each) for each in document]
    return document


def _hidden(name: str) -> bool:
    lower = name.lower()
    return lower in _PERSONAL or any(word in lower for word in _SECRET)


def operations(asked: AskOperations) -> tuple[list[Operation], str | None]:
    """A page of the log, the newest first, and the cursor to the rest.

    :raises Invalid: more than one of day, person and thing was named.
    """
    named = [each for each in (asked.day, asked.staff_id, asked.target) if each is not None]
    if len(named) > 1:
        raise Invalid(errors=[{"field": "day", "issue": "name a day, a person or a thing, not several"}])
    source: Any = Operation
    if asked.staff_id is not None:
        source = Operation.by_staff
    elif asked.target is not None:
        source = Operation.by_target
    key = str(named[0]) if named else clock.today().isoformat()
    return pages.query(source, key, limit=asked.limit, cursor=asked.cursor)
