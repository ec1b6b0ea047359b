"""What a route is: its view, who may call it, what goes in and comes out, how it may refuse.

:func:`describe` reads all of it from the view's annotations, once, at a cold start. Nothing here knows Chalice.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import (
    Annotated,
    Any,
    ClassVar,
    NewType,
    Protocol,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from pydantic import BaseModel

from chalicelib.core.errors import BadRequest, DomainError, Forbidden, Invalid, NotFound, TooBusy, Unauthorized
from chalicelib.core.transaction import Transaction

IdempotencyKey = NewType("IdempotencyKey", str)
"""The header ``Idempotency-Key``: 8 to 64 letters, digits, ``-`` or ``_``, chosen by the client."""


class UnsupportedMediaType(DomainError):
    code, status, message = "unsupported_media_type", 415, "不支持的内容类型"


class BodyTooLarge(DomainError):
    code, status, message = "body_too_large", 413, "提交的内容过大"


@dataclass(frozen=True)
class Request:
    """What a view sees of a request when it must see it raw (hooks). Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, Sequence[str]]
    body: bytes
    source_ip: str
    request_id: str

    @property
    def bearer(self) -> str | None:
        """The token of ``Authorization: Bearer``."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None


@dataclass(frozen=True)
class RawResponse:
    """An answer that is not our JSON: a partner's, a page, a file."""

    body: str
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Actor(Protocol):
    """Who asks. An actor class authenticates a request; ``scheme`` names it in the OpenAPI document."""

    scheme: ClassVar[str]

    @classmethod
    def authenticate(cls, request: Request, permission: str | None) -> Actor:
        """:raises Unauthorized: no valid token. :raises Forbidden: the permission is missing."""

    def witness(self, tx: Transaction, request: Request) -> None:
        """Add to *tx* the record that this actor's changes owe (staff: the operation log)."""


@dataclass(frozen=True)
class Operation:
    """One route as the documentation and the dispatcher know it."""

    method: str
    path: str
    view: Callable[..., Any]
    tag: str
    status: int
    raises: tuple[type[DomainError], ...]
    permission: str | None
    cache_seconds: int
    content_types: tuple[str, ...]
    actor: type[Actor] | None
    actor_parameter: str | None
    actor_optional: bool
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    path_names: tuple[str, ...]
    key_parameter: str | None
    request_parameter: str | None
    returns: Any

    @property
    def group(self) -> str:
        """The five kinds of routes that are measured apart: a metric for each route would cost more than the mall."""
        if self.actor is None or self.actor_optional:
            return "hooks" if self.path.startswith("/hooks/") else "open"
        if self.actor.scheme != "buyer":
            return self.actor.scheme
        return "buyer reads" if self.method == "GET" else "buyer writes"

    @property
    def errors(self) -> list[type[DomainError]]:
        """Every refusal this operation may answer with."""
        found: list[type[DomainError]] = list(self.raises)
        if self.actor:
            found.append(Unauthorized)
        if self.permission:
            found.append(Forbidden)
        if self.path_names:
            found.append(NotFound)
        if self.method != "GET":
            found.append(TooBusy)
        if self.body:
            found += [BadRequest, BodyTooLarge, UnsupportedMediaType]
        if self.body or self.query or self.key_parameter:
            found.append(Invalid)
        return list(dict.fromkeys(found))


def describe(view: Callable[..., Any], *, path: str, **rest: Any) -> Operation:
    hints = get_type_hints(view)
    found: dict[str, Any] = dict.fromkeys(
        ("actor", "actor_parameter", "body", "query", "key_parameter", "request_parameter")
    )
    optional, path_names = False, []
    for name in signature(view).parameters:
        kind, may_be_none = unwrap(hints[name])
        if f"{{{name}}}" in path:
            path_names.append(name)
        elif name in ("body", "query"):
            found[name] = kind
        elif kind is IdempotencyKey:
            found["key_parameter"] = name
        elif kind is Request:
            found["request_parameter"] = name
        elif isinstance(kind, type) and hasattr(kind, "authenticate"):
            found["actor"], found["actor_parameter"], optional = kind, name, may_be_none
        else:
            raise TypeError(f"{view.__name__}: parameter {name!r} is nothing a route can give")
    operation = Operation(
        view=view,
        path=path,
        actor_optional=optional,
        path_names=tuple(path_names),
        returns=hints["return"],
        **found,
        **rest,
    )
    _require_sound(operation, hints)
    return operation


def _require_sound(operation: Operation, hints: Mapping[str, Any]) -> None:
    """Mistakes that would open a door or break a promise stop the cold start, not a request."""
    where = f"{operation.method} {operation.path}"
    if set(re.findall(r"{(\w+)}", operation.path)) != set(operation.path_names):
        raise TypeError(f"{where}: the view does not take what the path names")
    if any(hints[name] is not str for name in operation.path_names):
        raise TypeError(f"{where}: what a path gives is text")
    if operation.permission and (operation.actor is None or operation.actor_optional):
        raise TypeError(f"{where}: a permission without an actor who must have it: anyone could call it")
    if operation.cache_seconds and operation.actor is not None and not operation.actor_optional:
        raise TypeError(f"{where}: what one actor sees must not be cached for all")
    if operation.cache_seconds and operation.method != "GET":
        raise TypeError(f"{where}: only what is read can be kept")
    if operation.returns not in (None, type(None), RawResponse) and not is_model(operation.returns):
        raise TypeError(f"{where}: a view returns a model, a RawResponse or None")


def is_model(kind: Any) -> bool:
    """Whether a view's return annotation is a pydantic model."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def unwrap(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) is Annotated:
        return unwrap(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [each for each in get_args(hint) if each is not type(None)]
        if len(kinds) == 1:
            return unwrap(kinds[0])[0], True
    return hint, False
