"""What waits at a store, what was fetched, vouchers and their use are told to the buyer."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core import clock
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
from chalicelib.trade.fulfillment.goods_codes.events import CodesGiven
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Fulfillment


@subscribe(EntitlementOpened, queue="notifications")
def tell_pickup_ready(event: EntitlementOpened, tx: Transaction) -> None:
    """It can be fetched."""
    _tell(tx, {Fulfillment.PICKUP: service.PICKUP_READY, Fulfillment.VOUCHER: service.VOUCHER_READY}, event)


@subscribe(EntitlementDue, queue="notifications")
def tell_pickup_due(event: EntitlementDue, tx: Transaction) -> None:
    """It can be fetched for some days more."""
    _tell(tx, {Fulfillment.PICKUP: service.PICKUP_DUE, Fulfillment.VOUCHER: service.VOUCHER_DUE}, event)


@subscribe(EntitlementVerified, queue="notifications")
def tell_pickup_done(event: EntitlementVerified, tx: Transaction) -> None:
    """Some of it was fetched: if it was not the buyer who did, they know at once."""
    made = Verification.get(event.entitlement_id, event.verification_id, consistent_read=True)
    kinds = {Fulfillment.PICKUP: service.PICKUP_DONE, Fulfillment.VOUCHER: service.VOUCHER_USED}
    _tell(tx, kinds, event, made.id, pieces=event.pieces, taken_at=made.at)


@subscribe(CodesGiven, queue="notifications")
def tell_code_given(event: CodesGiven, tx: Transaction) -> None:
    """The codes can be seen; they are in no message."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    said: dict[str, Value] = {
        "order_number": order.number,
        "product_name": order.lines[0].name,
        "quantity": sum(line.quantity for line in order.lines),
        "given_at": order.shipped_at or clock.now(),
    }
    tell(tx, service.CODE_GIVEN, member_id=order.member_id, group=order.id, values=said, links={"order_id": order.id})


def _tell(
    tx: Transaction, kinds: Mapping[Fulfillment, Kind], event: EntitlementEvent, subject: str = "", **more: Value
) -> None:
    order = orders.load(event.member_id, event.order_id, consistent=True)
    found = entitlements.load(event.order_id, event.entitlement_id)
    tell(
        tx,
        kinds[found.kind],
        member_id=order.member_id,
        group=order.id,
        subject=subject or found.id,
        values=service.of_pickup(order, found, **more),
        links={"order_id": order.id},
    )
