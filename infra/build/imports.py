"""Can the package be imported as Lambda will? Tried in a Python of the target with nothing else on its path."""

from __future__ import annotations

import os
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from infra.build.target import BuildError

_TRY = """
import importlib, json, pkgutil, sys
sys.path.insert(0, {tree!r})
import app, chalicelib
for found in pkgutil.walk_packages(chalicelib.__path__, "chalicelib."):
    importlib.import_module(found.name)
for name in {lazy!r}:
    importlib.import_module(name)
from chalicelib import wiring
print(len(wiring.operations()), "operations,", len(app.app.event_sources), "event sources")
ours = [m.__file__ for m in sys.modules.values() if getattr(m, "__file__", None)]
stray = [each for each in ours if not each.startswith(({tree!r}, {library!r}))]
assert not stray, stray
"""
#: Imported by the call that needs them.
LAZY = ("argon2", "cryptography.x509", "jwt", "PIL.Image", "rjieba", "segno", "tantivy")


def try_out(package: Path, python: str, environment: Mapping[str, str]) -> str:
    """Import every module of the package with *python*.

    :returns: what was found. :raises BuildError: something can not be imported.
    """
    with tempfile.TemporaryDirectory() as directory:
        with zipfile.ZipFile(package) as archive:
            archive.extractall(directory)
        where = "import sysconfig; print(sysconfig.get_path('stdlib'))"
        library = subprocess.run([python, "-S", "-c", where], capture_output=True, text=True, check=True).stdout.strip()
        code = _TRY.format(tree=directory, lazy=LAZY, library=library)
        done = subprocess.run(
            [python, "-S", "-E", "-B", "-c", code],
            capture_output=True,
            text=True,
            check=False,
            cwd=directory,
            env={"PATH": os.environ.get("PATH", ""), **environment},
        )
    if done.returncode:
        raise BuildError(f"the package can not be imported:\n{done.stderr[-3000:]}")
    return done.stdout.strip()
