"""What a function of the built package costs before its first event, with and without byte code, beside its libraries.

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

from infra.build import precompile
from infra.build.target import OUT, PYTHON
from infra.build.template import placeholders

ROUNDS = 9
GOAL = 1.3
BARE = "import chalice.app, boto3, pynamodb.models, pydantic; class_ = type('M', (pydantic.BaseModel,), {})"
_MEASURE = "import sys, time; sys.path.insert(0, {tree!r}); {what}; print(time.process_time() * 1000, len(sys.modules))"


def table() -> str:
    """The section of docs/performance.md."""
    python = precompile.find_python()
    packages = sorted(OUT.glob("siyu-x86_64-*.zip"))
    if python is None or not packages:
        raise SystemExit(f"wants make package, and a Python {PYTHON}")
    with _unpacked(packages[-1]) as (with_code, without):
        ways = {
            "the bare interpreter": (with_code, "pass"),
            "bare libraries, byte code": (with_code, BARE),
            "a function, byte code": (with_code, "import app"),
            "bare libraries, sources only": (without, BARE),
            "a function, sources only": (without, "import app"),
        }
        runs: dict[str, list[tuple[float, int]]] = {name: [] for name in ways}
        for _ in range(ROUNDS):  # in turns: a noisy neighbor disturbs all alike
            for name, (tree, what) in ways.items():
                runs[name].append(_run(python, tree, what))
    size = packages[-1].stat().st_size / 1e6
    return _text({name: [run[0] for run in each] for name, each in runs.items()}, runs, size)


def _text(cpu: dict[str, list[float]], runs: dict[str, list[tuple[float, int]]], size: float) -> str:
    modules = {name: each[0][1] for name, each in runs.items()}
    rows = [f"| {name} | {median(each):.0f} | {min(each):.0f} | {modules[name]} |" for name, each in cpu.items()]
    ratio = median(cpu["a function, byte code"]) / median(cpu["bare libraries, byte code"])
    gain = median(cpu["a function, sources only"]) / median(cpu["a function, byte code"])
    return "\n".join(
        [
            f"| CPython {PYTHON}, package of {size:.1f} MB | CPU ms, median of {ROUNDS} | least | modules |",
            "| --- | ---: | ---: | ---: |",
            *rows,
            "",
            f"Ratio to the libraries: **{ratio:.2f}** (goal: at most {GOAL}). Without byte code: {gain:.1f} times.",
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
