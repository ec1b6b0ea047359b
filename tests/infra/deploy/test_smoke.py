"""The smoke test, against the mall over real HTTP and against malls that are broken."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.deploy import smoke
from tests.harness import Client

Answer = tuple[int, bytes]
ERROR = json.dumps({"code": "not_found", "message": "", "details": {}, "request_id": ""}).encode()


@contextmanager
def served(answer: Callable[[str, str, bytes], Answer]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, content = answer(self.command, self.path, body)
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 the server's name for it

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def failures(url: str) -> list[str]:
    return list(smoke.failures(url, tries=1))


def test_a_mall_that_works_passes(http: Client) -> None:
    def mall(method: str, path: str, body: bytes) -> Answer:
        reply = http.request(method, path, body=body or None, headers={"Content-Type": "application/json"})
        return reply.status, reply.body

    with served(mall) as url:
        assert failures(url) == []
        assert failures(url + "/") == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((500, b"{}"), "500 instead of 200"),
        ((200, b"<html>"), "no JSON"),
        ((404, b'{"message": "Missing Authentication Token"}'), "not our error body"),
        ((404, ERROR.replace(b"not_found", b"other")), "code other instead of not_found"),
    ],
)
def test_each_way_to_be_broken_is_told(answer: Answer, told: str) -> None:
    with served(lambda *_: answer) as url:
        assert any(told in each for each in failures(url)), failures(url)


def test_nobody_there_is_told() -> None:
    with served(lambda *_: (200, b"{}")) as url:
        pass
    assert len(failures(url)) == len(smoke.CHECKS)


def test_a_slow_start_is_forgiven() -> None:
    answers = iter([(503, b""), *[(200, b"{}")] * 20])
    with served(lambda *_: next(answers)) as url:
        assert not any("reads a table" in each for each in smoke.failures(url, tries=2, pause=0))
