"""Parcels leave. Algorithm: docs/algorithms/delivery.md, "Shipping"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.core import clock, ids, states
from chalicelib.core.once import Once
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.errors import (
    NothingToShip,
    ParcelChanged,
    ParcelExists,
    ShipmentChanged,
    SkuNotInShipment,
    TooManyPieces,
    WithCourier,
)
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered, ParcelShipped
from chalicelib.trade.fulfillment.shipments.handover.schemas import Handover, Pieces, ShipOrder
from chalicelib.trade.fulfillment.shipments.models import (
    PARCEL_STEPS,
    Delivery,
    Parcel,
    ParcelLine,
    ParcelStatus,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    waybill_key,
)
from chalicelib.trade.fulfillment.shipments.waybills import service as waybills
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.models import Order, OrderStatus


@dataclass(frozen=True)
class Leaving:
    """A parcel that is about to leave, with all that was read to decide it."""

    order: Order
    shipment: Shipment
    others: Sequence[Shipment]
    """The other shipments of the order."""
    parcel_id: str
    how: Handover
    actor: str
    as_read: bool = False
    """Only if the order's version is still the one of ``order``."""


def ship(number: str, asked: ShipOrder, key: str, staff: Staff) -> Parcel:
    """Ship all that is left of a shipment, or a part, in one parcel; once per *key*.

    :raises NotToShip, NothingToShip, ShipmentChanged, OrderChanged, WaybillInUse...: refused, nothing was written.
    """
    order = by_number(number)
    once = Once(staff.staff_id, f"ship/{number}", key, asked)

    def send() -> str:
        parcel_id = ids.new("pcl")
        leaving = _leaving(order, asked, parcel_id, staff.name)
        with once.writing(parcel_id) as tx:
            hand_over(tx, leaving)
        return parcel_id

    return shipments.parcel(order.id, once.carry_out(send))


def hand_over(tx: Transaction, leaving: Leaving) -> None:
    """Add to *tx* all that a parcel's leaving means.

    :raises ShipmentChanged, OrderChanged, WaybillInUse, ParcelExists: (at commit)
    """
    order, shipment = leaving.order, leaving.shipment
    parcel = _parcel(leaving)
    lines = _lessened(shipment.lines, parcel.lines)
    done = all(line.left == 0 for line in lines)
    actions = [Shipment.lines.set(lines), Shipment.parcel_count.set(shipment.parcel_count + 1)]
    if done:
        actions.append(Shipment.shipped_at.set(parcel.shipped_at))
    shipments.step(tx, shipment, ShipmentStatus.SHIPPED if done else ShipmentStatus.PARTLY_SHIPPED, *actions)
    _move_order(tx, leaving, done)
    if parcel.waybill is not None:
        waybills.claim(tx, order, parcel.waybill, even_if_used=leaving.how.even_if_used)
    tx.put(parcel, only_if=Parcel.id.does_not_exist(), otherwise=ParcelExists())
    orders.note(tx, order, leaving.actor, _text(parcel))
    named = {"member_id": order.member_id, "order_id": order.id, "parcel_id": parcel.id}
    tx.emit(ParcelShipped(**named))
    if parcel.status is ParcelStatus.DELIVERED:
        tx.emit(ParcelDelivered(**named))


def deliver(number: str, parcel_id: str, actor: str) -> Parcel:
    """A parcel that went without a courier is with the buyer. Said twice: nothing.

    :raises WithCourier: its courier says so, not staff. :raises ParcelNotFound:
    """
    order = by_number(number)
    parcel = shipments.parcel(order.id, parcel_id)
    if parcel.delivery is Delivery.EXPRESS:
        raise WithCourier()
    if parcel.status is ParcelStatus.DELIVERED:
        return parcel
    now = clock.now()
    with Transaction() as tx:
        states.move(
            tx,
            Parcel(order_id=order.id, id=parcel.id),
            Parcel.status,
            PARCEL_STEPS,
            ParcelStatus.DELIVERED,
            Parcel.status_at.set(now),
            Parcel.delivered_at.set(now),
            otherwise=ParcelChanged(),
        )
        orders.note(tx, order, actor, "已送达")
        tx.emit(ParcelDelivered(member_id=order.member_id, order_id=order.id, parcel_id=parcel.id))
    return shipments.parcel(order.id, parcel_id)


def _leaving(order: Order, asked: ShipOrder, parcel_id: str, actor: str) -> Leaving:
    shipment, others = shipments.open_shipment(order, asked.shipment_id)
    if asked.version is not None and asked.version != shipment.version:
        raise ShipmentChanged()
    if asked.order_version is not None and asked.order_version != order.version:
        raise OrderChanged()
    return Leaving(order, shipment, others, parcel_id, asked, actor, as_read=asked.order_version is not None)


def _parcel(leaving: Leaving) -> Parcel:
    shipment, how, now = leaving.shipment, leaving.how, clock.now()
    carrier = number = waybill = None
    if how.delivery is Delivery.EXPRESS:
        courier, number = carriers.checked(str(how.carrier), str(how.tracking_number))
        carrier, waybill = courier.code, waybill_key(courier.code, number)
    at_once = how.delivery is Delivery.VIRTUAL
    return Parcel(
        order_id=shipment.order_id,
        id=leaving.parcel_id,
        shipment_id=shipment.id,
        member_id=shipment.member_id,
        order_number=shipment.order_number,
        delivery=how.delivery,
        carrier=carrier,
        tracking_number=number,
        waybill=waybill,
        lines=_packed(shipment.lines, how.lines),
        shipped_at=now,
        status=ParcelStatus.DELIVERED if at_once else ParcelStatus.CREATED,
        status_at=now if at_once else None,
        delivered_at=now if at_once else None,
    )


def _packed(lines: Sequence[ShipmentLine], wanted: Sequence[Pieces] | None) -> list[ParcelLine]:
    """Which pieces go, line by line: those named, or all that may leave.

    :raises SkuNotInShipment, TooManyPieces: :raises NothingToShip: the buyer asks for the money of all that is left.
    """
    if wanted is None:
        if not any(line.free for line in lines):
            raise NothingToShip()
        return [_of(line, line.free) for line in lines if line.free]
    packed = []
    for pieces in wanted:
        alike = [line for line in lines if line.sku_id == pieces.sku_id]
        if not alike:
            raise SkuNotInShipment(sku_id=pieces.sku_id)
        rest = pieces.quantity
        for line in alike:
            if taken := min(line.free, rest):
                packed.append(_of(line, taken))
                rest -= taken
        if rest:
            raise TooManyPieces(sku_id=pieces.sku_id, left=pieces.quantity - rest)
    return packed


def _of(line: ShipmentLine, quantity: int) -> ParcelLine:
    return ParcelLine(line=line.line, sku_id=line.sku_id, name=line.name, quantity=quantity)


def _lessened(lines: Sequence[ShipmentLine], packed: Sequence[ParcelLine]) -> list[ShipmentLine]:
    gone = {each.line: each.quantity for each in packed}
    return [
        line.model_copy(update={"shipped_quantity": line.shipped_quantity + gone.get(line.line, 0)}) for line in lines
    ]


def _move_order(tx: Transaction, leaving: Leaving, done: bool) -> None:
    """The order is shipped with the last piece of the last shipment; before that it must be in processing."""
    order, waiting = leaving.order, [each for each in leaving.others if each.status in shipments.OPEN]
    if done:
        # Two last pieces of two shipments at once: one of them is told to look again, and then ships the order.
        for other in waiting:
            tx.check(
                Shipment(order_id=other.order_id, id=other.id),
                only_if=Shipment.version == other.version,
                otherwise=ShipmentChanged(),
            )
    if done and not waiting:
        complete_by = clock.now() + timedelta(days=settings().auto_complete_days)
        orders.ship(tx, order, complete_by=complete_by, as_read=leaving.as_read)
    else:
        orders.require(tx, order, OrderStatus.PROCESSING, as_read=leaving.as_read)


def _text(parcel: Parcel) -> str:
    pieces = sum(line.quantity for line in parcel.lines)
    if parcel.delivery is Delivery.EXPRESS:
        return f"发货 {pieces} 件：{parcel.carrier} {parcel.tracking_number}"
    return f"发货 {pieces} 件：{'同城配送' if parcel.delivery is Delivery.SAME_CITY else '虚拟发货'}"
