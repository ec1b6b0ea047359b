"""The content of the package: wheels of the target, pruned, and our own source."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.build.lock import LOCK, REQUIREMENTS, outdated, pip_target
from infra.build.target import ROOT, Arch, BuildError

#: The services that the mall calls; botocore describes 400 others. Checked against infra/aws/calls.txt.
SERVICES = frozenset({"dynamodb", "s3", "sqs", "ssm"})
_UNUSED = (
    *("bin", "share", "chalice/cli", "chalice/deploy", "chalice/templates", "boto3/examples", "boto3/data"),
    *("chalice/package.py", "chalice/policies*.json", "chalice/local.py", "botocore/cacert.pem.bak"),
    *("**/__pycache__", "**/tests", "**/*.pyi", "**/py.typed", "**/*.pyx", "**/*.c", "**/*.h"),
    *("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED", "*.dist-info/direct_url.json"),
)


def install(into: Path, arch: Arch) -> None:
    """The wheels of the lock, by hash. :raises BuildError: the lock is old, or pip could not."""
    old = outdated(REQUIREMENTS.read_text(encoding="utf-8"), LOCK.read_text(encoding="utf-8"))
    if old:
        raise BuildError(f"requirements.lock does not know {', '.join(old)}: make lock")
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--no-deps", "--require-hashes"),
        *("--disable-pip-version-check", "--target", str(into), *pip_target(arch), "-r", str(LOCK)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"pip could not fetch the wheels of {arch.name}:\n{done.stderr[-2000:]}")


def prune(tree: Path) -> None:
    """Take out what a Lambda never reads: other services' descriptions, command lines, tests, stubs."""
    for pattern in _UNUSED:
        for path in sorted(tree.glob(pattern)):
            _remove(path)
    for path in _foreign_services(tree / "botocore" / "data"):
        _remove(path)


def _foreign_services(data: Path) -> Iterator[Path]:
    if data.is_dir():
        yield from (path for path in sorted(data.iterdir()) if path.is_dir() and path.name not in SERVICES)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    elif path.exists():
        path.unlink()


def copy_source(into: Path) -> None:
    """Our own code as it stands in the work tree."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copy2(ROOT / "app.py", into / "app.py")
    shutil.copytree(ROOT / "chalicelib", into / "chalicelib", ignore=ignored)
