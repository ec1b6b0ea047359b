"""Points for tests."""

from __future__ import annotations

from typing import Any

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.models import LEDGER, MALL, PointsEntry, PointsRules
from chalicelib.loyalty.points.schemas import Rules
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import UnitsRefunded
from chalicelib.trade.orders.models import Order, OrderStatus


def rules(**more: Any) -> None:
    PointsRules(shop=MALL, rules=Rules(**more), version=1).save()


def give(member_id: str, points: int, *, month: str = "2027-11", cause: str = "gift") -> None:
    with Transaction() as tx:
        service.post(tx, service.open_account(member_id), "adjusted", cause, {month: points})


def buckets(member_id: str) -> dict[str, int]:
    return dict(service.open_account(member_id).buckets)


def require_sound(member_id: str) -> None:
    """The balance is the sum of the statement, bucket by bucket."""
    account, sums = service.open_account(member_id), dict[str, int]()
    found = sorted(PointsEntry.query(member_id, consistent_read=True), key=lambda each: each.sequence)
    for number, entry in enumerate(found, start=1):
        assert entry.sequence == f"{number:012d}"
        for name, change in entry.buckets.items():
            sums[name] = sums.get(name, 0) + change
    assert account.buckets == {name: left for name, left in sums.items() if left}
    assert account.balance == sum(sums.values())


def posted(member_id: str, kind: str, cause: str) -> int:
    entry = LEDGER.posted(member_id, kind, cause)
    return entry.amount if entry is not None else 0


def completed(order: Any) -> Order:
    """The order as it is when it is completed: paid and shipped without further ado."""
    (key,) = Order.by_number.query(order["number"])
    stored = orders.load(key.member_id, key.id, consistent=True)
    stored.update([Order.status.set(OrderStatus.SHIPPED)])
    with Transaction() as tx:
        orders.complete(tx, stored, by="buyer")
    return orders.load(key.member_id, key.id, consistent=True)


def refund(order: Order, units: dict[int, int], refund_id: str) -> None:
    """These pieces went back: what the refund writes and announces."""
    gone = dict(orders.load(order.member_id, order.id, consistent=True).refunded_units)
    for number, pieces in units.items():
        gone[str(number)] = gone.get(str(number), 0) + pieces
    with Transaction() as tx:
        tx.update(Order(member_id=order.member_id, id=order.id), [Order.refunded_units.set(gone)])
        named = {"member_id": order.member_id, "order_id": order.id, "refund_id": refund_id}
        tx.emit(UnitsRefunded(**named, units={str(n): pieces for n, pieces in units.items()}, refunded=gone))
