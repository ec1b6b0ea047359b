"""Starts :mod:`tests.bench.server` with everything it talks to in other processes than its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from infra.local import dynoxide
from infra.local.partners import start as start_partners
from tests.bench.cold import ROOT

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Mall:
    """A running server and its shop."""

    pid: int
    url: str
    goods: list[dict[str, Any]]
    buyers: list[dict[str, Any]]
    coupon: str
    """The template in the coupon center, if pieces were wanted."""
    sale: dict[str, Any]
    """The flash sale of the first product, if one was wanted."""

    def cpu(self) -> float:
        """Milliseconds of CPU the process has used, user and system."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / TICKS


@contextmanager
def mall(
    *,
    database: str,
    background: bool,
    products: int,
    buyers: int,
    stock: int,
    skus: int = 3,
    coupons: int = 0,
    sale: int = 0,
) -> Iterator[Mall]:
    """The mall as a process; database (dynoxide), partners and, without *background*, the queues apart from it.

    :param coupons: so many pieces are in the coupon center.
    :param sale: so many pieces of the first product are in a flash sale that runs.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        partners = start_partners(0, keys_path=folder / "partners.json")
        stack.callback(partners.stop)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SIYU_", "AWS_"))},
            "SIYU_STAGE": "test",
            "SIYU_SESSION_SECRET": "a secret of the bench and of nothing else",
            "SIYU_PUBLIC_BASE_URL": "https://mall.test",
            **partners.settings_environment(),
        }
        if database == "dynoxide":
            environment["SIYU_DYNAMODB_ENDPOINT_URL"] = stack.enter_context(dynoxide.running())
        if not background:
            environment["AWS_ENDPOINT_URL_SQS"] = stack.enter_context(sink())
        wanted = {
            "ready": str(folder / "ready.json"),
            "background": background,
            "products": products,
            "buyers": buyers,
            "stock": stock,
            "skus": skus,
            "coupons": coupons,
            "sale": sale,
        }
        command = [sys.executable, "-m", "tests.bench.server", json.dumps(wanted)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        stack.callback(_end, process)
        yield Mall(pid=process.pid, **_await(process, folder / "ready.json"))


def _await(process: subprocess.Popen[bytes], ready: Path) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        if ready.exists() and (text := ready.read_text()):
            shop: dict[str, Any] = json.loads(text)
            return shop
        time.sleep(0.1)
    raise RuntimeError("the server did not come up")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


class _Sink(BaseHTTPRequestHandler):
    """An SQS that takes every message and keeps none."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        done = [
            {
                "Id": each["Id"],
                "MessageId": each["Id"],
                "MD5OfMessageBody": hashlib.md5(each["MessageBody"].encode()).hexdigest(),
            }
            for each in asked.get("Entries", [])
        ]
        body = json.dumps({"Successful": done, "Failed": [], "QueueUrl": "http://127.0.0.1/q"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def sink() -> Iterator[str]:
    """The queues, away from the measured process: it pays for sending, not for what stands in for SQS."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
