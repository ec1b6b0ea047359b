"""Routes that the gateway before the mall does not know: here they are found.

A REST API may have 300 path nodes, and the staff's routes alone want more in time: it hands over everything under
``/admin/`` by one greedy resource (:data:`STAFF`; infra/build/front.py makes it). All other routes are its own.

An HTTP API instead of a REST API is two thirds cheaper, and knows none of our paths: the route of its event (payload
format 1.0) is ``$default`` whatever is asked. What a REST API does by itself is done here too: answers are compressed.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

ANY = "$default"
STAFF = "/admin/{proxy+}"
COMPRESSED_FROM = 1024
"""Bytes; the ``MinimumCompressionSize`` of infra/aws/app.yaml."""
Document = dict[str, Any]


@dataclass
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    capture: _Node | None = None
    route: str | None = None


class Router:
    """Finds the route of a path: a tree of segments, a literal before a capture, as API Gateway does."""

    def __init__(self, routes: Iterable[str]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for segment in _segments(route):
                if segment.startswith("{"):
                    node.capture = node.capture or _Node()
                    node = node.capture
                else:
                    node = node.children.setdefault(segment, _Node())
            node.route = route

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """The route and its captured values; None when no route has this form."""
        return self._walk(self._root, _segments(path), 0)

    def _walk(self, node: _Node, segments: list[str], depth: int) -> tuple[str, dict[str, str]] | None:
        if depth == len(segments):
            return (node.route, {}) if node.route is not None else None
        child = node.children.get(segments[depth])
        if child and (found := self._walk(child, segments, depth + 1)):
            return found
        if node.capture and segments[depth] and (found := self._walk(node.capture, segments, depth + 1)):
            # Two routes may name the same place differently: the route that was found has the word.
            name = _segments(found[0])[depth][1:-1]
            return found[0], {name: unquote(segments[depth]), **found[1]}
        return None


def _segments(path: str) -> list[str]:
    return [] if path in ("", "/") else path.strip("/").split("/")


def resource_of(route: str) -> str:
    """The resource of the REST API by which requests for *route* come."""
    return STAFF if route.startswith("/admin/") else route


def is_unrouted(event: Any) -> bool:
    """Whether the gateway left the route of *event* to us."""
    return _resource(event) in (ANY, STAFF)


def is_bare(event: Any) -> bool:
    """Whether an HTTP API sent *event*: it compresses nothing."""
    return bool(_resource(event) == ANY)


def _resource(event: Any) -> Any:
    context = event.get("requestContext") if isinstance(event, dict) else None
    return context.get("resourcePath") if isinstance(context, dict) else None


def routed(event: Document, router: Router, routes: Mapping[str, Container[str]]) -> Document | None:
    """*event* with its route and what the path captures; None: no such path, or no such method there."""
    # A greedy capture is the path without a stage or the base path of a domain, which the event's own path may have.
    found = router.match(event["path"] if is_bare(event) else f"/admin/{event['pathParameters']['proxy']}")
    if found is None or event["httpMethod"] not in routes[found[0]]:
        return None
    route, captured = found
    context = {**event["requestContext"], "resourcePath": route}
    return {**event, "resource": route, "pathParameters": captured or None, "requestContext": context}


def compressed(answer: Document, event: Document) -> Document:
    """*answer*, packed when it is long enough and the caller takes it."""
    body, headers = answer.get("body"), answer.get("headers") or {}
    asked = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if not isinstance(body, str) or answer.get("isBase64Encoded") or "gzip" not in asked.get("accept-encoding", ""):
        return answer
    content = body.encode()
    if len(content) < COMPRESSED_FROM:
        return answer
    vary = ", ".join(filter(None, [headers.get("Vary"), "Accept-Encoding"]))
    return {
        **answer,
        "headers": {**headers, "Content-Encoding": "gzip", "Vary": vary},
        "body": base64.b64encode(gzip.compress(content, 5, mtime=0)).decode(),
        "isBase64Encoded": True,
    }
