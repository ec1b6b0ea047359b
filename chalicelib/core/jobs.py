"""Jobs: what the mall does on a clock. A feature's ``jobs.py`` registers, ``app.py`` schedules."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from importlib import import_module

from chalicelib.core import logs

log = logging.getLogger(__name__)
_jobs: dict[str, Callable[[], object]] = {}
_announced: dict[str, str] = {}


def job(name: str) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register a job under the name of its scheduled Lambda function."""

    def register(run: Callable[[], object]) -> Callable[[], object]:
        if name in _jobs:
            raise TypeError(f"two jobs are named {name}")
        _jobs[name] = run
        return run

    return register


def announce(modules: Mapping[str, str]) -> None:
    """Make jobs known by name → module, which is imported when the job runs."""
    _announced.update(modules)


def find(name: str) -> Callable[[], object]:
    """The job of that name. :raises KeyError: no such job in this release."""
    if name not in _jobs and name in _announced:
        import_module(_announced[name])
    return _jobs[name]


def run(name: str) -> object:
    """Run a job now. What it raises goes to the caller: Lambda counts it (as it counts runs and seconds, for
    nothing: hence no metrics of ours), the alarm rings."""
    with logs.correlated():
        log.info("job starts", extra={"job": name})
        started = time.monotonic()
        result = find(name)()
        took = round((time.monotonic() - started) * 1000)
        log.info("job ends", extra={"job": name, "result": result, "milliseconds": took})
        return result


def names() -> list[str]:
    """Every job, for the documentation and the laptop's "run this job now"."""
    return sorted({*_jobs, *_announced})
