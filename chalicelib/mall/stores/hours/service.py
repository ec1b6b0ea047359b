"""Whether it is open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.settings import settings
from chalicelib.mall.stores.hours.schemas import A_DAY, OpeningHours


def is_open(hours: OpeningHours, closed_on: Collection[date], at: datetime) -> bool:
    """Whether a span of today, or one of yesterday that ends after midnight, holds the time *at*.

    :param closed_on: business days on which no span begins. :param at: aware.
    """
    local = at.astimezone(ZoneInfo(settings().time_zone))
    today, minute = local.date(), local.hour * 60 + local.minute
    yesterday = today - timedelta(days=1)
    return _holds(hours, closed_on, today, minute) or _holds(hours, closed_on, yesterday, minute + A_DAY)


def _holds(hours: OpeningHours, closed_on: Collection[date], day: date, minute: int) -> bool:
    if day in closed_on:
        return False
    spans = (span.minutes for span in hours.of(day.weekday()))
    return any(begin <= minute < end for begin, end in spans)
