"""An HTTP API before the mall instead of a REST API: two thirds cheaper, and it knows none of our paths.

Its event (payload format 1.0) is a REST API's but for the route, which is ``$default`` whatever is asked. Here the
route is found, and what a REST API does by itself is done: what has no route is refused, answers are compressed.
"""

from __future__ import annotations

import base64
import gzip
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

ANY = "$default"
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


def is_unrouted(event: Any) -> bool:
    """Whether an HTTP API sent *event*."""
    context = event.get("requestContext") if isinstance(event, dict) else None
    return isinstance(context, dict) and context.get("resourcePath") == ANY


def routed(event: Document, router: Router, routes: Mapping[str, Container[str]]) -> Document | None:
    """*event* as a REST API would have sent it; None: no such path, or no such method there."""
    found = router.match(event["path"])
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
