"""Handing over what a code is good for. Algorithm: docs/algorithms/pickup.md, "Verifying"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.core import clock, ids
from chalicelib.core.once import Once
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.counters import service as counters
from chalicelib.trade.fulfillment.entitlements.errors import (
    EntitlementCanceled,
    EntitlementExpired,
    EntitlementNotFound,
    EntitlementNotYet,
    EntitlementUsed,
    MoreThanLeft,
)
from chalicelib.trade.fulfillment.entitlements.events import EntitlementVerified
from chalicelib.trade.fulfillment.entitlements.models import (
    Entitlement,
    EntitlementStatus,
    TakenLine,
    Verification,
    store_day,
)
from chalicelib.trade.fulfillment.entitlements.schemas import DeskEntitlementView, VerificationView
from chalicelib.trade.fulfillment.entitlements.verifying.schemas import LookUp, TakePieces, VerifiedView, Verify
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus


def look_up(staff: Staff, asked: LookUp) -> DeskEntitlementView:
    """What a code is good for. Writes nothing.

    :raises EntitlementNotFound: nobody has it. :raises WrongStore: it is fetched where *staff* do not work.
    """
    found = service.by_code(asked.verification_code)
    counters.require_served(staff, found)
    return DeskEntitlementView.of(found, orders.load(found.member_id, found.order_id, consistent=True))


def verify(staff: Staff, asked: Verify, key: str) -> VerifiedView:
    """Hand over all that is left (of a voucher: one time), or the pieces named, once per *key*.

    :raises EntitlementNotFound, WrongStore: as of :func:`look_up`.
    :raises StoreUnclear: say in which store.
    :raises EntitlementUsed, EntitlementNotYet, EntitlementExpired, EntitlementCanceled, MoreThanLeft: refused.
    :raises EntitlementChanged, OrderChanged: somebody was faster; look again.
    """
    once = Once(staff.staff_id, "verify", key, asked)

    def hand_over() -> str:
        found = service.by_code(asked.verification_code)
        store_id = counters.store_for(staff, found, asked.store_id)
        order = orders.load(found.member_id, found.order_id, consistent=True)
        left = _require_good(order, found)
        made = _verification(staff, order, found, store_id, _chosen(found, left, asked.lines))
        name = f"{made.entitlement_id}/{made.id}"
        with once.writing(name) as tx:
            _hand_over(tx, order, found, left, made)
        return name

    return _seen(*once.carry_out(hand_over).split("/"))


def _require_good(order: Order, found: Entitlement) -> dict[int, int]:
    """What is left of an entitlement that is good at this moment."""
    if found.status is EntitlementStatus.USED:
        raise EntitlementUsed(closed_at=found.closed_at)
    if found.status is EntitlementStatus.CANCELED or order.status is not OrderStatus.PROCESSING:
        raise EntitlementCanceled()
    if found.status is EntitlementStatus.EXPIRED or clock.now() >= found.expires_at:
        raise EntitlementExpired()
    if found.valid_from is not None and clock.now() < found.valid_from:
        raise EntitlementNotYet(valid_from=found.valid_from)
    left = service.left_of(order, found)
    if not left or (order.refunded_units and found.id in service.voided(order, service.of_order(order.id))):
        raise EntitlementCanceled()
    return left


def _chosen(found: Entitlement, left: Mapping[int, int], wanted: Sequence[TakePieces] | None) -> list[TakenLine]:
    once = found.kind is Fulfillment.VOUCHER
    usual = {line: 1 if once else pieces for line, pieces in left.items()}
    chosen = usual if wanted is None else {each.line: each.quantity for each in wanted}
    for line, quantity in chosen.items():
        if quantity > left.get(line, 0):
            raise MoreThanLeft(line=line, left=left.get(line, 0))
    return [
        TakenLine(line=each.line, name=each.name, spec=each.spec, quantity=chosen[each.line])
        for each in found.lines
        if each.line in chosen
    ]


def worth(order: Order, found: Entitlement, taken: Sequence[TakenLine]) -> int:
    """What these pieces cost their buyer, fen: of a line the share of the pieces so far, less that of those before, so
    that parts sum to the whole. A voucher is a piece; a time of it is a part of that.
    """
    amount = 0
    now = {each.line: each.quantity for each in taken}
    for each in found.lines:
        line = order.lines[each.line]
        whole = line.payable_amount // line.quantity if found.kind is Fulfillment.VOUCHER else line.payable_amount
        before, after = each.taken, each.taken + now.get(each.line, 0)
        amount += whole * after // each.quantity - whole * before // each.quantity
    return amount


def _verification(
    staff: Staff, order: Order, found: Entitlement, store_id: str, lines: list[TakenLine]
) -> Verification:
    return Verification(
        entitlement_id=found.id,
        id=ids.new("vrf"),
        order_id=found.order_id,
        order_number=found.order_number,
        member_id=found.member_id,
        kind=found.kind,
        store_id=store_id,
        store_day=store_day(store_id, clock.today().isoformat()),
        staff_id=staff.staff_id,
        staff_name=staff.name,
        amount=worth(order, found, lines),
        lines=lines,
        at=clock.now(),
    )


def _hand_over(tx: Transaction, order: Order, found: Entitlement, left: Mapping[int, int], made: Verification) -> None:
    """Add to *tx* all that handing over means.

    :raises EntitlementChanged, OrderChanged: (at commit)
    """
    given = {line.line: line.quantity for line in made.lines}
    lines = [line.model_copy(update={"taken": line.taken + given.get(line.line, 0)}) for line in found.lines]
    done = given == left
    to = EntitlementStatus.USED if done else EntitlementStatus.OPEN
    service.step(tx, found, to, Entitlement.lines.set(lines))
    tx.put(made)
    if done and found.kind is Fulfillment.PICKUP:
        orders.ship(tx, order, complete_by=made.at, refunds_as_read=True)
    else:
        orders.require(tx, order, OrderStatus.PROCESSING, refunds_as_read=True)
    pieces = sum(given.values())
    what = f"自提核销 {pieces} 件" if found.kind is Fulfillment.PICKUP else f"券核销 {pieces} 次"
    orders.note(tx, order, made.staff_name, f"{what}（{counters.name_of(found, made.store_id)}）")
    tx.emit(EntitlementVerified(**service.names(found), verification_id=made.id, pieces=pieces))


def _seen(entitlement_id: str, verification_id: str) -> VerifiedView:
    made = Verification.find(entitlement_id, verification_id, consistent=True)
    if made is None:
        raise EntitlementNotFound()
    found = service.load(made.order_id, entitlement_id)
    order = orders.load(made.member_id, made.order_id, consistent=True)
    return VerifiedView(verification=VerificationView.of(made), entitlement=DeskEntitlementView.of(found, order))
