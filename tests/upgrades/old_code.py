"""``python -m tests.upgrades.old_code <commit>``: really run an older release's code on what this one writes.

``test_side_by_side`` proves by shapes that the old release can read it; this loads the old code out of git, into a
process of its own, and lets it read the items and messages of an order's whole life. It needs the history, which a
shallow clone has not: hence a command, run before a release, and no test.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.cold import ROOT

_OLD = """
import importlib, json, sys
from pathlib import Path
root = Path.cwd()
for path in sorted(root.joinpath("chalicelib").rglob("*.py")):
    if path.name in ("models.py", "events.py") or path.parent.name == "core":
        importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
from chalicelib import wiring
from chalicelib.core import events, inbox
from chalicelib.core.tables import Table
index = json.loads((root / "chalicelib" / "index.json").read_text())
events.announce(index["events"], index["reactions"])
models, todo = {}, [Table]
while todo:
    for each in todo.pop().__subclasses__():
        todo.append(each)
        if hasattr(each, "Meta"):
            models.setdefault(each.Meta.table_name, []).append(each)
told, read, new, wrong = json.load(sys.stdin), 0, set(), []
for table, items in told["items"].items():
    for item in items:
        if table not in models:
            new.add(table)
            continue
        failures = []
        for model in models[table]:  # several kinds may share a table
            try:
                model.from_raw_data(item).serialize()
                read += 1
                break
            except Exception as error:
                failures.append(repr(error))
        else:
            wrong.append(f"{table}: {failures}")
heard = 0
for body in told["messages"]:
    name = json.loads(body)["subscriber"]
    try:
        events.subscriber(name)
    except KeyError:
        new.add(name)
        continue
    try:
        inbox._read(body)
        heard += 1
    except Exception as error:
        wrong.append(f"{name}: {error!r}")
print(json.dumps({"items": read, "messages": heard, "unknown": sorted(new), "wrong": wrong}))
"""


def read_by(commit: str, told: dict[str, Any]) -> dict[str, Any]:
    """What the code of *commit* makes of *told*: counts, what it does not know, what it can not read."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as directory:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(directory, filter="data")
        environment = {**os.environ, "PYTHONPATH": directory}
        command = [sys.executable, "-c", _OLD]
        done = subprocess.run(
            command, cwd=directory, env=environment, input=json.dumps(told), capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main(commit: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "written.json"
        environment = {**os.environ, "WRITTEN_REPORT": str(report)}
        command = [sys.executable, "-m", "pytest", "-q", "-k", "moto", "tests/budgets"]
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
        told = json.loads(report.read_text(encoding="utf-8"))
    from infra.watch.facts import settle

    settle()
    answer = read_by(commit, told)
    print(json.dumps(answer, indent=1, ensure_ascii=False))
    return 1 if answer["wrong"] else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
