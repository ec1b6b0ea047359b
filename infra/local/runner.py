"""The laptop's AWS runtime: HTTP, queue consumers and schedules of one Chalice app, in one process.

It replaces ``chalice local``, which has no queues or schedules and takes 44 ms for each request on a
kept-alive connection (delayed acknowledgments meeting unbuffered writes).
"""

from __future__ import annotations

import errno
import http
import json
import logging
import socketserver
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalice.app import Chalice

from infra.local import queues
from infra.local.gateway import MAX_BODY, Answer, Gateway, refusal
from infra.local.schedules import Schedules

log = logging.getLogger(__name__)

#: A part of the URL space that is not the app's: (method, target, headers, body) → answer.
Mount = Callable[[str, str, list[tuple[str, str]], bytes], Answer]
JOBS = "/_local/jobs"
MAX_UPLOAD = 64 * 1024 * 1024
_DRAINED = 8 * MAX_BODY


class PortBusy(Exception):
    """Another program listens there; the text is for the person at the keyboard."""


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1, kept alive, one buffered write per answer."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 75
    server: _Server

    def __getattr__(self, name: str) -> Any:
        # Every method comes here, known or not: the gateway says 405, not this class 501.
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        headers = list(self.headers.items())
        body = self._body()
        answer = body if isinstance(body, Answer) else self.server.answer(self.command, self.path, headers, body)
        self._send(answer)

    def _body(self) -> bytes | Answer:
        request_id = str(uuid.uuid4())
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            return refusal(411, "length_required", "请求需要 Content-Length", request_id)
        text = self.headers.get("Content-Length", "0")
        if not (text.isascii() and text.isdigit()):
            self.close_connection = True
            return refusal(400, "bad_request", "请求格式有误", request_id)
        length = int(text)
        if length > self.server.body_limit(self.path):
            # A client that is still sending would see a broken line instead of the answer: let it finish.
            self.close_connection = length > _DRAINED or not self._discard(length)
            return refusal(413, "payload_too_large", "提交的内容太大", request_id)
        return self.rfile.read(length)

    def _discard(self, length: int) -> bool:
        while length > 0:
            chunk = self.rfile.read(min(length, 1 << 16))
            if not chunk:
                return False
            length -= len(chunk)
        return True

    def _send(self, answer: Answer) -> None:
        try:
            phrase = http.HTTPStatus(answer.status).phrase
        except ValueError:
            phrase = ""
        lines = [f"{self.protocol_version} {answer.status} {phrase}", f"Date: {self.date_time_string()}"]
        lines += [f"{key}: {value}" for key, value in answer.headers if key.lower() not in ("content-length", "date")]
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {len(answer.body)}")
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        bodiless = self.command == "HEAD" or answer.status in (204, 304)
        self.wfile.write(head if bodiless else head + answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class named it
        log.debug(format, *args)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_port = False  # newer Pythons share a busy port without a word

    def __init__(self, address: tuple[str, int], gateway: Gateway, mounts: Mapping[str, Mount]) -> None:
        self._gateway, self._mounts = gateway, mounts
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # Without the base class's reverse look-up of the host name, which waits for a DNS that may not be there.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]

    def body_limit(self, target: str) -> int:
        """Lambda's limit is not that of what stands beside it: an upload is larger."""
        return MAX_UPLOAD if target.startswith(tuple(self._mounts)) else MAX_BODY

    def answer(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        try:
            for prefix, mount in self._mounts.items():
                if target.partition("?")[0] == prefix or target.startswith((prefix + "/", prefix + "?")):
                    return mount(method, target, headers, body)
            return self._gateway.request(method, target, headers, body)
        except Exception:
            # As API Gateway: a function that dies is a 502.
            log.exception("the app died", extra={"method": method, "target": target})
            return refusal(502, "bad_gateway", "系统出错了，请稍后再试", str(uuid.uuid4()))

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that hangs up is no event.
        log.debug("connection ended", exc_info=True)


class Runner:
    """Everything that AWS runs of *app*, on this machine.

    :param sqs: a botocore client. :param now: the mall's clock. :param port: 0 takes any free one.
    :param mounts: other things to serve, by path prefix.
    """

    def __init__(
        self,
        app: Chalice,
        *,
        sqs: Any,
        now: Callable[[], datetime],
        queue_url_base: str,
        prefix: str,
        region: str,
        host: str = "127.0.0.1",
        port: int = 8000,
        mounts: Mapping[str, Mount] | None = None,
    ) -> None:
        self.gateway = Gateway(app)
        self.schedules = Schedules(app, now)
        self.consumers = queues.consumers(app, queue_url_base, prefix, region)
        self._sqs = sqs
        self._pollers = queues.Pollers(self.consumers, sqs)
        self._server = _listen(host, port, self.gateway, {**(mounts or {}), JOBS: self._jobs})
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="http", daemon=True)
        self._started = self._background = False
        self.url = f"http://{host}:{self._server.server_port}"

    def start(self, *, background: bool = True) -> None:
        """HTTP, queues and schedules run, each in its threads. *background* False: HTTP alone, for measuring."""
        self._started, self._background = True, background
        self._thread.start()
        if background:
            self._pollers.start()
            self.schedules.start()

    def stop(self) -> None:
        """No new request, message or run is taken; what is under way ends first."""
        if self._started:
            self._server.shutdown()
        if self._background:
            self.schedules.stop()
            self._pollers.stop()
        self._server.server_close()

    def run_job(self, name: str) -> Any:
        """Run a scheduled function now. :raises KeyError: there is none of that name."""
        return self.schedules.run_job(name)

    def drain(self, **how: Any) -> queues.Delivered:
        """Deliver all messages in this thread; for a runner that was not started."""
        return queues.drain(self.consumers, self._sqs, **how)

    def is_idle(self) -> bool:
        """Whether everything that was announced has been reacted to."""
        return queues.is_idle(self.consumers, self._sqs)

    def _jobs(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        """``GET /_local/jobs`` lists, ``POST /_local/jobs/<name>`` runs one now."""
        name = target.partition("?")[0].removeprefix(JOBS).strip("/")
        if not name:
            return _json(200, self.schedules.names())
        if method != "POST":
            return refusal(405, "method_not_allowed", "POST runs it", str(uuid.uuid4()), [("Allow", "POST")])
        if name not in self.schedules.names():
            return refusal(404, "not_found", "没有这个任务", str(uuid.uuid4()))
        return _json(200, {"job": name, "result": self.run_job(name)})


def _json(status: int, value: Any) -> Answer:
    return Answer(
        status, [("Content-Type", "application/json")], json.dumps(value, ensure_ascii=False, default=str).encode()
    )


def _listen(host: str, port: int, gateway: Gateway, mounts: Mapping[str, Mount]) -> _Server:
    try:
        return _Server((host, port), gateway, mounts)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortBusy(
                f"port {port} is taken by another program: stop that, or choose another with PORT=…"
            ) from None
        raise
