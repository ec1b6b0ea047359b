"""When an order may complete by itself. Pure: order, parcels, settings, the time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.core.settings import settings
from chalicelib.trade.fulfillment.shipments.models import Delivery, Parcel, ParcelStatus, Trouble
from chalicelib.trade.orders.models import Fulfillment, Order

LOOK_AGAIN = timedelta(days=3)


def earliest(order: Order, parcels: Sequence[Parcel], now: datetime) -> datetime | None:
    """When a shipped order may complete by itself, as things are; None: never, staff decide.

    All arrived: at its ``complete_by``, and not before the buyer had some days with the goods. Something is under way:
    not yet, look again. Under way for too long: staff decide, unless nobody ever heard of those parcels, neither from
    the courier nor from the buyer: then time decides after all. What was handed over in person is with its buyer.
    """
    if order.fulfillment is not Fulfillment.PARCEL:
        return order.complete_by or now
    limit = _shipped_at(order, now) + timedelta(days=settings().complete_limit_days)
    under_way = [parcel for parcel in parcels if not arrived(parcel)]
    complete_by = order.complete_by or now
    if not under_way:
        last = max((parcel.delivered_at or parcel.shipped_at for parcel in parcels), default=_shipped_at(order, now))
        return max(complete_by, last + timedelta(days=settings().complete_days_after_delivery))
    if now < limit:
        return max(complete_by, min(now + LOOK_AGAIN, limit))
    return max(complete_by, limit) if all(map(silent, under_way)) else None


def arrived(parcel: Parcel) -> bool:
    """Whether a parcel needs nobody's care any more. What goes without a courier is handed over when it leaves."""
    if parcel.delivery is not Delivery.EXPRESS:
        return True
    return parcel.status is ParcelStatus.DELIVERED and parcel.trouble is None


def silent(parcel: Parcel) -> bool:
    """Whether nobody ever heard of a parcel: it may not be tracked at all."""
    return parcel.last_moved_at is None and parcel.trouble in (None, Trouble.STUCK)


def _shipped_at(order: Order, now: datetime) -> datetime:
    return order.shipped_at or now
