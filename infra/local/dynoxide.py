"""dynoxide: a second, strict DynamoDB as one binary from npm, for persistence, load and a second opinion.

``python -m infra.local.dynoxide`` fetches it into ``.tools/`` (ignored by git) and says where it is.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

TOOLS = Path(__file__).parents[2] / ".tools"
PACKAGE = "@dynoxide/linux-x64"
VERSION = "1.2.1"
SHA256 = "be909b7910d3fb552e85db10ef3c8ebae4bd35fee0f26dffdb6dfa5cc656426e"
_START_SECONDS = 10.0


class Unavailable(Exception):
    """dynoxide can not be had here; the text says why and what to do."""


def find() -> Path | None:
    """The binary that was fetched before, if it is the pinned one."""
    path = TOOLS / "node_modules" / PACKAGE / "dynoxide"
    return path if path.is_file() and _digest(path) == SHA256 else None


def ensure() -> Path:
    """The binary, fetched by npm if need be.

    :raises Unavailable: another machine than Linux x64, no npm, or npm failed.
    """
    if found := find():
        return found
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise Unavailable(f"dynoxide is fetched for Linux x86_64 only, this is {sys.platform} {platform.machine()}")
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable("dynoxide needs npm, which is not installed: install Node.js, or go on with DB=moto")
    TOOLS.mkdir(exist_ok=True)
    command = [npm, "install", "--prefix", str(TOOLS), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run([*command, f"{PACKAGE}@{VERSION}"], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise Unavailable(f"npm could not fetch {PACKAGE} {VERSION}:\n{done.stderr.strip()[-600:]}")
    if found := find():
        return found
    raise Unavailable(
        f"npm brought another {PACKAGE} than the one pinned here: delete {TOOLS} and see infra/local/dynoxide.py"
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def running(db_path: Path | None = None) -> Iterator[str]:
    """dynoxide on a free loopback port; gives its URL. In memory, or in the file *db_path*.

    :raises Unavailable: it can not be had, or did not come up.
    """
    server = Server(ensure(), db_path)
    try:
        yield server.url
    finally:
        server.stop()


class Server:
    """One dynoxide process."""

    def __init__(self, binary: Path, db_path: Path | None = None) -> None:
        port = _free_port()
        self.url = f"http://127.0.0.1:{port}"
        command = [str(binary), "serve", "--host", "127.0.0.1", "--port", str(port)]
        if db_path is not None:
            db_path.parent.mkdir(parents=True, exist_ok=True)
            command += ["--db-path", str(db_path)]
        # Its own process group: Ctrl-C in a terminal must reach us first, so that the file is closed in order.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self) -> None:
        opener, end = build_opener(ProxyHandler({})), time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise Unavailable(f"dynoxide ended at once with code {self._process.returncode}")
            try:
                opener.open(self.url, timeout=1).close()
                return
            except HTTPError as error:
                error.close()
                return
            except OSError:
                time.sleep(0.005)
        raise Unavailable(f"dynoxide did not answer within {_START_SECONDS:.0f} s")

    def stop(self) -> None:
        """Ends the process and waits for it."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def main() -> int:
    """Fetch it; without npm that is an error only where CI demands the second opinion."""
    try:
        print(f"dynoxide {VERSION}: {ensure()}")
    except Unavailable as error:
        print(f"dynoxide: {error}", file=sys.stderr)
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
