"""Rules have dates: an edit holds from the next day on, so that nobody's day changes under their hands."""

from __future__ import annotations

from datetime import date, timedelta

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.tasks.check_in.errors import CheckInRulesEdited
from chalicelib.loyalty.tasks.check_in.models import MALL, RulesFrom
from chalicelib.loyalty.tasks.check_in.rules.schemas import RulesView, SetRules
from chalicelib.loyalty.tasks.check_in.schemas import Rules


def rules_on(day: date) -> Rules:
    """The rules of a business day; the defaults (closed) before staff set any."""
    found = RulesFrom.query(
        MALL, RulesFrom.from_day <= day.isoformat(), scan_index_forward=False, limit=1, consistent_read=True
    )
    return next((each.rules for each in found), Rules())


def show() -> RulesView:
    """The rules of today, and those that wait for tomorrow."""
    today, newest = clock.today(), _newest()
    coming = newest if newest is not None and newest.from_day > today.isoformat() else None
    return RulesView(
        rules=rules_on(today),
        next_rules=coming.rules if coming is not None else None,
        next_from=date.fromisoformat(coming.from_day) if coming is not None else None,
        version=newest.version if newest is not None else 0,
    )


def put(asked: SetRules, staff_id: str) -> RulesView:
    """Set the rules from tomorrow on; the first of all hold at once.

    :raises CheckInRulesEdited: they were set meanwhile. :raises TemplateNotFound: a reward names no template.
    """
    rewards.require_sound([asked.rules.daily, *(each.reward for each in asked.rules.steps)])
    newest = _newest()
    version = newest.version if newest is not None else 0
    refusal = CheckInRulesEdited(version=version)
    if asked.version != version:
        raise refusal
    from_day = (clock.today() + timedelta(days=1) if newest is not None else clock.today()).isoformat()
    written = RulesFrom(
        shop=MALL, from_day=from_day, rules=asked.rules, version=version + 1, at=clock.now(), by=staff_id
    )
    replaces = newest is not None and newest.from_day == from_day
    unmoved = RulesFrom.version == version if replaces else RulesFrom.from_day.does_not_exist()
    with Transaction() as tx:
        tx.put(written, only_if=unmoved, otherwise=refusal)
    return show()


def _newest() -> RulesFrom | None:
    return next(iter(RulesFrom.query(MALL, scan_index_forward=False, limit=1, consistent_read=True)), None)
