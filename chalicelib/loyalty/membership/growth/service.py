"""The ledger of growth as everybody uses it. Promise and algorithm: docs/algorithms/membership.md, "Growth".

A function that is given ``tx`` reads the account and the member's level and adds one posting, with the level that
follows from it. The caller's transaction is refused with ``AccountMoved`` if either moved meanwhile, and with
``AlreadyPosted`` if the cause was posted before.
"""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock, money
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.levels.service import Loaded
from chalicelib.loyalty.membership.models import GROWTH, LEDGER, MALL, GrowthEntry, GrowthRulesRow
from chalicelib.loyalty.membership.schemas import GrowthRules
from chalicelib.loyalty.wallet.top_ups.service import TOPPED_UP, terms_of
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.pricing.returns.service import share_back


def rules() -> GrowthRules:
    """The rules now; the defaults while staff set none."""
    return rules_of(GrowthRulesRow.find(MALL))


def rules_of(stored: GrowthRulesRow | None) -> GrowthRules:
    """The rules in a row that was read already."""
    return stored.rules if stored is not None else GrowthRules()


def for_doing(name: str) -> int:
    """The growth that the rules give for a doing; unknown ones give none."""
    return rules().doings.get(name, 0)


def earn(tx: Transaction, member_id: str, amount: int, kind: str, cause: str, note: str | None = None) -> None:
    """Growth for what a member did, and the level that it reaches; nothing for nothing. For every feature above.

    The member is not looked at: the caller's transaction holds that the account is open.

    :param kind: what was done (``check_in``). :param cause: the id of that doing: once per kind and cause.
    """
    if amount > 0:
        post(tx, levels.load(member_id), kind, cause, amount, note=note)


def post(
    tx: Transaction,
    found: Loaded,
    kind: str,
    cause: str,
    change: int,
    *,
    note: str | None = None,
    overdraw: bool = False,
    **more: Any,
) -> None:
    """One posting, and the level that follows from it: up at once, down by what is taken back.

    :raises BalanceTooLow: the value would fall below zero; at once.
    """
    LEDGER.post(tx, found.account, kind, cause, {GROWTH: change}, note=note, overdraw=overdraw, **more)
    growth = found.account.balance + change
    levels.follow(tx, found, levels.decide(found.standing, growth, found.ladder, clock.now()))


def shares_of(order: Order, by: GrowthRules) -> list[int]:
    """What each line of *order* gives before anything goes back."""
    paid = [0 if line.product_id in by.excluded_product_ids else line.payable_amount for line in order.lines]
    shares = [amount * by.per_yuan // 100 for amount in paid]
    if by.order_bonus and sum(paid) >= max(by.order_bonus_from_amount, 1):
        shares = [share + part for share, part in zip(shares, money.allocate(by.order_bonus, paid), strict=True)]
    return shares


def earn_for_doing(tx: Transaction, member_id: str, name: str, cause: str) -> None:
    """What the rules give for a doing, once for each cause; who is closed has no account any more."""
    if _is_active(member_id) and LEDGER.posted(member_id, name, cause) is None:
        earn(tx, member_id, for_doing(name), name, cause)


def take_back_doing(tx: Transaction, member_id: str, name: str, cause: str) -> None:
    """What a doing earned, as much as it was then, goes; it counts no more."""
    earned = LEDGER.posted(member_id, name, cause)
    if earned is not None:
        found, undone = levels.load(member_id), f"{name}/{cause}"
        post(tx, found, "taken_back", undone, -earned.amount, overdraw=True)


def earn_by_order(tx: Transaction, order: Order) -> None:
    """The completed order's growth, without the pieces that went back."""
    if not _is_active(order.member_id):
        return
    shares = shares_of(order, rules())
    growth = _stays(order, shares)
    if growth > 0:
        # A refund that comes in between would find nothing to take back.
        orders.require_refunds_as_read(tx, order)
        post(tx, levels.load(order.member_id), "earned", order.id, growth, note=order.number, shares=shares)


def take_back(tx: Transaction, order: Order, refund_id: str) -> None:
    """Pieces went back: so does what all pieces that are gone by now gave, less what was taken back before."""
    earned: GrowthEntry | None = LEDGER.posted(order.member_id, "earned", order.id)
    if earned is None or earned.shares is None:
        return
    lost = earned.amount - _taken_back(order) - _stays(order, earned.shares)
    if lost > 0:
        found, cause = levels.load(order.member_id), f"{order.id}/{refund_id}"
        post(tx, found, "taken_back", cause, -lost, note=order.number, overdraw=True)


def earn_by_top_up(tx: Transaction, top_up: DirectPurchase) -> None:
    """The growth that came with a top-up."""
    if _is_active(top_up.member_id):
        earn(tx, top_up.member_id, terms_of(top_up).growth, TOPPED_UP, top_up.id)


def take_back_of_top_up(tx: Transaction, top_up: DirectPurchase, before_amount: int, amount: int) -> None:
    """Principal of it goes back, and its share of the growth."""
    now = before_amount + amount
    lost = purchases.share(terms_of(top_up).growth, top_up.amount, before_amount, now)
    if lost:
        post(tx, levels.load(top_up.member_id), "taken_back", f"{top_up.id}/{now}", -lost, overdraw=True)


def merge(tx: Transaction, member_id: str, from_member_id: str) -> None:
    """A shell went into a member: its growth is the member's, and its account ends."""
    shell = levels.load(from_member_id)
    if shell.account.balance:
        post(tx, levels.load(member_id), "merged", from_member_id, shell.account.balance, overdraw=True)
    _forget(tx, shell)


def forget(tx: Transaction, member_id: str) -> None:
    """The account was closed: nothing of it is kept."""
    _forget(tx, levels.load(member_id))


def _forget(tx: Transaction, found: Loaded) -> None:
    """The statement goes at once: that twice does no harm."""
    GrowthEntry.delete_under(found.account.member_id)
    if found.account.version:
        tx.delete(found.account)
    if found.row is not None:
        tx.delete(found.row)


def _stays(order: Order, shares: list[int]) -> int:
    """Of *shares*, what hangs on the pieces that did not go back."""
    whole, gone = sum(shares), {int(number): pieces for number, pieces in order.refunded_units.items()}
    return whole - share_back(order.lines, whole, {}, gone, amounts=shares) if whole else 0


def _taken_back(order: Order) -> int:
    begins = GrowthEntry.id.startswith(f"taken_back#{order.id}/")
    return -sum(each.amount for each in GrowthEntry.query(order.member_id, begins, consistent_read=True))


def _is_active(member_id: str) -> bool:
    member = Member.find(member_id, consistent=True)
    return member is not None and member.status is MemberStatus.ACTIVE
