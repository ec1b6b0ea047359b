"""HTTP to partners: one pool, one timeout, errors that tell what is known.

Every failure is a :class:`PartnerError`, and that is a :class:`~chalicelib.core.errors.PartnerUnavailable`:
what a feature does not translate itself reaches the caller as 503 ``partner_unavailable``, in this one
place. Bodies, headers and query strings are never logged: they carry tokens, secrets and personal data.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO, Any, ClassVar, TypeVar

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from chalicelib.core import metrics
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.settings import settings

T = TypeVar("T")

Observer = Callable[[str, str, str], None]
#: Called as ``("before" | "after", method, url)`` around every request; fault tests kill the process here.
observers: list[Observer] = []

_ATTEMPTS = 3
_PAUSE_SECONDS = 0.15
_PIECE = 64 * 1024


class PartnerError(PartnerUnavailable):
    """A partner did not do what we asked.

    ``retryable``: asking again may help. ``may_have_happened``: the partner may have carried the request
    out, so only a query, or a repeat under the same number, tells. ``partner_code`` is the partner's own
    code and ``reason`` its own words: both for logs, never for buyers.
    """

    retryable: ClassVar[bool] = False
    may_have_happened: ClassVar[bool] = False
    kind: ClassVar[str] = "other"

    def __init__(self, partner: str, *, partner_code: str = "", reason: str = "", http_status: int = 0) -> None:
        super().__init__(partner=partner)
        self.partner = partner
        self.partner_code = partner_code
        self.reason = reason
        self.http_status = http_status

    def __str__(self) -> str:
        return (
            f"{type(self).__name__}: {self.partner} {self.http_status or ''} {self.partner_code} {self.reason}".strip()
        )


class PartnerTimeout(PartnerError):
    """No answer in time, or the line broke after we had sent: it may have happened."""

    retryable = True
    may_have_happened = True
    kind = "timeout"


class PartnerUnreachable(PartnerError):
    """No connection: it certainly did not happen."""

    retryable = True
    kind = "unreachable"


class PartnerBroken(PartnerError):
    """A 5xx, or an answer that is not what the protocol promises: it may have happened."""

    retryable = True
    may_have_happened = True
    kind = "broken"


class PartnerBusy(PartnerError):
    """The partner is limiting us or asks to come back: it did not happen."""

    retryable = True
    kind = "busy"


class PartnerRefused(PartnerError):
    """The partner understood and said no: asking the same again gives the same answer."""

    kind = "refused"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: status, lower-case headers, the bytes as they came."""

    partner: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object.

        :raises PartnerBroken: it is none.
        """
        try:
            document = json.loads(self.body)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise PartnerBroken(self.partner, reason="not a JSON object", http_status=self.status)
        return document


@cache
def _pool() -> urllib3.PoolManager:
    # Sized for the laptop's threads; a Lambda container uses one connection a partner.
    return urllib3.PoolManager(num_pools=8, maxsize=32, retries=False)


def send(
    partner: str, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Response:
    """One request, one attempt, no redirects; any status is an answer (see :func:`expect_success`).

    :param partner: its name in errors and logs.
    :raises PartnerUnreachable: never sent.
    :raises PartnerTimeout: sent, no whole answer.
    """
    return _exchange(partner, method, url, headers or {}, body, lambda raw: bytes(raw.data))


def download(
    partner: str, url: str, into: IO[bytes], *, headers: Mapping[str, str] | None = None, limit: int
) -> Response:
    """Like :func:`send` with GET, but the body of a 200 goes to *into* piece by piece; the response's own is empty.

    ``partner_timeout_seconds`` is the longest silence, not the whole.

    :param limit: bytes; more are not taken.
    :raises PartnerBroken: it is larger. :raises PartnerTimeout: it broke off; some of it is in *into*.
    """

    def save(raw: urllib3.BaseHTTPResponse) -> bytes:
        if raw.status != 200:
            return bytes(raw.data)
        for piece in raw.stream(_PIECE, decode_content=False):
            into.write(piece)
            if into.tell() > limit:
                raw.close()
                raise PartnerBroken(partner, reason=f"more than {limit} bytes", http_status=raw.status)
        return b""

    return _exchange(partner, "GET", url, headers or {}, None, save)


def _exchange(
    partner: str,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    read: Callable[[urllib3.BaseHTTPResponse], bytes],
) -> Response:
    _observe("before", method, url)
    started = time.monotonic()
    try:
        raw = _pool().request(
            method,
            url,
            body=body,
            headers=dict(headers),
            timeout=settings().partner_timeout_seconds,
            redirect=False,
            preload_content=False,
        )
        content = read(raw)
    except HTTPError as error:
        _log(partner, method, url, started, failure=type(error).__name__)
        _observe("after", method, url)
        raise _transport_error(partner, error) from None
    _log(partner, method, url, started, status=raw.status)
    _observe("after", method, url)
    return Response(partner, raw.status, {name.lower(): value for name, value in raw.headers.items()}, content)


def send_json(
    partner: str, method: str, url: str, document: Any, *, headers: Mapping[str, str] | None = None
) -> Response:
    """:func:`send` with *document* as a JSON body."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return send(partner, method, url, headers={"Content-Type": "application/json", **(headers or {})}, body=body)


def expect_success(response: Response) -> Response:
    """*response* if its status is 2xx, else the error that the status alone tells.

    :raises PartnerBusy: 429.
    :raises PartnerRefused: another 4xx.
    :raises PartnerBroken: anything else (5xx, a redirect).
    """
    if 200 <= response.status < 300:
        return response
    kind: type[PartnerError] = PartnerBroken
    if response.status == 429:
        kind = PartnerBusy
    elif 400 <= response.status < 500:
        kind = PartnerRefused
    raise kind(response.partner, http_status=response.status)


def retried(call: Callable[[], T], *, idempotent: bool) -> T:
    """*call*, repeated with growing, jittered pauses while it raises a retryable :class:`PartnerError`.

    A call that is not idempotent is repeated only when the first try certainly did not happen. No try
    starts after ``partner_timeout_seconds``, so the whole takes less than twice that.
    """
    deadline = time.monotonic() + settings().partner_timeout_seconds
    attempt = 1
    while True:
        try:
            return call()
        except PartnerError as error:
            pause = _PAUSE_SECONDS * 3 ** (attempt - 1) * random.uniform(0.5, 1.5)
            repeatable = error.retryable and (idempotent or not error.may_have_happened)
            last = not repeatable or attempt == _ATTEMPTS or time.monotonic() + pause > deadline
            _count(error, repeated=not last)
            if last:
                raise
            time.sleep(pause)
            attempt += 1


def _transport_error(partner: str, error: HTTPError) -> PartnerError:
    kind = PartnerUnreachable if isinstance(error, (NewConnectionError, ConnectTimeoutError)) else PartnerTimeout
    return kind(partner, reason=type(error).__name__)


def _count(error: PartnerError, *, repeated: bool) -> None:
    """A refusal is an answer: the caller decides what it means, and nothing is broken."""
    if error.kind != "refused":
        metrics.record(
            "partner call failed",
            {"PartnerErrors": 1},
            level=logging.WARNING,
            partner=error.partner,
            kind=error.kind,
            error=type(error).__name__,
            repeated=repeated,
        )


def _observe(moment: str, method: str, url: str) -> None:
    for observer in observers:
        observer(moment, method, url)


def _log(partner: str, method: str, url: str, started: float, *, status: int = 0, failure: str = "") -> None:
    metrics.record(
        "partner called",
        {"PartnerCalls": 1},
        level=logging.INFO if status and status < 500 else logging.WARNING,
        partner=partner,
        method=method,
        url=url.partition("?")[0],
        http_status=status,
        failure=failure,
        milliseconds=round((time.monotonic() - started) * 1000),
    )
