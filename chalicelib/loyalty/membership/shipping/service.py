"""How often a level's freight is given: counted by month, under a condition, given back with the order."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.errors import MembershipMoved, ShippingUsedUp
from chalicelib.loyalty.membership.models import ShippingUse
from chalicelib.loyalty.membership.schemas import Benefits
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.orders.models import Order

NAME = "member_shipping"


def month_of(at: datetime) -> str:
    """The business month in which *at* lies."""
    return f"{clock.business_day(at):%Y-%m}"


def left(benefits: Benefits, use: ShippingUse | None) -> int | None:
    """How often the freight is still given this month; None: always."""
    if benefits.free_shipping_times is None:
        return None
    return max(benefits.free_shipping_times - (use.used if use is not None else 0), 0)


def count(tx: Transaction, member_id: str, month: str, times: int | None) -> None:
    """Add to *tx* one time more of *times*. :raises ShippingUsedUp: (at commit) none is left."""
    use = ShippingUse(member_id=member_id, month=month)
    if times is None:
        tx.update(use, [ShippingUse.used.add(1)])
        return
    tx.update(
        use,
        [ShippingUse.used.add(1)],
        only_if=ShippingUse.used.does_not_exist() | (ShippingUse.used < times),
        otherwise=ShippingUsedUp(),
    )


def give_back(tx: Transaction, order: Order) -> None:
    """The order was canceled: its time counts no more, unless a parcel has left: then it was used.

    :raises MembershipMoved: (at commit) the account was closed meanwhile.
    """
    if not any(each.kind == NAME for each in order.adjustments):
        return
    month = month_of(order.placed_at)
    use = ShippingUse.find(order.member_id, month, consistent=True)
    if use is None or use.used < 1 or (order.processing_at is not None and shipments.parcels_of(order.id)):
        return
    tx.update(use, [ShippingUse.used.add(-1)], only_if=ShippingUse.used >= 1, otherwise=MembershipMoved())


def forget(member_id: str) -> None:
    """The account was closed. That twice does no harm."""
    ShippingUse.delete_under(member_id)
