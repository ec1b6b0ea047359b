"""Counters of a task by business day, and a member's tasks as staff see them."""

from __future__ import annotations

import random
from datetime import date

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.errors import Invalid
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.tasks.center.editing.schemas import ListTaskDays, TaskDays, TaskDayView
from chalicelib.loyalty.tasks.center.models import SHARDS, TaskDay
from chalicelib.loyalty.tasks.center.service import load

MAX_SPAN = 92


def add(tx: Transaction, task_id: str, *counted: Action) -> None:
    """Add to *tx* a change of today's counters."""
    tx.update(TaskDay(task_id=task_id, id=f"{clock.today()}#{random.randrange(SHARDS)}"), counted)


def days(task_id: str, asked: ListTaskDays) -> TaskDays:
    """The days on which something happened. :raises TaskNotFound: :raises Invalid: no span, or too long a one."""
    load(task_id)
    if not 1 <= (asked.last - asked.first).days + 1 <= MAX_SPAN:
        raise Invalid(errors=[{"field": "last", "issue": f"1 to {MAX_SPAN} days"}])
    sums: dict[str, list[int]] = {}
    for each in TaskDay.query(task_id, TaskDay.id.between(f"{asked.first}", f"{asked.last}#~")):
        day = sums.setdefault(each.id.partition("#")[0], [0, 0])
        day[0] += each.finished
        day[1] += each.claimed
    return TaskDays(
        items=[
            TaskDayView(day=date.fromisoformat(day), finished=finished, claimed=claimed)
            for day, (finished, claimed) in sorted(sums.items())
        ]
    )
