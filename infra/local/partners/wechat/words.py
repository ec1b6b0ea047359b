"""How WeChat's server API answers, whatever is asked: HTTP 200, and an ``errcode`` when it says no."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from infra.local.partners.exchange import Reply, Request, json_reply

#: A view gives the document of a success, or a whole reply (a picture), or raises :class:`Errcode`.
View = Callable[[Request], dict[str, Any] | Reply]


class Errcode(Exception):
    """WeChat says no: HTTP 200 with an ``errcode``."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Part(Protocol):
    """One area of the API: ``(method, path)`` → the endpoint's name in faults and call lists, and its view."""

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]: ...


def refusal(code: int, message: str) -> Reply:
    """The answer that says no."""
    parts = secrets.token_hex(4), secrets.token_hex(4), secrets.token_hex(4)
    return json_reply({"errcode": code, "errmsg": f"{message} rid: {'-'.join(parts)}"})


def document(request: Request) -> dict[str, Any]:
    """The request's JSON object. :raises Errcode: it has none."""
    try:
        found = json.loads(request.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Errcode(47001, "data format error")
    return found
