"""The life of a pickup: opened when the order is ready, over by its deadline, ended with the order."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.core import clock, ids
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.events import (
    CloseEntitlement,
    EntitlementDue,
    EntitlementLapsed,
    EntitlementOpened,
    RemindOfEntitlement,
)
from chalicelib.trade.fulfillment.entitlements.models import (
    EntitledLine,
    Entitlement,
    EntitlementStatus,
    Expiry,
    store_status,
)
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus
from chalicelib.trade.payments.giving_back import service as giving_back

log = logging.getLogger(__name__)
NOT_FETCHED = "超时未取，自动退款"
_OF_LINE = {"product_id", "sku_id", "name", "spec", "quantity"}


def open_for(tx: Transaction, order: Order) -> None:
    """The order waits at its store from now on. Nothing, if it is not ready (any more).

    :raises OrderChanged: (at commit) it changed since it was read. :raises CodeDrawnBefore: (at commit) try again.
    """
    if order.status is not OrderStatus.PAID or order.holds or order.place is None:
        log.info("nothing to fetch", extra={"order_id": order.id, "status": order.status.value, "holds": order.holds})
        return
    now, place = clock.now(), order.place
    orders.begin_processing(tx, order)
    made = Entitlement(
        order_id=order.id,
        id=ids.new("ent"),
        member_id=order.member_id,
        order_number=order.number,
        kind=order.fulfillment,
        status=EntitlementStatus.OPEN,
        code=service.new_code(),
        store_id=place.store_id,
        store_name=place.name,
        store_status=store_status(place.store_id, EntitlementStatus.OPEN),
        lines=[
            EntitledLine(line=position, **line.model_dump(include=_OF_LINE))
            for position, line in enumerate(order.lines)
        ],
        opened_at=now,
        expires_at=now + timedelta(days=settings().pickup_days),
        expiry=Expiry(settings().pickup_expiry),
    )
    service.open_with_code(tx, made)
    tx.emit(EntitlementOpened(**names(made)))
    schedule(tx, made, made.expires_at)


def schedule(tx: Transaction, found: Entitlement, expires_at: datetime) -> None:
    """Set the deadlines of an entitlement: the reminder, and its end."""
    tx.emit(CloseEntitlement(**names(found)), at=expires_at)
    remind_at = expires_at - timedelta(days=settings().pickup_reminder_days)
    if remind_at > clock.now():
        tx.emit(RemindOfEntitlement(**names(found), expires_at=expires_at), at=remind_at)


def remind(tx: Transaction, found: Entitlement, expires_at: datetime) -> None:
    """Announce that its time is over soon, if it still is, and something is left."""
    if found.status is EntitlementStatus.OPEN and found.expires_at == expires_at:
        tx.emit(EntitlementDue(**names(found), expires_at=expires_at))


def lapse(tx: Transaction, order: Order, found: Entitlement) -> None:
    """Its time is over: closed once, and what is left goes back or not, by its rule. Given more time: nothing.

    :raises EntitlementChanged, OrderChanged, RefundMoved, AccountMoved: (at commit) something moved; read again.
    """
    if found.status is not EntitlementStatus.OPEN or clock.now() < found.expires_at:
        return
    left = service.left_of(order, found)
    pieces = sum(left.values())
    service.step(tx, found, EntitlementStatus.EXPIRED)
    tx.emit(EntitlementLapsed(**names(found), pieces=pieces))
    back = bool(pieces) and found.expiry is Expiry.REFUND
    orders.note(tx, order, "系统", f"自提超时，{pieces} 件未取" + ("，自动退款" if back else "，按规则不退款"))
    if not back:
        return
    if not found.taken and not order.refunded_units:
        giving_back.call_off(tx, order, NOT_FETCHED, begun=True)
        return
    giving_back.return_units(tx, order, left, purpose=f"lapsed-{found.id[-8:]}", reason=NOT_FETCHED)
    _restock(tx, order, left, found.id)


def finish(tx: Transaction, order: Order) -> None:
    """An order that is fetched, and of which nothing is left to fetch: it is with its buyer, as far as it goes.

    One of which everything was refunded is ended by who refunded it.
    """
    if order.status is not OrderStatus.PROCESSING or not is_one(order):
        return
    found = service.of_order(order.id)
    waiting = [each for each in found if each.status is EntitlementStatus.OPEN]
    if any(service.left_of(order, each) for each in waiting):
        return
    for each in waiting:
        service.step(tx, each, EntitlementStatus.USED if each.taken else EntitlementStatus.CANCELED)
    if any(each.taken or each.status is EntitlementStatus.EXPIRED for each in found):
        orders.ship(tx, order, complete_by=clock.now(), refunds_as_read=True)


def cancel(tx: Transaction, order_id: str) -> None:
    """The order was canceled: its codes are good for nothing."""
    for each in service.of_order(order_id):
        if each.status is EntitlementStatus.OPEN:
            service.step(tx, each, EntitlementStatus.CANCELED)


def is_one(order: Order) -> bool:
    """Whether the order is fetched."""
    return order.fulfillment is Fulfillment.PICKUP


def names(found: Entitlement) -> dict[str, str]:
    """What names an entitlement in its events."""
    return {"member_id": found.member_id, "order_id": found.order_id, "entitlement_id": found.id}


def _restock(tx: Transaction, order: Order, left: Mapping[int, int], ref: str) -> None:
    """What nobody fetched is for others again."""
    pieces: dict[tuple[str, str], int] = {}
    for number, quantity in left.items():
        line = order.lines[number]
        key = (line.stock_owner, line.sku_id)
        pieces[key] = pieces.get(key, 0) + quantity
    for key, quantity in pieces.items():
        inventory.give_back(tx, key, quantity, ref=ref)
    listing.mark(tx, {order.lines[number].product_id for number in left})
