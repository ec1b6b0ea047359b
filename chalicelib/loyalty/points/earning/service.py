"""What an order earns, and what it spent: posted, released, taken back, given back.

Algorithm: docs/algorithms/points.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.plugs import PlugList
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.adjuster import MALL_ITEM, NAME
from chalicelib.loyalty.points.events import PointsEarned, ReleasePoints
from chalicelib.loyalty.points.exchange import service as exchange
from chalicelib.loyalty.points.models import FROZEN, LEDGER, MALL, Item, PointsEntry
from chalicelib.loyalty.points.schemas import Rules
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.returns.service import share_back

multipliers: PlugList[Callable[[Order], int | None]] = PlugList("points_multipliers")
"""What higher floors multiply an order's points by, in 1/10,000; None: nothing of theirs."""
ONCE = 10_000
Gone = dict[int, int]


def earned_by(order: Order, rules: Rules, level: str | None, times: int = ONCE) -> int:
    """What the goods of *order* earn: each line's payable yuan, times the multipliers, rounded down.

    :param times: what the order itself is multiplied by, :func:`_times`.
    """
    weekday = str(clock.business_day(order.placed_at).isoweekday())
    common = rules.level_bps.get(level or "", ONCE) * rules.weekday_bps.get(weekday, ONCE) * times
    points = 0
    for line in order.lines:
        factor = common * rules.product_bps.get(line.product_id, ONCE)
        points += line.payable_amount * rules.per_yuan * factor // (100 * ONCE**4)
    return points


def post_earned(tx: Transaction, order: Order, member: Member) -> None:
    """The completed order's points, frozen until nothing can be returned any more."""
    rules = service.rules()
    whole = earned_by(order, rules, _level(member), _times(order))
    points = _stays(order, whole)
    if points <= 0:
        return
    # A refund that comes in between would find nothing to take back.
    orders.require_refunds_as_read(tx, order)
    account = service.open_account(order.member_id)
    service.post(tx, account, "earned", order.id, {FROZEN: points}, note=order.number, whole=whole)
    named = {"member_id": order.member_id, "order_id": order.id}
    tx.emit(ReleasePoints(**named), at=clock.now() + timedelta(days=rules.freeze_days))
    tx.emit(PointsEarned(member_id=order.member_id, kind="earned", cause=order.id, points=points))


def _times(order: Order) -> int:
    """The best of the multipliers of higher floors."""
    return max((each(order) or ONCE for each in multipliers), default=ONCE)


def release(tx: Transaction, member_id: str, order_id: str) -> None:
    """What the order earned and has not lost is free, for the months that the rules say."""
    earned = LEDGER.posted(member_id, "earned", order_id)
    if earned is None:
        return
    account = service.open_account(member_id)
    points = earned.amount - _taken_back(member_id, order_id)
    points = min(points, account.buckets.get(FROZEN, 0))
    if points > 0:
        changes = service.credited(account, points, service.rules().months)
        service.post(tx, account, "released", order_id, {FROZEN: -points, **changes})


def take_back_earned(tx: Transaction, order: Order, refund_id: str) -> None:
    """Pieces went back: what they earned is taken back, also if it was spent.

    Of all pieces that are gone by now, less what was left out or taken back before: messages may come in any order,
    also before the one that posts what the order earned.
    """
    earned = LEDGER.posted(order.member_id, "earned", order.id)
    if earned is None:
        return
    lost = earned.amount - _taken_back(order.member_id, order.id) - _stays(order, earned.whole)
    if lost > 0:
        service.take_back(tx, order.member_id, f"{order.id}/{refund_id}", lost)


def give_back_spent(tx: Transaction, order: Order, refund_id: str, units: Gone, gone: Gone) -> None:
    """Pieces went back: the points that they cost come back."""
    spent = _spent(order)
    if spent is None:
        return
    before = _before(order, units, gone)
    so_far = _cost(order, -spent.amount, {}, before)
    after = so_far + _cost(order, -spent.amount, before, units)
    if after > so_far:
        account = service.open_account(order.member_id)
        service.give_back(tx, account, spent, f"{order.id}/{refund_id}", so_far, after)


def give_back_all(tx: Transaction, order: Order) -> None:
    """The order was canceled: its points come back, and what it took of the points mall."""
    spent = _spent(order)
    if spent is not None:
        account = service.open_account(order.member_id)
        service.give_back(tx, account, spent, order.id, 0, -spent.amount)
    for item_id, pieces in _exchanged(order).items():
        exchange.give_back(tx, item_id, order.member_id, sum(pieces))


def give_back_pieces(tx: Transaction, order: Order, units: Gone) -> None:
    """These pieces can be had again: what was bought of the points mall counts no more, neither as sold nor as had."""
    for item_id, pieces in _exchanged(order).items():
        back = sum(min(units.get(number, 0), bought) for number, bought in enumerate(pieces))
        if back:
            exchange.give_back(tx, item_id, order.member_id, back)


def _spent(order: Order) -> PointsEntry | None:
    """The posting by which the order spent points; not looked for where no price step used any."""
    if not any(each.kind in (NAME, MALL_ITEM) for each in order.adjustments):
        return None
    spent: PointsEntry | None = LEDGER.posted(order.member_id, "spent", order.id)
    return spent


def _stays(order: Order, whole: int) -> int:
    """Of what the whole order earns, what hangs on the pieces that did not go back."""
    gone = {int(number): pieces for number, pieces in order.refunded_units.items()}
    return whole - share_back(order.lines, whole, {}, gone)


def _before(order: Order, units: Gone, gone: Gone) -> Gone:
    return {number: gone.get(number, 0) - units.get(number, 0) for number in range(len(order.lines))}


def _cost(order: Order, spent: int, refunded: Gone, units: Gone) -> int:
    """The points that hang on *units*: by what points took off each piece, and by the points mall's pieces."""
    points = 0
    for each in order.adjustments:
        if each.kind == NAME:
            off = [-share for share in each.shares]
            points += share_back(order.lines, int(each.source_id), refunded, units, amounts=off)
            spent -= int(each.source_id)
    for pieces in _exchanged(order).values():
        points += share_back(order.lines, spent, refunded, units, amounts=pieces)
    return points


def _exchanged(order: Order) -> dict[str, list[int]]:
    """Items of the points mall → the pieces of each line that were bought with it."""
    found = {}
    for each in order.adjustments:
        if each.kind == MALL_ITEM:
            mine = [bool(share) for share in each.shares]
            if not any(mine):  # it cost in money what the goods cost: the item says which they are
                item = Item.find(MALL, each.source_id)
                mine = [item is not None and line.sku_id == item.sku_id for line in order.lines]
            found[each.source_id] = [line.quantity if yes else 0 for line, yes in zip(order.lines, mine, strict=True)]
    return found


def _taken_back(member_id: str, order_id: str) -> int:
    begins = PointsEntry.id.startswith(f"taken_back#{order_id}/")
    return -sum(each.amount for each in PointsEntry.query(member_id, begins, consistent_read=True))


def _level(member: Member) -> str | None:
    notices: dict[str, Any] = member.notices or {}
    level = notices.get("level")
    return level if isinstance(level, str) else None
