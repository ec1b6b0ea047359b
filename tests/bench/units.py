"""Round trips and capacity units of each operation: what tests/budgets counts on dynoxide, as a table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.cold import ROOT


def table() -> str:
    """The section of docs/performance.md."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "units.json"
        command = [sys.executable, "-m", "pytest", "-q", "-k", "dynoxide", "tests/budgets"]
        # Its verdict is `make test`'s business: here the numbers are written down as they are.
        environment = {**os.environ, "BUDGET_REPORT": str(report)}
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
        counted = json.loads(report.read_text(encoding="utf-8"))
    rows = ["| operation | round trips | read units | write units |", "| --- | --- | ---: | ---: |"]
    rows += [
        f"| {name} | {calls or 'none'} | {reads:g} | {writes:g} |" for name, (calls, reads, writes) in counted.items()
    ]
    return "\n".join(rows)
