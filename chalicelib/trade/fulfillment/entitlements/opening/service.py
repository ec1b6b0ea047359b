"""How entitlements begin: one for an order that is fetched, one for each piece of a voucher."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from chalicelib.core import clock, ids
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import VoucherTerms
from chalicelib.mall.stores import service as stores
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.ending import service as ending
from chalicelib.trade.fulfillment.entitlements.events import CloseEntitlement, EntitlementOpened, RemindOfEntitlement
from chalicelib.trade.fulfillment.entitlements.models import (
    EntitledLine,
    Entitlement,
    EntitlementStatus,
    Expiry,
    store_status,
)
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus
from chalicelib.trade.pricing.schemas import PricedLine

log = logging.getLogger(__name__)
NAMED_STORES = 3
_OF_LINE = {"product_id", "sku_id", "name", "spec"}


class Counter:
    """Fulfills what ends at a counter: pickups and vouchers."""

    def begin(self, tx: Transaction, order: Order) -> None:
        open_for(tx, order)

    def cancel(self, tx: Transaction, order: Order) -> None:
        ending.cancel(tx, order.id)


def open_for(tx: Transaction, order: Order) -> None:
    """The buyer has what the order is good for. Nothing, if it is not ready (any more).

    :raises OrderChanged: (at commit) it changed since it was read. :raises CodeDrawnBefore: (at commit) try again.
    """
    if order.status is not OrderStatus.PAID or order.holds:
        log.info("nothing to open", extra={"order_id": order.id, "status": order.status.value, "holds": order.holds})
        return
    orders.begin_processing(tx, order)
    made = [_pickup(order)] if order.fulfillment is Fulfillment.PICKUP else _vouchers(order)
    for each in made:
        service.open_with_code(tx, each)
    tx.emit(EntitlementOpened(**service.names(made[0])))
    for each in {each.expires_at: each for each in made}.values():
        schedule(tx, each, each.expires_at)


def schedule(tx: Transaction, found: Entitlement, expires_at: datetime) -> None:
    """Set the deadlines of an entitlement, and of those of its order with the same time: the reminder, and the end."""
    names = service.names(found)
    tx.emit(CloseEntitlement(**names), at=expires_at)
    remind_at = expires_at - timedelta(days=settings().pickup_reminder_days)
    if remind_at > clock.now():
        tx.emit(RemindOfEntitlement(**names, expires_at=expires_at), at=remind_at)


def _pickup(order: Order) -> Entitlement:
    if order.place is None:
        raise ValueError("a pickup has a place")
    made = _new(order)
    made.store_id, made.store_name = order.place.store_id, order.place.name
    made.store_status = store_status(made.store_id, EntitlementStatus.OPEN)
    made.lines = [_line(number, line, line.quantity) for number, line in enumerate(order.lines)]
    made.expires_at = made.opened_at + timedelta(days=settings().pickup_days)
    made.expiry = Expiry(settings().pickup_expiry)
    return made


def _vouchers(order: Order) -> list[Entitlement]:
    made = []
    for number, line in enumerate(order.lines):
        terms = line.voucher or VoucherTerms(valid_days=settings().pickup_days)
        name = _names_of(terms.store_ids)
        made += [_voucher(order, number, line, terms, name) for _ in range(line.quantity)]
    return made


def _voucher(order: Order, number: int, line: PricedLine, terms: VoucherTerms, store_name: str) -> Entitlement:
    made = _new(order)
    made.store_id, made.store_ids, made.store_name = "", terms.store_ids, store_name
    made.store_status = store_status("", EntitlementStatus.OPEN)
    made.lines = [_line(number, line, terms.times)]
    made.valid_from = terms.valid_from
    made.expires_at = terms.valid_until or made.opened_at + timedelta(days=terms.valid_days or 0)
    # Over before it could be used, because the money or a group came late: that is nobody's fault but the shop's.
    refund = terms.refund_expired or made.expires_at <= made.opened_at
    made.expiry = Expiry.REFUND if refund else Expiry.KEEP
    return made


def _new(order: Order) -> Entitlement:
    return Entitlement(
        order_id=order.id,
        id=ids.new("ent"),
        member_id=order.member_id,
        order_number=order.number,
        kind=order.fulfillment,
        status=EntitlementStatus.OPEN,
        code=service.new_code(),
        opened_at=clock.now(),
    )


def _line(number: int, line: PricedLine, quantity: int) -> EntitledLine:
    return EntitledLine(line=number, quantity=quantity, **line.model_dump(include=_OF_LINE))


def _names_of(store_ids: Sequence[str]) -> str:
    """What the buyer reads of where it is good."""
    known = stores.directory().by_id
    names = [known[each].name for each in store_ids if each in known]
    if not store_ids:
        return "全部门店"
    return "、".join(names[:NAMED_STORES]) + (f"等{len(names)}家" if len(names) > NAMED_STORES else "")
