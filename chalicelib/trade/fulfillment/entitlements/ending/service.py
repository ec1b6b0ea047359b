"""How entitlements end: their time is over, nothing is left, the order is canceled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.events import EntitlementDue, EntitlementLapsed
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus, Expiry
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus
from chalicelib.trade.payments.giving_back import service as giving_back

_UNUSED = {
    Fulfillment.PICKUP: ("自提超时", "件未取", "超时未取"),
    Fulfillment.VOUCHER: ("券过期", "张未用完", "过期未用"),
}


def remind(tx: Transaction, order: Order, expires_at: datetime) -> None:
    """Announce that time is over soon, once for all of the order that are still open then."""
    for each in service.of_order(order.id):
        if each.status is EntitlementStatus.OPEN and each.expires_at == expires_at:
            tx.emit(EntitlementDue(**service.names(each), expires_at=expires_at))
            return


def lapse(tx: Transaction, order: Order) -> None:
    """The time of some is over: each is closed once, and what is left goes back or not, by its rule.

    :raises EntitlementChanged, OrderChanged, RefundMoved, AccountMoved: (at commit) something moved; read again.
    """
    now, found = clock.now(), service.of_order(order.id)
    over = [each for each in found if each.status is EntitlementStatus.OPEN and now >= each.expires_at]
    if not over:
        return
    void, pieces, back = service.voided(order, found), 0, dict[int, int]()
    for each in over:
        gone = each.id in void
        service.step(tx, each, EntitlementStatus.CANCELED if gone else EntitlementStatus.EXPIRED)
        left = {} if gone else service.unfetched(order, each)
        pieces += sum(left.values())
        for line, quantity in left.items() if each.expiry is Expiry.REFUND else ():
            back[line] = back.get(line, 0) + quantity
    title, unit, reason = _UNUSED[over[0].kind]
    tx.emit(EntitlementLapsed(**service.names(over[0]), pieces=pieces))
    orders.note(tx, order, "系统", f"{title}，{pieces} {unit}" + ("，自动退款" if back else "，不退款"))
    if back:
        _give_back(tx, order, found, over, back, f"{reason}，自动退款")


def finish(tx: Transaction, order: Order) -> None:
    """What was refunded is good for nothing; and when nothing is left of the order, it is with its buyer.

    One of which everything was refunded is ended by who refunded it.
    """
    if order.status is not OrderStatus.PROCESSING or order.fulfillment not in service.KINDS:
        return
    found = service.of_order(order.id)
    void = service.voided(order, found)
    waiting = [each for each in found if each.status is EntitlementStatus.OPEN]
    done = [each for each in waiting if each.id in void or not service.left_of(order, each)]
    for each in done:
        service.step(tx, each, EntitlementStatus.USED if each.taken else EntitlementStatus.CANCELED)
    fetched = any(each.taken or each.status is EntitlementStatus.EXPIRED for each in found)
    if len(done) == len(waiting) and fetched:
        orders.ship(tx, order, complete_by=clock.now(), refunds_as_read=True)


def cancel(tx: Transaction, order_id: str) -> None:
    """The order was canceled: its codes are good for nothing."""
    for each in service.of_order(order_id):
        if each.status is EntitlementStatus.OPEN:
            service.step(tx, each, EntitlementStatus.CANCELED)


def _give_back(
    tx: Transaction,
    order: Order,
    found: Sequence[Entitlement],
    over: Sequence[Entitlement],
    back: Mapping[int, int],
    reason: str,
) -> None:
    """The order is called off when nothing of it was or will be fetched; else its pieces go back."""
    whole = sum(back.values()) == sum(line.quantity for line in order.lines)
    if whole and len(over) == len(found):
        giving_back.call_off(tx, order, reason, begun=True)
        return
    giving_back.return_units(tx, order, back, purpose=f"lapsed-{over[0].id[-8:]}", reason=reason)
    _restock(tx, order, back, over[0].id)


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
