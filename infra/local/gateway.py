"""API Gateway as the app sees it: a request becomes a REST proxy event, the answer becomes a response.

What API Gateway answers by itself (no such path) has the body that infra/aws/app.yaml gives it.
"""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from chalice.app import Chalice, _matches_content_type
from chalice.local import LambdaContext, LocalChalice

from chalicelib.core.front import ANY, STAFF, Router, resource_of

Headers = Iterable[tuple[str, str]]
MAX_BODY = 6 * 1024 * 1024  # what Lambda takes; API Gateway alone would take ten


@dataclass(frozen=True)
class Answer:
    """What goes back over the wire. Header names as sent; :meth:`header` finds any case."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class _ThreadLocalChalice(LocalChalice):
    """chalice keeps the current request on the app; with threads each needs its own."""

    _contexts = threading.local()

    @property
    def current_request(self) -> Any:
        return getattr(self._THREAD_LOCAL, "current_request", None)

    @current_request.setter
    def current_request(self, value: Any) -> None:
        self._THREAD_LOCAL.current_request = value

    @property
    def lambda_context(self) -> Any:
        return getattr(self._contexts, "value", None)

    @lambda_context.setter
    def lambda_context(self, value: Any) -> None:
        self._contexts.value = value


def make_thread_safe(app: Chalice) -> None:
    """Requests of several threads no longer see each other. Harmless when done twice."""
    if not isinstance(app, _ThreadLocalChalice):
        vars(app).pop("lambda_context", None)
        app.__class__ = type("LaptopChalice", (_ThreadLocalChalice, type(app)), {})


class Gateway:
    """Calls *app* in process, from any thread, with the events that API Gateway would send."""

    def __init__(self, app: Chalice) -> None:
        make_thread_safe(app)
        self.app = app
        self._router = Router(app.routes)
        self._count = itertools.count(1)

    def request(
        self, method: str, target: str, headers: Headers = (), body: bytes = b"", source_ip: str = "127.0.0.1"
    ) -> Answer:
        """One request. *target* is the path with its query string, percent-encoded as on the wire."""
        request_id = str(uuid.uuid4())
        parts = urlsplit(target if target.startswith("/") else f"/{target}")
        found = self._router.match(parts.path)
        if found is None:
            return refusal(404, "not_found", "接口不存在", request_id)
        route, captured = found
        # Not at the top: the mall reads its settings when it is imported, and the laptop makes them after this module.
        from chalicelib.core.api import House

        if isinstance(self.app, House) and resource_of(route) == STAFF:
            route, captured = STAFF, {"proxy": unquote(parts.path.strip("/")).removeprefix("admin/")}
        elif method not in self.app.routes[route]:
            allowed = ", ".join(sorted(self.app.routes[route]))
            return refusal(405, "method_not_allowed", "不支持这种请求方法", request_id, [("Allow", allowed)])
        if len(body) > MAX_BODY:
            return refusal(413, "payload_too_large", "提交的内容太大", request_id)
        event = self._event(
            method, route, captured, parts.path, parts.query, list(headers), body, source_ip, request_id
        )
        return self._call(event, request_id)

    def _call(self, event: dict[str, Any], request_id: str) -> Answer:
        context = LambdaContext("api", 1024, max_runtime_ms=29_000)
        context.aws_request_id = request_id
        return _answer(self.app(event, context))

    def _event(
        self,
        method: str,
        route: str,
        captured: dict[str, str],
        path: str,
        query: str,
        headers: list[tuple[str, str]],
        body: bytes,
        source_ip: str,
        request_id: str,
    ) -> dict[str, Any]:
        multi_query = _grouped(parse_qsl(query, keep_blank_values=True))
        multi_headers = _grouped(headers)
        content_type = next((value for key, value in headers if key.lower() == "content-type"), "")
        binary = bool(content_type) and _matches_content_type(content_type, self.app.api.binary_types)
        return {
            "resource": route,
            "path": unquote(path),
            "httpMethod": method,
            "headers": {key: values[-1] for key, values in multi_headers.items()},
            "multiValueHeaders": multi_headers,
            "queryStringParameters": {key: values[-1] for key, values in multi_query.items()} or None,
            "multiValueQueryStringParameters": multi_query or None,
            "pathParameters": captured or None,
            "stageVariables": None,
            "requestContext": {
                "resourcePath": route,
                "httpMethod": method,
                "path": f"/api{path}",
                "stage": "api",
                "requestId": request_id,
                "requestTimeEpoch": int(time.time() * 1000),
                "protocol": "HTTP/1.1",
                "identity": {"sourceIp": source_ip, "userAgent": multi_headers.get("User-Agent", [""])[-1]},
            },
            "body": _event_body(body, binary),
            "isBase64Encoded": binary and bool(body),
        }


class HttpGateway(Gateway):
    """The same behind an HTTP API (infra/aws/http.yaml): one route for everything, payload format 1.0."""

    def request(
        self, method: str, target: str, headers: Headers = (), body: bytes = b"", source_ip: str = "127.0.0.1"
    ) -> Answer:
        request_id = str(uuid.uuid4())
        parts = urlsplit(target if target.startswith("/") else f"/{target}")
        event = self._event(method, ANY, {}, parts.path, parts.query, list(headers), body, source_ip, request_id)
        event["requestContext"] |= {"stage": ANY, "path": parts.path}
        return self._call({"version": "1.0", **event, "path": parts.path}, request_id)


def _event_body(body: bytes, binary: bool) -> str | None:
    if not body:
        return None
    # A body of a type that is not declared binary reaches Lambda as text: bad UTF-8 is lost on the way.
    return base64.b64encode(body).decode() if binary else body.decode("utf-8", errors="replace")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return grouped


def _answer(result: Mapping[str, Any]) -> Answer:
    headers = [(key, str(value)) for key, value in (result.get("headers") or {}).items()]
    for key, values in (result.get("multiValueHeaders") or {}).items():
        headers.extend((key, str(value)) for value in values)
    body = result.get("body") or ""
    if result.get("isBase64Encoded"):
        content = base64.b64decode(body)
    else:
        content = body if isinstance(body, bytes) else body.encode()
    if not any(key.lower() == "content-type" for key, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Answer(int(result["statusCode"]), headers, content)


def refusal(status: int, code: str, message: str, request_id: str, headers: Headers = ()) -> Answer:
    """An error that the app never sees, in the mall's one error shape."""
    body = {"code": code, "message": message, "details": {}, "request_id": request_id}
    own = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("X-Request-Id", request_id)]
    return Answer(status, [*own, *headers], json.dumps(body, ensure_ascii=False).encode())
