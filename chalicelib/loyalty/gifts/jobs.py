"""Every day has its birthdays."""

from __future__ import annotations

from chalicelib.core.jobs import job
from chalicelib.loyalty.gifts.days import service


@job("give_day_gifts")
def give_day_gifts() -> int:
    """Begin the business days that have not begun; messages do the rest. Each hour, so that a day begins with its
    first hour in any time zone. :returns: how many days were begun.
    """
    return service.run()
