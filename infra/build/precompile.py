"""Byte code in the package: without it each cold start compiles everything anew, for three times the CPU.

Byte code is of one minor version, so a Python 3.13 has to make it, whatever Python runs the build. It is looked for
in this order: ``PYTHON313``, the building Python itself, ``python3.13`` on the path, pyenv's, uv's. Only its
standard library is
used, nothing is installed into it. Without one the package holds sources only: it works, starts slowly, and says so;
``make deploy`` refuses it for prod.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.build.target import PYTHON, BuildError

LAMBDA_ROOT = "/var/task"
_HELP = f"no Python {PYTHON} on this machine: install one, or name it: PYTHON313=/path/to/python{PYTHON}"
_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def find_python() -> str | None:
    """A Python of the target's minor version. :raises BuildError: ``PYTHON313`` names another one."""
    if named := os.environ.get("PYTHON313"):
        if _version(named) != PYTHON:
            raise BuildError(f"PYTHON313={named} is not a Python {PYTHON}")
        return named
    return next((each for each in _candidates() if _version(each) == PYTHON), None)


def _candidates() -> Iterator[str]:
    yield sys.executable
    yield from filter(None, [shutil.which(f"python{PYTHON}")])
    places = (Path.home() / ".pyenv" / "versions", Path.home() / ".local" / "share" / "uv" / "python")
    for place in places:
        for path in sorted(place.glob(f"*{PYTHON}*/bin/python{PYTHON}"), reverse=True):
            yield str(path)


def _version(python: str) -> str:
    try:
        done = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def precompile(tree: Path, python: str) -> None:
    """``__pycache__`` beside every source; the same bytes for the same source.

    Not checked against the source when loaded (it is read-only there); names in tracebacks are Lambda's.
    """
    command = [
        *(python, "-S", "-E", "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash"),
        *("-s", str(tree), "-p", LAMBDA_ROOT, str(tree)),
    ]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise BuildError(f"{python} could not compile the package:\n{(done.stdout + done.stderr)[-2000:]}")


def missing() -> str:
    """What is said when there is no such Python."""
    return _HELP
