"""What a phone, or a CDN in front, may keep of an answer, and "not modified" when it still has it.

Only reads that say ``cache_seconds``, and only their successes: a refusal is never kept.
"""

from __future__ import annotations

from hashlib import blake2b

from chalicelib.core.operations import Operation, Request

NEVER = "no-store"


def headers(operation: Operation, request: Request, body: str) -> dict[str, str]:
    """The headers of a success of *operation* that says *body*.

    Who shows a token may get an answer of their own: nobody else keeps it, and the phone asks whether it still holds.
    """
    if not operation.cache_seconds:
        return {"Cache-Control": NEVER}
    named = operation.actor is not None and request.bearer is not None
    kept = "private, no-cache" if named else f"public, max-age={operation.cache_seconds}"
    vary = {"Vary": "Authorization"} if operation.actor is not None else {}
    return {"Cache-Control": kept, "ETag": _tag(body), **vary}


def is_known(request: Request, tag: str | None) -> bool:
    """Whether the caller says that it holds the answer with this *tag*."""
    asked = request.headers.get("if-none-match", "")
    return tag is not None and tag in [each.strip() for each in asked.split(",")]


def _tag(body: str) -> str:
    # Weak: the gateway compresses, which changes the bytes and not what they say.
    return f'W/"{blake2b(body.encode(), digest_size=12).hexdigest()}"'
