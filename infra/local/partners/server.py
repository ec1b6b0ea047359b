"""One process, one port, a path prefix for each partner; ``/control`` and ``/`` for people."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from infra.local.partners import control, page
from infra.local.partners.exchange import Partner, Reply, Request
from infra.local.partners.faults import Fault

if TYPE_CHECKING:
    from infra.local.partners.world import Partners

GARBAGE = "<html><body>502 Bad Gateway …</body></html>".encode()
_BODY_LIMIT = 1_000_000


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, partners: Partners) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.partners = partners
        self.stopping = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of the play; anything else is a bug and is shown."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one packet an answer
    server: Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _BODY_LIMIT:
            self._send(Reply(413))
            return
        body = self.rfile.read(length)
        prefix, target = self._split(self.path)
        request = Request(self.command, target, {k.lower(): v for k, v in self.headers.items()}, body)
        self._send(self._route(prefix, request))

    def _route(self, prefix: str, request: Request) -> Reply:
        partners = self.server.partners
        if prefix in partners.by_prefix:
            return self._play(partners.by_prefix[prefix], request)
        if prefix == "control":
            return control.handle(partners, request)
        return page.show(partners) if request.path == "/" else Reply(404)

    def _split(self, target: str) -> tuple[str, str]:
        prefix, slash, rest = target[1:].partition("/")
        known = slash and (prefix == "control" or prefix in self.server.partners.by_prefix)
        return (prefix, f"/{rest}") if known else ("", target)

    def _play(self, partner: Partner, request: Request) -> Reply:
        partners = self.server.partners
        fault = partners.faults.take_api(partner.endpoint(request))
        if fault is None or fault.kind in ("lost_answer", "unsigned", "forged", "cut"):
            with partners.lock:
                reply = partner.handle(request)
            partners.keep()
        else:
            reply = None
        partners.calls.append((partner.endpoint(request), reply.status if reply else 0))
        return self._spoiled(partner, fault, reply) if fault else reply or Reply(500)

    def _spoiled(self, partner: Partner, fault: Fault, reply: Reply | None) -> Reply:
        if fault.kind in ("timeout", "lost_answer"):
            return Reply(0, hang=fault.seconds)
        if fault.kind == "reset":
            return Reply(0, hang=0)
        if fault.kind == "garbage":
            return Reply(200, GARBAGE, {"Content-Type": "text/html"})
        if fault.kind == "answer":
            return Reply(fault.status, json.dumps(fault.document).encode(), {"Content-Type": "application/json"})
        return partner.spoil(fault, reply)

    def _send(self, reply: Reply) -> None:
        if reply.hang is not None:
            self.server.stopping.wait(reply.hang)
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()
