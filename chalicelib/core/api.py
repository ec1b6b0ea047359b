"""Typed routes: a view takes an actor and pydantic models, returns a pydantic model, may refuse.

``Api`` is a ``chalice.Blueprint`` whose decorator describes the view (:mod:`operations`), binds its parameters
(:mod:`binding`), turns every refusal into one error body ``{code, message, details, request_id}``, and keeps
the operation for the OpenAPI document. Services never import this module: Chalice stays replaceable.
"""

from __future__ import annotations

import binascii
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import Any, TypeVar

from chalice.app import Blueprint, Chalice, CORSConfig, Response

from chalicelib.core import binding, caching, front, ids, logs, metrics
from chalicelib.core.errors import DomainError
from chalicelib.core.operations import IdempotencyKey, Operation, RawResponse, Request, describe, is_model
from chalicelib.core.settings import settings
from chalicelib.core.transaction import witnessed_by

__all__ = ["Api", "House", "IdempotencyKey", "Operation", "RawResponse", "Request"]

log = logging.getLogger(__name__)

INTERNAL_ERROR = "internal_error"
V = TypeVar("V", bound=Callable[..., Any])


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
            operation = describe(
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
            self.route(path, **_options(method, path))(self._handler(operation))
            return view

        return register

    def _handler(self, operation: Operation) -> Callable[..., Response]:
        def handle(**path: str) -> Response:
            return _dispatch(operation, _request(self.current_request), path)

        return handle


class House(Chalice):
    """The Chalice application; what Chalice itself refuses gets the mall's error body."""

    def open(self, method: str, path: str, load: Callable[[], Operation]) -> None:
        """A route whose module is not imported before the first request for it; *load* finds its operation."""

        def handle(**values: str) -> Response:
            return _dispatch(load(), _request(self.current_request), values)

        self.route(path, **_options(method, path))(handle)

    def __call__(self, event: Any, context: Any) -> Any:
        if not front.is_unrouted(event):
            return self._answer(event, context)
        known = front.routed(event, self._router, self.routes)
        if known is None:
            return _unknown(event["requestContext"].get("requestId", ""))
        answer = self._answer(known, context)
        return front.compressed(answer, event) if front.is_bare(event) else answer

    @cached_property
    def _router(self) -> front.Router:
        return front.Router(self.routes)

    def _answer(self, event: Any, context: Any) -> Any:
        answer = super().__call__(event, context)
        if (
            isinstance(answer, dict)
            and answer.get("statusCode", 200) >= 400
            and '"Code"' in str(answer.get("body", ""))[:40]
        ):
            code = HTTPStatus(answer["statusCode"]).phrase.lower().replace(" ", "_")
            answer["body"] = error_body(code.replace("internal_server_error", INTERNAL_ERROR), "请求无法处理", {}, "")
        return answer


def _unknown(request_id: str) -> dict[str, Any]:
    """What a REST API answers where there is no route: see infra/aws/app.yaml."""
    headers = {"Content-Type": "application/json", "Cache-Control": caching.NEVER, "X-Request-Id": request_id}
    body = error_body("not_found", "接口不存在", {}, request_id)
    return {"statusCode": 404, "headers": headers, "body": body, "isBase64Encoded": False}


def _options(method: str, path: str) -> dict[str, Any]:
    # Content types are checked in _dispatch: Chalice's own 415 has another body.
    cors = _cors(settings().console_origin) if path.startswith("/admin/") else False
    return {"methods": [method], "content_types": [], "cors": cors, "name": f"{method} {path}"}


@lru_cache
def _cors(origin: str | None) -> CORSConfig | bool:
    if origin is None:
        return False
    return CORSConfig(
        allow_origin=origin, allow_headers=["Authorization", "Content-Type", "Idempotency-Key"], max_age=600
    )


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
        took = {"Latency": round((time.perf_counter() - started) * 1000, 1)}
        metrics.record(
            "request",
            {**took, "ServerErrors": 1} if answer.status_code >= 500 else took,
            group=operation.group,
            route=f"{operation.method} {operation.path}",
            status=answer.status_code,
        )
        return answer


def _answer(operation: Operation, request: Request, path: Mapping[str, str]) -> Response:
    try:
        return _success(operation, request, _call(operation, request, path))
    except DomainError as error:
        return _refusal(error, request.request_id)


def _call(operation: Operation, request: Request, path: Mapping[str, str]) -> Any:
    actor = binding.actor_of(operation, request)
    arguments = binding.arguments(operation, request, path, actor)
    witness = actor.witness if actor is not None and operation.method != "GET" else None
    with witnessed_by(lambda tx: witness(tx, request)) if witness else nullcontext():
        return operation.view(**arguments)


def _headers() -> dict[str, str | list[str]]:
    return {"Content-Type": "application/json; charset=utf-8", "Cache-Control": caching.NEVER}


def _success(operation: Operation, request: Request, result: Any) -> Response:
    if result is None and not is_model(operation.returns):
        return Response("", _headers(), 204)
    raw = result if isinstance(result, RawResponse) else None
    body, status = (raw.body, raw.status) if raw else (result.model_dump_json(), operation.status)
    kept = caching.headers(operation, request, body)
    if caching.is_known(request, kept.get("ETag")):
        return Response("", dict(kept), 304)
    own = {"Content-Type": raw.content_type, **raw.headers} if raw else {}
    return Response(body, {**_headers(), **kept, **own}, status)


def _refusal(error: DomainError, request_id: str) -> Response:
    headers = _headers()
    return Response(error_body(error.code, error.text, error.details, request_id), headers, error.status)


def error_body(code: str, message: str, details: Mapping[str, Any], request_id: str) -> str:
    """The one error body of the mall."""
    body = {"code": code, "message": message, "details": details, "request_id": request_id}
    return json.dumps(body, ensure_ascii=False, default=_as_elsewhere)


def _as_elsewhere(value: object) -> str:
    """A moment as all other answers write it: what Python writes, not every phone reads."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
