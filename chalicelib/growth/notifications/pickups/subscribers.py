"""What waits at a store, and what was fetched, is told to its buyer."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds.schemas import Kind, Value
from chalicelib.growth.notifications.pickups import service
from chalicelib.growth.notifications.service import tell
from chalicelib.trade.fulfillment.entitlements import service as entitlements
from chalicelib.trade.fulfillment.entitlements.events import (
    EntitlementDue,
    EntitlementEvent,
    EntitlementOpened,
    EntitlementVerified,
)
from chalicelib.trade.fulfillment.entitlements.models import Verification
from chalicelib.trade.orders import service as orders


@subscribe(EntitlementOpened, queue="notifications")
def tell_pickup_ready(event: EntitlementOpened, tx: Transaction) -> None:
    """It can be fetched."""
    _tell(tx, service.PICKUP_READY, event)


@subscribe(EntitlementDue, queue="notifications")
def tell_pickup_due(event: EntitlementDue, tx: Transaction) -> None:
    """It can be fetched for some days more."""
    _tell(tx, service.PICKUP_DUE, event)


@subscribe(EntitlementVerified, queue="notifications")
def tell_pickup_done(event: EntitlementVerified, tx: Transaction) -> None:
    """Some of it was fetched: if it was not the buyer who did, they know at once."""
    made = Verification.get(event.entitlement_id, event.verification_id, consistent_read=True)
    _tell(tx, service.PICKUP_DONE, event, made.id, pieces=event.pieces, taken_at=made.at)


def _tell(tx: Transaction, kind: Kind, event: EntitlementEvent, subject: str = "", **more: Value) -> None:
    order = orders.load(event.member_id, event.order_id, consistent=True)
    found = entitlements.load(event.order_id, event.entitlement_id)
    tell(
        tx,
        kind,
        member_id=order.member_id,
        group=order.id,
        subject=subject or found.id,
        values=service.of_pickup(order, found, **more),
        links={"order_id": order.id},
    )
