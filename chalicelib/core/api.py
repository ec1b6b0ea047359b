"""Typed routes: a view takes an actor and pydantic models, returns a pydantic model, may refuse.

``Api`` is a ``chalice.Blueprint`` whose decorator binds the view's parameters by their annotations,
turns every refusal into one error body ``{code, message, details, request_id}``, and keeps the
operation for the OpenAPI document. Services never import this module: Chalice stays replaceable.
"""

from __future__ import annotations

import binascii
import json
import logging
import re
import time
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from inspect import signature
from typing import (
    Annotated,
    Any,
    ClassVar,
    NewType,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

from chalice.app import Blueprint, Chalice, CORSConfig, Response
from pydantic import BaseModel, ValidationError

from chalicelib.core import ids, logs
from chalicelib.core.errors import BadRequest, DomainError, Forbidden, Invalid, NotFound, TooBusy, Unauthorized
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction, witnessed_by

log = logging.getLogger(__name__)

IdempotencyKey = NewType("IdempotencyKey", str)
"""The header ``Idempotency-Key``: 8 to 64 letters, digits, ``-`` or ``_``, chosen by the client."""

INTERNAL_ERROR = "internal_error"
MAX_BODY = 256 * 1024
MAX_PATH_VALUE = 128
V = TypeVar("V", bound=Callable[..., Any])


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


class Api(Blueprint):
    """The routes of one feature. ``title`` is its heading in the API reference."""

    def __init__(self, name: str, *, title: str) -> None:
        super().__init__(name)
        self.title = title
        self.operations: list[Operation] = []

    def get(self, path: str, **options: Any) -> Callable[[V], V]:
        return self._route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[V], V]:
        return self._route("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[V], V]:
        return self._route("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[V], V]:
        return self._route("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[V], V]:
        return self._route("DELETE", path, **options)

    def _route(
        self,
        method: str,
        path: str,
        *,
        status: int = 200,
        raises: Sequence[type[DomainError]] = (),
        permission: str | None = None,
        cache_seconds: int = 0,
        content_types: Sequence[str] = ("application/json",),
    ) -> Callable[[V], V]:
        def register(view: V) -> V:
            operation = _describe(
                view,
                method=method,
                path=path,
                tag=self.title,
                status=status,
                raises=tuple(raises),
                permission=permission,
                cache_seconds=cache_seconds,
                content_types=tuple(content_types),
            )
            self.operations.append(operation)
            cors = _cors(settings().console_origin) if path.startswith("/admin/") else False
            # Content types are checked in _dispatch: Chalice's own 415 has another body.
            self.route(path, methods=[method], content_types=[], cors=cors, name=f"{method} {path}")(
                self._handler(operation)
            )
            return view

        return register

    def _handler(self, operation: Operation) -> Callable[..., Response]:
        def handle(**path: str) -> Response:
            return _dispatch(operation, _request(self.current_request), path)

        return handle


class House(Chalice):
    """The Chalice application; what Chalice itself refuses gets the mall's error body."""

    def __call__(self, event: Any, context: Any) -> Any:
        answer = super().__call__(event, context)
        if (
            isinstance(answer, dict)
            and answer.get("statusCode", 200) >= 400
            and '"Code"' in str(answer.get("body", ""))[:40]
        ):
            code = HTTPStatus(answer["statusCode"]).phrase.lower().replace(" ", "_")
            answer["body"] = error_body(code.replace("internal_server_error", INTERNAL_ERROR), "请求无法处理", {}, "")
        return answer


@lru_cache
def _cors(origin: str | None) -> CORSConfig | bool:
    if origin is None:
        return False
    return CORSConfig(
        allow_origin=origin, allow_headers=["Authorization", "Content-Type", "Idempotency-Key"], max_age=600
    )


def _describe(view: Callable[..., Any], *, path: str, **rest: Any) -> Operation:
    hints = get_type_hints(view)
    found: dict[str, Any] = dict.fromkeys(
        ("actor", "actor_parameter", "body", "query", "key_parameter", "request_parameter")
    )
    optional, path_names = False, []
    for name in signature(view).parameters:
        kind, may_be_none = _unwrap(hints[name])
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
    if operation.cache_seconds and operation.actor is not None:
        raise TypeError(f"{where}: what one actor sees must not be cached for all")
    if operation.returns not in (None, type(None), RawResponse) and not is_model(operation.returns):
        raise TypeError(f"{where}: a view returns a model, a RawResponse or None")


def is_model(kind: Any) -> bool:
    """Whether a view's return annotation is a pydantic model."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _unwrap(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) is Annotated:
        return _unwrap(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [each for each in get_args(hint) if each is not type(None)]
        if len(kinds) == 1:
            return _unwrap(kinds[0])[0], True
    return hint, False


def _request(raw: Any) -> Request:
    context = raw.context
    try:
        body = raw.raw_body or b""
    except (binascii.Error, ValueError):
        body = b"\xff"
    return Request(
        method=raw.method,
        # Not the event's own paths: those begin with the stage, or with a custom domain's base path.
        path=context["resourcePath"].format_map(raw.uri_params or {}),
        headers={name.lower(): value for name, value in raw.headers.items()},
        query=raw._event_dict["multiValueQueryStringParameters"] or {},
        body=body.encode() if isinstance(body, str) else body,
        source_ip=context.get("identity", {}).get("sourceIp", ""),
        request_id=context.get("requestId") or ids.new("req"),
    )


def _dispatch(operation: Operation, request: Request, path: Mapping[str, str]) -> Response:
    started = time.perf_counter()
    with logs.correlated(request.request_id):
        try:
            answer = _answer(operation, request, path)
        except Exception:
            log.exception("unexpected failure", extra={"route": f"{operation.method} {operation.path}"})
            body = error_body(INTERNAL_ERROR, "系统出错了，请稍后再试", {}, request.request_id)
            answer = Response(body, _headers(), 500)
        answer.headers["X-Request-Id"] = request.request_id
        log.info(
            "request",
            extra={
                "route": f"{operation.method} {operation.path}",
                "status": answer.status_code,
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        return answer


def _answer(operation: Operation, request: Request, path: Mapping[str, str]) -> Response:
    try:
        return _success(operation, _call(operation, request, path))
    except DomainError as error:
        return _refusal(error, request.request_id)


def _call(operation: Operation, request: Request, path: Mapping[str, str]) -> Any:
    actor = _actor(operation, request)
    arguments = _arguments(operation, request, path, actor)
    witness = actor.witness if actor is not None and operation.method != "GET" else None
    with witnessed_by(lambda tx: witness(tx, request)) if witness else nullcontext():
        return operation.view(**arguments)


def _arguments(operation: Operation, request: Request, path: Mapping[str, str], actor: Actor | None) -> dict[str, Any]:
    arguments: dict[str, Any] = {name: _path_value(path[name]) for name in operation.path_names}
    if operation.actor_parameter:
        arguments[operation.actor_parameter] = actor
    if operation.request_parameter:
        arguments[operation.request_parameter] = request
    try:
        if operation.query:
            arguments["query"] = operation.query.model_validate(_query_values(operation.query, request.query))
        if operation.body:
            arguments["body"] = _body(operation, request)
    except ValidationError as error:
        # Only here: a model that the view itself can not build is our fault, not the caller's.
        raise _explain(error) from None
    if operation.key_parameter:
        arguments[operation.key_parameter] = _idempotency_key(request)
    return arguments


def _actor(operation: Operation, request: Request) -> Actor | None:
    if operation.actor is None or (operation.actor_optional and request.bearer is None):
        return None
    return operation.actor.authenticate(request, operation.permission)


def _path_value(value: str) -> str:
    # Longer than any id of ours, or not text: no such thing, and never a key for DynamoDB.
    if len(value) > MAX_PATH_VALUE or any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in value):
        raise NotFound()
    return value


def _query_values(model: type[BaseModel], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, texts in given.items():
        known = model.model_fields.get(name)
        if known is not None and get_origin(_unwrap(known.annotation)[0]) is list:
            values[name] = [part for text in texts for part in text.split(",") if part]
        else:
            values[name] = texts[-1] if texts else ""
    return values


def _body(operation: Operation, request: Request) -> BaseModel:
    assert operation.body is not None
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind not in operation.content_types:
        raise UnsupportedMediaType(accepted=list(operation.content_types))
    if len(request.body) > MAX_BODY:
        raise BodyTooLarge(limit=MAX_BODY)
    return operation.body.model_validate_json(request.body)


def _idempotency_key(request: Request) -> IdempotencyKey:
    key = request.headers.get("idempotency-key", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,64}", key):
        raise Invalid(errors=[{"field": "Idempotency-Key", "issue": "8 to 64 letters, digits, - or _ are required"}])
    return IdempotencyKey(key)


def _explain(error: ValidationError) -> DomainError:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    if any(each["type"] == "json_invalid" for each in errors):
        return BadRequest()
    return Invalid(errors=[{"field": ".".join(map(str, each["loc"])), "issue": each["msg"]} for each in errors[:20]])


def _headers() -> dict[str, str | list[str]]:
    return {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}


def _success(operation: Operation, result: Any) -> Response:
    headers = _headers()
    if operation.cache_seconds:
        headers["Cache-Control"] = f"public, max-age={operation.cache_seconds}"
    if isinstance(result, RawResponse):
        headers.update({"Content-Type": result.content_type, **result.headers})
        return Response(result.body, headers, result.status)
    if result is None and not is_model(operation.returns):
        return Response("", headers, 204)
    return Response(result.model_dump_json(), headers, operation.status)


def _refusal(error: DomainError, request_id: str) -> Response:
    headers = _headers()
    return Response(error_body(error.code, error.text, error.details, request_id), headers, error.status)


def error_body(code: str, message: str, details: Mapping[str, Any], request_id: str) -> str:
    """The one error body of the mall."""
    body = {"code": code, "message": message, "details": details, "request_id": request_id}
    return json.dumps(body, ensure_ascii=False, default=str)
