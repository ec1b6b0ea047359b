"""What goes over the wire, and how a stand-in says no."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from infra.local.partners.faults import Fault


@dataclass(frozen=True)
class Request:
    """A request below its partner's prefix: ``target`` is exactly what was sent there, path and query."""

    method: str
    target: str
    headers: Mapping[str, str]  # lower-case names
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


@dataclass
class Reply:
    """An answer. ``hang``: seconds of silence, then the line breaks without an answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    hang: float | None = None


def json_reply(document: Any, status: int = 200) -> Reply:
    return Reply(
        status,
        json.dumps(document, ensure_ascii=False).encode(),
        {"Content-Type": "application/json; charset=utf-8"},
    )


class Partner(Protocol):
    """A played partner: what the server asks of it."""

    def endpoint(self, request: Request) -> str:
        """The name of the interface, for faults and the list of calls; empty when there is none."""

    def handle(self, request: Request) -> Reply: ...

    def spoil(self, fault: Fault, reply: Reply | None) -> Reply:
        """*reply*, gone wrong. None when the call was not carried out."""


class Refused(Exception):
    """What a person, or the control API, asked for can not be done in the partner's world."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
