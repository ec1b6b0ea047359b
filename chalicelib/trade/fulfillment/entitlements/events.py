"""What happens to entitlements, and their deadlines."""

from datetime import datetime

from chalicelib.trade.orders.events import OrderEvent


class EntitlementEvent(OrderEvent):
    """Names an entitlement. ``order_id`` and ``entitlement_id`` are its key; with ``member_id``, the order's."""

    entitlement_id: str


class EntitlementOpened(EntitlementEvent):
    """It can be fetched: the buyer has a code."""


class EntitlementVerified(EntitlementEvent):
    """Staff of the store handed over some of it, or the rest. ``verification_id``, ``pieces``: this time."""

    verification_id: str
    pieces: int


class EntitlementLapsed(EntitlementEvent):
    """Its time is over. ``pieces``: of so many nobody fetched."""

    pieces: int


class EntitlementDue(EntitlementEvent):
    """It is still to be fetched, and only until ``expires_at``: the buyer may like to know."""

    expires_at: datetime


class RemindOfEntitlement(EntitlementEvent):
    """Deadline: its time is over soon, at ``expires_at``, unless that has changed."""

    expires_at: datetime


class CloseEntitlement(EntitlementEvent):
    """Deadline: its time is over, unless it was given more."""
