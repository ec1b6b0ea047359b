"""What a mini program, a console or a person does over HTTP: plain requests on a kept connection."""

from __future__ import annotations

import http.client
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

PATIENCE_SECONDS = 60.0  # ten times what a busy machine needs


class Unexpected(Exception):
    """An answer that the story does not know; the text shows it."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None

    @property
    def code(self) -> str | None:
        """The ``code`` of a refusal."""
        return self.json.get("code") if self.status >= 400 else None


class Browser:
    """Calls one server, with or without a bearer token. One thread at a time."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self._base_url, self.token = base_url, token
        parts = urlsplit(base_url)
        self._prefix = parts.path
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def as_(self, token: str) -> Browser:
        """Another browser, logged in."""
        return Browser(self._base_url, token)

    def send(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        body: bytes | None = None,
        content_type: str = "application/json",
        key: str | None = None,
    ) -> Reply:
        """One request, whatever comes of it."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if json_body is not None:
            body = json.dumps(json_body, ensure_ascii=False).encode()
        if body is not None:
            headers["Content-Type"] = content_type
        if key is not None:
            headers["Idempotency-Key"] = key
        try:
            self._connection.request(method, self._prefix + path, body, headers)
            answer = self._connection.getresponse()
            return Reply(answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()})
        except (http.client.HTTPException, OSError):
            self._connection.close()
            raise

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET. :raises Unexpected: it was refused."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return _require(self.send("GET", path + (f"?{urlencode(wanted, doseq=True)}" if wanted else "")), path)

    def post(self, path: str, document: Any = None, *, key: str | None = None) -> Any:
        """The JSON of a POST. :raises Unexpected: it was refused."""
        return _require(self.send("POST", path, json_body={} if document is None else document, key=key), path)

    def put(self, path: str, document: Any) -> Any:
        """The JSON of a PUT. :raises Unexpected: it was refused."""
        return _require(self.send("PUT", path, json_body=document), path)

    def close(self) -> None:
        self._connection.close()


def upload(url: str, fields: dict[str, str], file: bytes) -> None:
    """Post *file* with the form that the mall signed. :raises Unexpected: the storage refused it."""
    content_type, body = multipart(fields, file)
    browser = Browser(url)
    try:
        _require(browser.send("POST", "", body=body, content_type=content_type), url)
    finally:
        browser.close()


def multipart(fields: dict[str, str], file: bytes) -> tuple[str, bytes]:
    """Content type and body of a form, the file last, as S3 wants it."""
    boundary = secrets.token_hex(16)
    head = f"--{boundary}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    parts += [f'{head}"file"; filename="file"\r\n\r\n'.encode(), file, f"\r\n--{boundary}--\r\n".encode()]
    return f"multipart/form-data; boundary={boundary}", b"".join(parts)


def wait(until: Callable[[], bool], what: str) -> None:
    """Look again until it is so. :raises Unexpected: it took too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not until():
        if time.monotonic() > end:
            raise Unexpected(f"waited {PATIENCE_SECONDS:.0f} s for {what}")
        time.sleep(0.05)


def _require(reply: Reply, path: str) -> Any:
    if reply.status >= 400:
        raise Unexpected(f"{path} answered {reply.status}: {reply.body.decode('utf-8', 'replace')[:600]}")
    return reply.json if "json" in reply.headers.get("content-type", "") else None
