"""Faults that AWS has and moto never shows: a process that dies at any step, conflicts, throttles, lost answers.

Everything that leaves the process passes here: botocore's endpoint (each attempt counts) and the partners'
HTTP client. Faults hit the thread that asked for them and no other::

    faults.every_death(prepare, act, check)         # dies before and after each step of act

    with faults.conflict(times=2): ...              # the next two transactions are canceled by contention
    with faults.lost_answer("TransactWriteItems"):  # committed, but nobody hears of it
"""

from infra.local.faults.answers import broken, conflict, lost_answer, stale_indexes, throttle, unprocessed
from infra.local.faults.death import ProcessKilled, Watch, every_death, watched

__all__ = [
    "ProcessKilled",
    "Watch",
    "broken",
    "conflict",
    "every_death",
    "lost_answer",
    "stale_indexes",
    "throttle",
    "unprocessed",
    "watched",
]
