"""What each function of the built package costs before its first event, beside its libraries alone.

Needs ``make package`` and a Python of the target; the CPU is this machine's, not Lambda's: the ratio is what counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import sub, truediv
from pathlib import Path
from statistics import median

from infra.build import __main__ as building
from infra.build import precompile
from infra.build.functions import API
from infra.build.target import OUT, PYTHON
from infra.build.template import placeholders

ROUNDS = 5
GOAL = 1.3
BARE = "import chalice.app, boto3, pynamodb.models, pydantic; class_ = type('M', (pydantic.BaseModel,), {})"
_MEASURE = "import sys, time; sys.path.insert(0, {tree!r}); {what}; print(time.process_time() * 1000, len(sys.modules))"
#: The routes that the function behind the API answers first, for its first event's imports.
_FIRST_ROUTE = "chalicelib.mall.storefront.home.routes"


@dataclass
class Measured:
    """The runs of one function, each with what was run a moment before: this machine's pace changes by the second."""

    bare: list[float] = field(default_factory=list)
    here: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    bare_sources: list[float] = field(default_factory=list)
    sources: list[float] = field(default_factory=list)
    modules: int = 0

    @property
    def ratio(self) -> float:
        return median(map(truediv, self.here, self.bare))

    @property
    def ratio_of_sources(self) -> float:
        return median(map(truediv, self.sources, self.bare_sources))

    @property
    def first_event(self) -> float:
        """What the imports of the first event add."""
        return max(0.0, median(map(sub, self.first, self.here)))


def table() -> str:
    """The section of docs/performance.md."""
    python = precompile.find_python()
    packages = sorted(OUT.glob("siyu-x86_64-*.zip"))
    if python is None or not packages:
        raise SystemExit(f"wants make package, and a Python {PYTHON}")
    with _unpacked(packages[-1]) as (with_code, without):
        functions = _functions(Path(with_code))
        found = {name: Measured() for name in functions}
        for _ in range(ROUNDS):
            for name, modules in functions.items():
                _measure(found[name], python, with_code, without, name, modules)
    return _text(found, packages[-1].stat().st_size / 1e6)


def _measure(into: Measured, python: str, with_code: str, without: str, name: str, modules: list[str]) -> None:
    start = f"import app; app.{'app' if name == API else name}"
    event = "; ".join([start, *(f"import {each}" for each in modules)])
    into.bare.append(_run(python, with_code, BARE)[0])
    milliseconds, into.modules = _run(python, with_code, start)
    into.here.append(milliseconds)
    into.first.append(_run(python, with_code, event)[0])
    into.bare_sources.append(_run(python, without, BARE)[0])
    into.sources.append(_run(python, without, start)[0])


def _functions(tree: Path) -> dict[str, list[str]]:
    """Every function of app.py → the modules that its first events import: all of a queue's reactions, the job."""
    index = json.loads((tree / "chalicelib" / "index.json").read_text(encoding="utf-8"))
    found = {API: [_FIRST_ROUTE]}
    for name in sorted(building.declared() - {API}):
        reactions = {each["module"] for each in index["reactions"] if each["queue"] == name}
        found[name] = sorted(reactions) or [index["jobs"][name]]
    return found


def _text(found: Mapping[str, Measured], size: float) -> str:
    rows = [
        f"| `{name}` | {median(each.here):.0f} | **{each.ratio:.2f}** | {median(each.sources):.0f} "
        f"| {each.ratio_of_sources:.2f} | {each.modules} | {each.first_event:.0f} |"
        for name, each in found.items()
    ]
    everything = found.values()
    bare, sources = (
        median(run for each in everything for run in runs(each))
        for runs in (lambda each: each.bare, lambda each: each.bare_sources)
    )
    ratios = [each.ratio for each in everything]
    gain = median(median(each.sources) / median(each.here) for each in everything)
    heads = ("byte code, CPU ms", "ratio", "sources only, CPU ms", "ratio", "modules", "first event's imports, CPU ms")
    return "\n".join(
        [
            f"| CPython {PYTHON}, package of {size:.1f} MB | {' | '.join(heads)} |",
            f"| --- |{' ---: |' * len(heads)}",
            f"| the bare libraries | {bare:.0f} | 1 | {sources:.0f} | 1 | | |",
            *rows,
            "",
            f"Ratio to the libraries: **{min(ratios):.2f} to {max(ratios):.2f}** (goal: at most {GOAL}), medians of "
            f"{ROUNDS} pairs run one after the other. Without byte code: {gain:.1f} times.",
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
