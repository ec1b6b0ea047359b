"""Pages: parts of a DynamoDB query with an opaque, signed cursor."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, TypeVar

from pynamodb.exceptions import QueryError
from pynamodb.expressions.condition import Condition

from chalicelib.core.errors import Invalid
from chalicelib.core.settings import settings
from chalicelib.core.tables import Table

M = TypeVar("M", bound=Table)
FILTERED = 200  # items a round trip looks at when a filter thins them out


def encode(position: Any, scope: str) -> str:
    """A cursor to *position* (JSON). It is good only for lists of the same *scope*."""
    body = json.dumps(position, separators=(",", ":")).encode()
    seal = _seal(body, scope, settings().session_secret)
    return base64.urlsafe_b64encode(seal + body).decode().rstrip("=")


def decode(cursor: str | None, scope: str) -> Any:
    """The position that :func:`encode` was given; None for None. :raises Invalid: not one of ours."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if any(hmac.compare_digest(raw[:12], _seal(raw[12:], scope, each)) for each in settings().session_secrets):
            return json.loads(raw[12:])
    except ValueError:
        pass
    raise _refusal()


def _refusal() -> Invalid:
    return Invalid(errors=[{"field": "cursor", "issue": "not a cursor of this list"}])


def query(
    source: Any,
    hash_key: str,
    range_condition: Condition | None = None,
    *,
    limit: int,
    cursor: str | None,
    filter_condition: Condition | None = None,
    newest_first: bool = True,
    consistent: bool = False,
) -> tuple[list[Any], str | None]:
    """One page of ``source.query`` (a model class or an index), in one round trip unless a filter thins it out.

    :returns: items and the cursor to the rest, or None.
    """
    of = source if isinstance(source, type) else type(source)
    scope = f"{of.__module__}.{of.__qualname__}/{hash_key}/{newest_first}"
    found = source.query(
        hash_key,
        range_key_condition=range_condition,
        filter_condition=filter_condition,
        scan_index_forward=not newest_first,
        limit=limit,
        page_size=limit if filter_condition is None else max(limit, FILTERED),
        last_evaluated_key=decode(cursor, scope),
        **({"consistent_read": True} if consistent else {}),
    )
    try:
        items = list(found)
    except QueryError as error:
        # The cursor is ours, but of another range: DynamoDB takes no start outside of what is asked for.
        if cursor is not None and error.cause_response_code == "ValidationException":
            raise _refusal() from None
        raise
    position = found.last_evaluated_key
    return items, encode(position, scope) if position else None


def _seal(body: bytes, scope: str, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"cursor\0" + scope.encode() + b"\0" + body, hashlib.sha256).digest()[:12]
