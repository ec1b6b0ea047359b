"""The limits of topping up: at once, in a day, of the balance, of a plan.

They are held when a top-up begins. Money that came is never refused.

A member's allowance is one item, written under the condition of the version that was read: of two top-ups that begin at
once, the second sees the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.wallet.errors import (
    BalanceLimitReached,
    DailyLimitReached,
    PlanLimitReached,
    TopUpTooLarge,
)
from chalicelib.loyalty.wallet.models import Allowance, Plan
from chalicelib.loyalty.wallet.service import open_account
from chalicelib.loyalty.wallet.top_ups.schemas import Terms


def take(tx: Transaction, member_id: str, plan: Plan, today: date) -> None:
    """Count a top-up of *plan* that begins.

    :raises TopUpTooLarge, DailyLimitReached, BalanceLimitReached, PlanLimitReached: at once.
    :raises AccountMoved: (at commit) another one began or ended meanwhile.
    """
    # The allowance before the balance: what is credited in between moves the allowance, and the commit is refused.
    allowance, day = _read(member_id), today.isoformat()
    counts = dict(allowance.plans)
    spent = allowance.day_amount if allowance.day == day else 0
    _require_room(allowance, plan, spent)
    if plan.per_member_limit:
        counts[plan.id] = counts.get(plan.id, 0) + 1
    more = plan.amount + plan.gift_amount
    _write(tx, allowance, allowance.open_amount + more, day, spent + plan.amount, counts)


def paid(tx: Transaction, member_id: str, amount: int) -> None:
    """An open top-up, *amount* with its gift, is in the wallet. :raises AccountMoved: (at commit)"""
    allowance = _read(member_id)
    _write(tx, allowance, allowance.open_amount - amount, allowance.day, allowance.day_amount, allowance.plans)


def give_back(tx: Transaction, member_id: str, amount: int, terms: Terms) -> None:
    """An open top-up of *amount* was never paid: it does not count. :raises AccountMoved: (at commit)"""
    allowance = _read(member_id)
    counts = dict(allowance.plans)
    if counts.get(terms.plan_id):
        counts[terms.plan_id] -= 1
    spent = allowance.day_amount - (amount if allowance.day == terms.day else 0)
    left = allowance.open_amount - amount - terms.gift_amount
    _write(tx, allowance, left, allowance.day, spent, counts)


def _require_room(allowance: Allowance, plan: Plan, spent: int) -> None:
    limits = settings()
    if plan.amount > limits.wallet_top_up_limit_amount:
        raise TopUpTooLarge(limit_amount=limits.wallet_top_up_limit_amount)
    if plan.amount > (left := max(limits.wallet_daily_limit_amount - spent, 0)):
        raise DailyLimitReached(left_amount=left)
    if plan.per_member_limit and allowance.plans.get(plan.id, 0) >= plan.per_member_limit:
        raise PlanLimitReached(limit=plan.per_member_limit)
    stored = open_account(allowance.member_id).balance + allowance.open_amount
    if plan.amount + plan.gift_amount > (room := max(limits.wallet_balance_limit_amount - stored, 0)):
        raise BalanceLimitReached(left_amount=room)


def _read(member_id: str) -> Allowance:
    return Allowance.find(member_id, consistent=True) or Allowance(
        member_id=member_id, open_amount=0, day="", day_amount=0, plans={}, version=0
    )


def _write(
    tx: Transaction, as_read: Allowance, open_amount: int, day: str, day_amount: int, plans: Mapping[str, int]
) -> None:
    tx.update(
        Allowance(member_id=as_read.member_id),
        [
            Allowance.open_amount.set(open_amount),
            Allowance.day.set(day),
            Allowance.day_amount.set(day_amount),
            Allowance.plans.set({name: count for name, count in plans.items() if count}),
            Allowance.version.set(as_read.version + 1),
        ],
        only_if=Allowance.version == as_read.version if as_read.version else Allowance.version.does_not_exist(),
        otherwise=AccountMoved(),
    )
