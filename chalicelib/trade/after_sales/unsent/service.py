"""What of an order has not left: parcels hold it while it is asked for, a store's counter looks when it is decided.

What waits in a store, or for its code, is not held: who has it meanwhile is refunded as one who has it.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.transaction import Transaction
from chalicelib.trade.after_sales.models import Kind
from chalicelib.trade.after_sales.service import Case, Scene
from chalicelib.trade.fulfillment.entitlements import service as entitlements
from chalicelib.trade.fulfillment.entitlements.models import EntitlementStatus
from chalicelib.trade.fulfillment.shipments.withdrawals import service as withdrawals
from chalicelib.trade.fulfillment.shipments.withdrawals.service import Rest
from chalicelib.trade.orders.models import Fulfillment, OrderStatus

Units = Mapping[int, int]
NOTHING_TO_SEND = (Fulfillment.CODE, Fulfillment.VOUCHER)
_ENDS = {Rest.SOME: None, Rest.ALL_LEFT: OrderStatus.SHIPPED, Rest.NOTHING: OrderStatus.CANCELED}


def free(around: Scene) -> dict[int, int]:
    """The pieces that are still here, and that nobody has asked the money of, by line."""
    if _by_parcel(around):
        return withdrawals.free(around.planned)
    claimed, left = around.book.claimed, _to_fetch(around)
    return {line: max(pieces - claimed.get(str(line), 0), 0) for line, pieces in left.items()}


def holdable(around: Scene) -> dict[int, int]:
    """Those of :func:`free` that can be kept from leaving."""
    return withdrawals.free(around.planned) if _by_parcel(around) else {}


def untouched(around: Scene) -> bool:
    """Whether no piece has left."""
    if around.order.fulfillment is Fulfillment.CODE:
        return around.order.status is OrderStatus.PROCESSING
    return withdrawals.untouched(around.planned) and not any(each.taken for each in around.entitled)


def used(case: Case) -> bool:
    """Whether some of the pieces that are asked for are worth nothing any more to who gets them back: vouchers that
    were used, codes that were read."""
    if case.order.fulfillment not in NOTHING_TO_SEND:
        return False
    unused = _to_fetch(case)
    return any(pieces > unused.get(line, 0) for line, pieces in case.sale.units.items())


def withdraw(tx: Transaction, case: Case, units: Units, *, held: bool) -> tuple[dict[int, int], OrderStatus | None]:
    """What of *units* has not left never leaves.

    :returns: those pieces, and what the order comes to by that, if anything.
    :raises ShipmentChanged, EntitlementChanged: (at commit) something left since it was read.
    """
    if _by_parcel(case):
        if not case.sale.held:
            return {}, None
        return case.sale.held, _ENDS[withdrawals.withdraw(tx, case.planned, case.sale.held, held=held)]
    came_back = _came_back(case, units)
    for each in case.entitled:
        entitlements.bring_back(tx, each, came_back)
    left = _to_fetch(case)
    unsent = {line: min(pieces - came_back.get(line, 0), left.get(line, 0)) for line, pieces in units.items()}
    gone = case.order.refunded_units
    stays = [
        line.quantity - gone.get(str(number), 0) - units.get(number, 0) for number, line in enumerate(case.order.lines)
    ]
    emptied = not any(stays) and untouched(case) and case.order.status is OrderStatus.PROCESSING
    # Of what was fetched in part, the counter itself finds that nothing is left.
    return unsent, OrderStatus.CANCELED if emptied else None


def _came_back(case: Case, units: Units) -> dict[int, int]:
    """Of the pieces of a return, those that had been fetched."""
    if case.sale.kind is Kind.REFUND_ONLY:
        return {}
    with_buyer = {line.line: line.taken - line.returned for each in case.entitled for line in each.lines}
    return {line: min(pieces, with_buyer.get(line, 0)) for line, pieces in units.items()}


def _by_parcel(around: Scene) -> bool:
    return around.order.fulfillment is Fulfillment.PARCEL


def _to_fetch(around: Scene) -> dict[int, int]:
    """What nobody has fetched, used or been given yet."""
    order, found = around.order, dict[int, int]()
    if order.fulfillment is Fulfillment.CODE:
        if order.status is not OrderStatus.PROCESSING:
            return {}
        return {n: line.quantity - order.refunded_units.get(str(n), 0) for n, line in enumerate(order.lines)}
    void = entitlements.voided(order, around.entitled)
    for each in around.entitled:
        if each.status is EntitlementStatus.OPEN and each.id not in void:
            for line, pieces in entitlements.unfetched(order, each).items():
                found[line] = found.get(line, 0) + pieces
    return found
