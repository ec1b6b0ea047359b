"""Check-in and tasks for tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.loyalty.tasks.check_in.models import MALL, Account, Month, RulesFrom
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
    found = Month.query(member_id, consistent_read=True)
    return {date.fromisoformat(day): mark.streak for each in found for day, mark in each.marks.items()}


def counted(days: set[date], last: date) -> int:
    """The plain model: days without a gap that end on *last*."""
    streak = 0
    while last - timedelta(days=streak) in days:
        streak += 1
    return streak


def require_sound(member_id: str) -> None:
    """Every mark says what one counts in the calendar, the account says the same, and the points add up."""
    found, account = marks(member_id), Account.find(member_id, consistent=True) or Account(member_id=member_id)
    for day, streak in found.items():
        assert streak == counted(set(found), day), day
    if found:
        assert account.last_day == max(found).isoformat()
        assert account.streak == found[max(found)]
    assert account.total == len(found)
    assert account.cards >= 0
    require_sound_points(member_id)
