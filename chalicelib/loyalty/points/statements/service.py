"""Statements, and changes by staff."""

from __future__ import annotations

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once
from chalicelib.core.schemas import Page
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.models import FROZEN, NO_MONTHS, OWED, Points, PointsEntry
from chalicelib.loyalty.points.statements.schemas import AdjustPoints, BalanceView, EntryView
from chalicelib.mall.identity.members import service as members

EXPORTED = 200


def balance(member_id: str) -> BalanceView:
    """The member's points now."""
    return balance_of(service.open_account(member_id))


def balance_of(account: Points) -> BalanceView:
    """The points of an account that was read."""
    now = clock.now()
    this = service.month_of(clock.today())
    months = sorted(each for each in account.buckets if each not in NO_MONTHS and each >= this)
    return BalanceView(
        usable=service.usable(account, now),
        frozen=account.buckets.get(FROZEN, 0),
        owed=-account.buckets.get(OWED, 0),
        ending_month=months[0] if months else None,
        ending=account.buckets[months[0]] if months else 0,
    )


def entries(member_id: str, limit: int, cursor: str | None) -> Page[EntryView]:
    """The statement, newest first."""
    found, rest = pages.query(PointsEntry.by_sequence, member_id, limit=limit, cursor=cursor)
    return Page[EntryView](items=[EntryView.of(each) for each in found], cursor=rest)


def export(member_id: str) -> list[dict[str, object]]:
    """The newest entries, for the copy of the member's personal data. Registered with identity."""
    newest = PointsEntry.by_sequence.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [EntryView.of(each).model_dump(mode="json") for each in newest]


def adjust(member_id: str, asked: AdjustPoints, key: str) -> BalanceView:
    """Staff give or take points, with a reason, once for each *key*.

    :raises Invalid: nothing to change. :raises BalanceTooLow: fewer are usable. :raises BalanceTooHigh:
    :raises NotFound: no such member.
    """
    if asked.points == 0:
        raise Invalid(errors=[{"field": "points", "issue": "not zero"}])
    once = Once(member_id, "adjust_points", key, asked)
    insistently(lambda: once.carry_out(lambda: _adjust(member_id, asked, once)))
    return balance(member_id)


def _adjust(member_id: str, asked: AdjustPoints, once: Once) -> str:
    account, cause = service.open_account(member_id), ids.new("adj")
    with once.writing(cause) as tx:
        members.require_active(tx, member_id, refusal=NotFound())
        if asked.points > 0:
            changes = service.credited(account, asked.points, service.rules().months)
            service.post(tx, account, "adjusted", cause, changes, note=asked.reason)
        else:
            service.spend(tx, account, "adjusted", cause, -asked.points, note=asked.reason)
    return cause
