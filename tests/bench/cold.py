"""What a cold start costs before the first request: CPU of importing ``app`` beside its libraries alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from infra.local.partners.keys import credentials

ROOT = Path(__file__).parents[2]
LIBRARIES = "import chalice.app, boto3, pynamodb.models, pydantic; class_ = type('M', (pydantic.BaseModel,), {})"
HEAVY = ("tantivy", "rjieba", "cryptography", "jwt", "argon2", "PIL", "segno", "requests", "moto")
GOAL = 1.3
ROUNDS = 9
_MEASURE = """
import sys, time, json
{what}
heavy = sorted({heavy!r} & {{name.partition(".")[0] for name in sys.modules}})
print(json.dumps([time.process_time() * 1000, len(sys.modules), heavy]))
"""


def cold(what: str) -> tuple[float, int, list[str]]:
    """CPU milliseconds of a new process that does *what*, the modules it holds then, the heavy ones of them."""
    code = _MEASURE.format(what=what, heavy=set(HEAVY))
    done = subprocess.run([sys.executable, "-c", code], env=environment(), cwd=ROOT, capture_output=True, check=True)
    milliseconds, modules, heavy = json.loads(done.stdout.splitlines()[-1])
    return milliseconds, modules, heavy


def environment() -> dict[str, str]:
    """Settings with which the mall starts and can reach nobody."""
    nowhere = "http://127.0.0.1:9"
    keys = credentials(Path(tempfile.gettempdir()) / f"siyu-tests-{os.getuid()}" / "partners.json")
    return {
        "PATH": os.environ["PATH"],
        "AWS_DEFAULT_REGION": "cn-northwest-1",
        "SIYU_STAGE": "test",
        "SIYU_SESSION_SECRET": "-" * 32,
        **keys.environment(nowhere, nowhere),
    }


def table() -> str:
    """The section of docs/performance.md."""
    ways = {"the bare interpreter": "", "chalice + boto3 + pynamodb + pydantic": LIBRARIES, "`app`": "import app"}
    runs: dict[str, list[tuple[float, int, list[str]]]] = {name: [] for name in ways}
    for _ in range(ROUNDS):  # in turns: a noisy neighbor disturbs all alike
        for name, what in ways.items():
            runs[name].append(cold(what))
    rows = [
        f"| {name} | {median(run[0] for run in each):.0f} | {min(run[0] for run in each):.0f} | {each[0][1]} |"
        for name, each in runs.items()
    ]
    bare, ours = (median(run[0] for run in runs[name]) for name in list(ways)[1:])
    heavy = runs["`app`"][0][2]
    return "\n".join(
        [
            "| import of | CPU ms, median of 9 | least | modules |",
            "| --- | ---: | ---: | ---: |",
            *rows,
            "",
            f"Ratio: **{ours / bare:.2f}** (goal: at most {GOAL}). "
            f"Heavy modules imported before they are needed: {', '.join(heavy) or 'none'}.",
        ]
    )
