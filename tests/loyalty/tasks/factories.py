"""Check-in and tasks for tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.loyalty.tasks.center import service as center
from chalicelib.loyalty.tasks.center.editing import service as editing
from chalicelib.loyalty.tasks.center.editing.schemas import EditTask, SetTaskStatus
from chalicelib.loyalty.tasks.center.models import Task, TaskDay, TaskStatus
from chalicelib.loyalty.tasks.center.schemas import Plan
from chalicelib.loyalty.tasks.check_in.models import MALL, CheckIn, CheckInMonth, RulesFrom
from chalicelib.loyalty.tasks.check_in.schemas import Rules
from tests.loyalty.points.factories import require_sound as require_sound_points

EVER = "2026-01-01"


def rules(from_day: str = EVER, **more: Any) -> None:
    """Five points a day, fifty on step 3, three days' window, one free make-up."""
    usual: dict[str, Any] = {
        "enabled": True,
        "daily": {"points": 5},
        "steps": [{"step": 3, "reward": {"points": 50}}],
        "free_per_month": 1,
    }
    made = Rules.model_validate({**usual, **more})
    RulesFrom(shop=MALL, from_day=from_day, rules=made, version=1, at=clock.now(), by="stf_1").save()


def marks(member_id: str) -> dict[date, int]:
    """The days that count, with the streak that each says."""
    found = CheckInMonth.query(member_id, consistent_read=True)
    return {date.fromisoformat(day): mark.streak for each in found for day, mark in each.marks.items()}


def counted(days: set[date], last: date) -> int:
    """The plain model: days without a gap that end on *last*."""
    streak = 0
    while last - timedelta(days=streak) in days:
        streak += 1
    return streak


def require_sound(member_id: str) -> None:
    """Every mark says what one counts in the calendar, the account says the same, and the points add up."""
    found, account = marks(member_id), CheckIn.find(member_id, consistent=True) or CheckIn(member_id=member_id)
    for day, streak in found.items():
        assert streak == counted(set(found), day), day
    if found:
        assert account.last_day == max(found).isoformat()
        assert account.streak == found[max(found)]
    assert account.total == len(found)
    assert account.cards >= 0
    require_sound_points(member_id)


def task(kind: str, *, active: bool = True, **more: Any) -> Task:
    """A task that gives 20 points, open from yesterday on for a year."""
    now = clock.now()
    usual: dict[str, Any] = {
        "title": f"任务 {kind}",
        "kind": kind,
        "reward": {"points": 20},
        "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=365),
    }
    made = editing.create(Plan.model_validate({**usual, **more}))
    if active:
        editing.set_status(made.id, SetTaskStatus(status=TaskStatus.ACTIVE, version=1))
    return center.load(made.id)


def edited(stored: Task, **more: Any) -> None:
    """Staff change the plan."""
    plan = Plan.model_validate({**stored.plan.model_dump(), **more})
    editing.edit(stored.id, EditTask(plan=plan, version=center.load(stored.id).version))


def numbers_of(stored: Task) -> tuple[int, int]:
    """How often it was finished and claimed."""
    rows = list(TaskDay.query(stored.id, consistent_read=True))
    return sum(each.finished for each in rows), sum(each.claimed for each in rows)
