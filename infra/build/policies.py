"""``python -m infra.build.policies [tests…]``: runs the tests and writes down which function calls what.

Without arguments all tests run and the table is made anew; with some, what they call is added to it. Nothing is taken
out when a test fails: what it did not come to call may still be needed. ``RELEASE=0.1.0`` also keeps what that release
stores and sends, for the tests of upgrades.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from infra.build import calls
from infra.build.target import ROOT


def record(tests: Sequence[str], workers: str) -> tuple[set[calls.Call], bool]:
    """The calls that *tests* make, and whether all of them passed."""
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "pytest", "-q", "-n", workers, *tests]
        failed = subprocess.run(command, env={**os.environ, "RECORD_CALLS": directory}, check=False).returncode
        if release := os.environ.get("RELEASE"):
            print(_releases().write(release, sorted(Path(directory).glob("*.json"))))
        files = Path(directory).glob("*.txt")
        found = {call for each in files for call in calls.parse(each.read_text(encoding="utf-8"))}
        return found, not failed


def _releases() -> ModuleType:
    sys.path.insert(0, str(ROOT))
    from tests.upgrades import releases

    return releases


def main(tests: Sequence[str]) -> None:
    before = calls.load()
    found, passed = record(tests, os.environ.get("WORKERS", "2"))
    after = found if passed and not tests else found | before
    calls.FILE.write_text(calls.text(after), encoding="utf-8")
    for sign, changed in (("+", after - before), ("-", before - after)):
        for call in sorted(changed):
            print(sign, call)
    print(f"{calls.FILE}: {len(after)} calls of {len({call.function for call in after})} functions")
    if not passed:
        sys.exit("policies: tests failed (above): the table may lack what they did not come to call")


if __name__ == "__main__":
    main(sys.argv[1:])
