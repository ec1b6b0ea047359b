"""Mending missed days. Algorithm: docs/algorithms/tasks.md, "Making up"."""

from __future__ import annotations

from datetime import date, timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import ids
from chalicelib.core.errors import NotFound
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.tasks.check_in import service
from chalicelib.loyalty.tasks.check_in.errors import (
    CardsNotSold,
    CheckInClosed,
    CheckInMoved,
    MakeUpLimitReached,
    NoMakeUpCard,
    NotMissed,
)
from chalicelib.loyalty.tasks.check_in.models import CheckIn
from chalicelib.loyalty.tasks.check_in.schemas import MAX_DAYS, BuyCards, CheckInView
from chalicelib.loyalty.tasks.check_in.service import Sheet
from chalicelib.loyalty.tasks.check_in.streaks.service import ONE
from chalicelib.mall.identity.members import service as members

WINDOW = timedelta(days=MAX_DAYS + 1)
"""The longest window, and the day before it: the streak that a mended day joins."""


def make_up(member_id: str, day: date) -> CheckInView:
    """*day* counts after all, for a free one of this month or a card; a day that counts already costs nothing.

    :raises CheckInClosed: nobody can. :raises NotMissed: not a day that can be mended.
    :raises MakeUpLimitReached: enough for this month. :raises NoMakeUpCard: :raises AccountMoved:
    """
    return insistently(lambda: _make_up(member_id, day))


def _make_up(member_id: str, day: date) -> CheckInView:
    sheet = service.read(member_id, WINDOW)
    marks = {key for each in sheet.months.values() for key in each.marks}
    if day.isoformat() in marks:
        return service.view(sheet)
    if not sheet.rules.enabled:
        raise CheckInClosed()
    if not sheet.make_up_from <= day < sheet.today:
        raise NotMissed(**{"from": sheet.make_up_from.isoformat(), "to": (sheet.today - ONE).isoformat()})
    paid = _pay(sheet)
    reached = sheet.enter(day, made_up=True)
    reward = rewards.added([sheet.rules.daily, *reached] if sheet.rules.make_up_earns else reached)
    with Transaction() as tx:
        service.write(tx, sheet, paid, day, reward, "make_up", f"补签{day:%m-%d}")
    return service.view(sheet, reward)


def _pay(sheet: Sheet) -> list[Action]:
    """Take a free one, or a card, off *sheet*. :returns: what it changes in the account."""
    this, rules = sheet.this_month, sheet.rules
    if this.made_up >= rules.make_up_per_month:
        raise MakeUpLimitReached(limit=rules.make_up_per_month)
    this.made_up += 1
    if this.free < rules.free_per_month:
        this.free += 1
        return []
    if sheet.account.cards < 1:
        raise NoMakeUpCard()
    sheet.account.cards -= 1
    # Under the account's version, by which one at a time is used; cards that come beside it are added.
    return [CheckIn.cards.add(-1)]


def add_cards(tx: Transaction, member_id: str, count: int) -> None:
    """Add to *tx* that the member has *count* cards more. For tasks, staff and campaigns; once is the caller's care."""
    tx.update(CheckIn(member_id=member_id), [CheckIn.cards.add(count)])


def buy(member_id: str, asked: BuyCards, key: str) -> int:
    """Cards for points, once for each *key*. :returns: how many the member has.

    :raises CardsNotSold: :raises BalanceTooLow: :raises AccountMoved: :raises KeyReused:
    """
    once = Once(member_id, "buy_cards", key, asked)
    insistently(lambda: once.carry_out(lambda: _buy(member_id, asked.count, once)))
    return cards_of(member_id)


def _buy(member_id: str, count: int, once: Once) -> str:
    sheet = service.read(member_id)
    if not sheet.rules.enabled or not sheet.rules.card_points:
        raise CardsNotSold()
    cost, account = sheet.rules.card_points * count, points.open_account(member_id)
    purchase = ids.new("mkc")
    with once.writing(purchase) as tx:
        members.require_active(tx, member_id)
        points.spend(tx, account, "make_up_cards", purchase, cost, note=f"兑换补签卡{count}张")
        add_cards(tx, member_id, count)
    return purchase


def give(member_id: str, count: int, once: Once) -> int:
    """Staff give cards, once. :returns: how many the member has.

    :raises NotFound: no such member. :raises KeyReused:
    """

    def add() -> str:
        with once.writing(member_id) as tx:
            members.require_active(tx, member_id, refusal=NotFound())
            add_cards(tx, member_id, count)
        return member_id

    once.carry_out(add)
    return cards_of(member_id)


def cards_of(member_id: str) -> int:
    """The member's cards now."""
    account = CheckIn.find(member_id, consistent=True)
    cards: int = account.cards if account is not None else 0
    return cards


def inherit(tx: Transaction, member_id: str, from_member_id: str) -> None:
    """A shell went into the member: its cards too. It had no login, so no days. :raises CheckInMoved: (at commit)"""
    cards = cards_of(from_member_id)
    if cards:
        tx.delete(CheckIn(member_id=from_member_id), only_if=CheckIn.cards == cards, otherwise=CheckInMoved())
        add_cards(tx, member_id, cards)
