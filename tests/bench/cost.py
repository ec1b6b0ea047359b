"""What the mall costs: the footprints of tests/budgets, counted on dynoxide, times the prices of infra/cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.cold import ROOT


def table() -> str:
    """The section of docs/cost.md."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "footprints.json"
        command = [sys.executable, "-m", "pytest", "-q", "-k", "dynoxide", "tests/budgets"]
        # Its verdict is `make test`'s business: here the footprints are taken as they are.
        environment = {**os.environ, "COST_REPORT": str(report)}
        subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
        counted = json.loads(report.read_text(encoding="utf-8"))
    _settle()
    from infra.cost.bill import Measured
    from infra.cost.report import tables

    return tables(Measured(counted["operations"], counted["kept_bytes_per_order"]))


def _settle() -> None:
    """The report imports app.py, which wants settings: any will do."""
    from infra.watch.facts import settle

    settle()
