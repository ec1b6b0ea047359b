"""Orders that are fetched: opened, ended, counted."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.counters import service as counters
from chalicelib.trade.fulfillment.entitlements.ending import service as ending
from chalicelib.trade.fulfillment.entitlements.events import (
    CloseEntitlement,
    EntitlementLapsed,
    EntitlementOpened,
    EntitlementVerified,
    RemindOfEntitlement,
)
from chalicelib.trade.fulfillment.entitlements.models import StoreDay, Verification
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderEmptied, OrderEvent, UnitsRefunded
from chalicelib.trade.orders.models import Fulfillment, Order


@subscribe(RemindOfEntitlement, queue="fulfillment")
def remind_of_entitlement(event: RemindOfEntitlement, tx: Transaction) -> None:
    """Announce that its time is over soon."""
    ending.remind(tx, _order(event), event.expires_at)


@subscribe(CloseEntitlement, queue="fulfillment")
def close_entitlement(event: CloseEntitlement, tx: Transaction) -> None:
    """Its time is over."""
    ending.lapse(tx, _order(event))


@subscribe(EntitlementLapsed, queue="fulfillment")
def finish_lapsed(event: EntitlementLapsed, tx: Transaction) -> None:
    """What is left of the order is nothing: it goes on its way to completion."""
    ending.finish(tx, _order(event))


@subscribe(EntitlementVerified, queue="fulfillment")
def finish_verified(event: EntitlementVerified, tx: Transaction) -> None:
    """The same, when the last voucher was used."""
    ending.finish(tx, _order(event))


@subscribe(UnitsRefunded, queue="fulfillment")
def finish_refunded(event: UnitsRefunded, tx: Transaction) -> None:
    """The same, when what was left was refunded."""
    ending.finish(tx, _order(event))


@subscribe(OrderEmptied, queue="fulfillment")
def cancel_emptied(event: OrderEmptied, tx: Transaction) -> None:
    """Every piece was refunded: the codes are good for nothing."""
    ending.cancel(tx, event.order_id)


@subscribe(EntitlementOpened, queue="reactions")
def count_opened(event: EntitlementOpened, tx: Transaction) -> None:
    """The store's day: one more waits there."""
    found = service.load(event.order_id, event.entitlement_id)
    counters.count(tx, found.store_id, found.opened_at, StoreDay.opened_count.add(1))


@subscribe(EntitlementVerified, queue="reactions")
def count_verified(event: EntitlementVerified, tx: Transaction) -> None:
    """The store's day: handed over."""
    made = Verification.get(event.entitlement_id, event.verification_id, consistent_read=True)
    vouchers = event.pieces if made.kind is Fulfillment.VOUCHER else 0
    counters.count(
        tx,
        made.store_id,
        made.at,
        StoreDay.verification_count.add(1),
        StoreDay.piece_count.add(event.pieces),
        StoreDay.voucher_count.add(vouchers),
        StoreDay.handed_over_amount.add(made.amount),
    )


@subscribe(EntitlementLapsed, queue="reactions")
def count_lapsed(event: EntitlementLapsed, tx: Transaction) -> None:
    """The store's day: not fetched."""
    found = service.load(event.order_id, event.entitlement_id)
    counters.count(tx, found.store_id, found.closed_at or clock.now(), StoreDay.expired_count.add(1))


def _order(event: OrderEvent) -> Order:
    return orders.load(event.member_id, event.order_id, consistent=True)
