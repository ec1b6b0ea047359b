"""What each function of the built package costs before its first event, beside its libraries alone.

Needs ``make package`` and a Python of the target; the CPU is this machine's, not Lambda's: the ratio is what counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from infra.build import __main__ as building
from infra.build import precompile
from infra.build.functions import API
from infra.build.target import OUT, PYTHON, ROOT
from infra.build.template import placeholders

ROUNDS = 5
GOAL = 1.3
BARE = "import chalice.app, boto3, pynamodb.models, pydantic; class_ = type('M', (pydantic.BaseModel,), {})"
_MEASURE = "import sys, time; sys.path.insert(0, {tree!r}); {what}; print(time.process_time() * 1000, len(sys.modules))"
#: The routes that the function behind the API answers first, for its first event's imports.
_FIRST_ROUTE = "chalicelib.mall.storefront.home.routes"


def table() -> str:
    """The section of docs/performance.md."""
    python = precompile.find_python()
    packages = sorted(OUT.glob("siyu-x86_64-*.zip"))
    if python is None or not packages:
        raise SystemExit(f"wants make package, and a Python {PYTHON}")
    with _unpacked(packages[-1]) as (with_code, without):
        ways = _ways(with_code, without)
        runs: dict[str, list[tuple[float, int]]] = {name: [] for name in ways}
        for _ in range(ROUNDS):  # in turns: a noisy neighbor disturbs all alike
            for name, (tree, what) in ways.items():
                runs[name].append(_run(python, tree, what))
    return _text(runs, packages[-1].stat().st_size / 1e6)


def _ways(with_code: str, without: str) -> dict[str, tuple[str, str]]:
    """What is measured: name → tree, statements."""
    ways = {"bare": (with_code, BARE), "bare, sources": (without, BARE)}
    for function, modules in _functions().items():
        start = f"import app; app.{'app' if function == API else function}"
        ways[function] = (with_code, start)
        ways[f"{function}, sources"] = (without, start)
        ways[f"{function}, first event"] = (with_code, "; ".join([start, *(f"import {each}" for each in modules)]))
    return ways


def _functions() -> dict[str, list[str]]:
    """Every function of app.py → the modules that its first events import: all of a queue's reactions, the job."""
    index = json.loads((ROOT / "chalicelib" / "index.json").read_text(encoding="utf-8"))
    found = {API: [_FIRST_ROUTE]}
    for name in sorted(building.declared() - {API}):
        reactions = {each["module"] for each in index["reactions"] if each["queue"] == name}
        found[name] = sorted(reactions) or [index["jobs"][name]]
    return found


def _text(runs: dict[str, list[tuple[float, int]]], size: float) -> str:
    cpu = {name: min(run[0] for run in each) for name, each in runs.items()}  # what is above it is the neighbors'
    modules = {name: each[0][1] for name, each in runs.items()}
    bare, bare_sources = cpu["bare"], cpu["bare, sources"]
    rows, ratios = [f"| bare libraries | {bare:.0f} | 1 | {bare_sources:.0f} | 1 | {modules['bare']} | |"], []
    for name in _functions():
        here, sources, first = cpu[name], cpu[f"{name}, sources"], cpu[f"{name}, first event"]
        ratios.append(here / bare)
        rows.append(
            f"| `{name}` | {here:.0f} | {here / bare:.2f} | {sources:.0f} | {sources / bare_sources:.2f} "
            f"| {modules[name]} | {max(first - here, 0):.0f} |"
        )
    heads = ("byte code, CPU ms", "ratio", "sources only, CPU ms", "ratio", "modules", "first event's imports, CPU ms")
    gain = median(cpu[f"{each}, sources"] / cpu[each] for each in _functions())
    return "\n".join(
        [
            f"| CPython {PYTHON}, package of {size:.1f} MB | {' | '.join(heads)} |",
            f"| --- |{' ---: |' * len(heads)}",
            *rows,
            "",
            f"Ratio to the libraries: **{min(ratios):.2f} to {max(ratios):.2f}** (goal: at most {GOAL}), the least of "
            f"{ROUNDS} runs. Without byte code: {gain:.1f} times.",
        ]
    )


@contextmanager
def _unpacked(package: Path) -> Iterator[tuple[str, str]]:
    """The package as it is, and without its byte code."""
    with tempfile.TemporaryDirectory() as directory:
        trees = []
        for name in ("with", "without"):
            with zipfile.ZipFile(package) as archive:
                members = [each for each in archive.namelist() if name == "with" or not each.endswith(".pyc")]
                archive.extractall(Path(directory) / name, members)
            trees.append(str(Path(directory) / name))
        yield trees[0], trees[1]


def _run(python: str, tree: str, what: str) -> tuple[float, int]:
    code = _MEASURE.format(tree=tree, what=what)
    environment = {"PATH": os.environ["PATH"], **placeholders(), "SIYU_STAGE": "test"}
    done = subprocess.run(
        [python, "-S", "-E", "-B", "-c", code], env=environment, cwd=tree, capture_output=True, check=True
    )
    milliseconds, modules = done.stdout.split()[-2:]
    return json.loads(milliseconds), int(modules)
