"""Numbers, and a member's sheet as staff see it."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core.errors import Invalid, NotFound, Unauthorized
from chalicelib.core.once import Once
from chalicelib.core.tables import batch_get
from chalicelib.loyalty.tasks.check_in import service
from chalicelib.loyalty.tasks.check_in.desk.schemas import (
    DayCounts,
    DayCountView,
    GiveCards,
    ListDays,
    MemberCheckInView,
)
from chalicelib.loyalty.tasks.check_in.make_up import service as make_up
from chalicelib.loyalty.tasks.check_in.models import SHARDS, CheckInDay

MAX_SPAN = 92


def show(member_id: str) -> MemberCheckInView:
    """:raises NotFound: no such member, or not active any more."""
    try:
        sheet = service.read(member_id, timedelta(days=31))
    except Unauthorized:
        raise NotFound() from None
    months = [service.month_of(each) for _, each in sorted(sheet.months.items(), reverse=True)]
    return MemberCheckInView(now=service.view(sheet), months=months)


def give_cards(member_id: str, asked: GiveCards, key: str) -> int:
    """:returns: how many the member has. :raises NotFound: no such member. :raises KeyReused:"""
    return make_up.give(member_id, asked.count, Once(member_id, "give_cards", key, asked))


def days(asked: ListDays) -> DayCounts:
    """Each day, also those on which nobody came. :raises Invalid: no span, or too long a one."""
    span = (asked.last - asked.first).days + 1
    if not 1 <= span <= MAX_SPAN:
        raise Invalid(errors=[{"field": "last", "issue": f"1 to {MAX_SPAN} days"}])
    wanted = [asked.first + timedelta(days=n) for n in range(span)]
    keys = [(day.isoformat(), f"{shard}") for day in wanted for shard in range(SHARDS)]
    counted = {day.isoformat(): [0, 0] for day in wanted}
    for each in batch_get({CheckInDay: keys})[CheckInDay].values():
        counted[each.day][0] += each.checked_in
        counted[each.day][1] += each.made_up
    views = [
        DayCountView(day=day, checked_in=counted[day.isoformat()][0], made_up=counted[day.isoformat()][1])
        for day in wanted
    ]
    return DayCounts(items=views)
