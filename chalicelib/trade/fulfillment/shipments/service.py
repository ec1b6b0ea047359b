"""Shipments: planned when an order is ready, canceled with it. See docs/algorithms/delivery.md, "Planning"."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Protocol

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, states
from chalicelib.core.plugs import PlugMap
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.stores import service as stores
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.errors import (
    NothingToShip,
    NotToShip,
    ParcelNotFound,
    ShipmentChanged,
    ShipmentNotFound,
    ShipmentUnclear,
)
from chalicelib.trade.fulfillment.shipments.models import (
    SHIPMENT_STEPS,
    Parcel,
    Shipment,
    ShipmentLine,
    ShipmentStatus,
    origin_status,
)
from chalicelib.trade.fulfillment.shipments.schemas import (
    DeskParcelView,
    ParcelsView,
    ParcelView,
    ShipmentView,
    ShippedLineView,
    ShippingView,
)
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus

log = logging.getLogger(__name__)

OPEN = (ShipmentStatus.PLANNED, ShipmentStatus.PARTLY_SHIPPED)
_OF_LINE = {"product_id", "sku_id", "name", "spec", "quantity"}


class Fulfiller(Protocol):
    """Who fulfills orders of one way."""

    def begin(self, tx: Transaction, order: Order) -> None:
        """The order is ready. Nothing, if it is not (any more)."""

    def cancel(self, tx: Transaction, order: Order) -> None:
        """The order was canceled after it was paid: what has not been handed over stays."""


fulfillers: PlugMap[Fulfiller] = PlugMap("fulfillers")
"""By the order's ``fulfillment``; ``chalicelib/extensions.py`` fills the map."""


class Shipping:
    """Orders that go by parcel."""

    def begin(self, tx: Transaction, order: Order) -> None:
        plan(tx, order)

    def cancel(self, tx: Transaction, order: Order) -> None:
        for shipment in of_order(order.id):
            if shipment.status in OPEN:
                cancel(tx, shipment)


def origin_of(order: Order) -> str:
    """The store or warehouse that sends the order. One for all, until places have stocks of their own."""
    return default_origin()


def default_origin() -> str:
    """The place that staff mean who name none."""
    return stores.default_origin()


def of_order(order_id: str) -> list[Shipment]:
    """The shipments of an order, this moment: one for each origin."""
    return list(Shipment.query(order_id, consistent_read=True))


def parcels_of(order_id: str) -> list[Parcel]:
    """The parcels of an order, this moment, in the order in which they left."""
    found = list(Parcel.query(order_id, consistent_read=True))
    return sorted(found, key=lambda parcel: (parcel.shipped_at, parcel.id))


def parcel(order_id: str, parcel_id: str) -> Parcel:
    """The parcel, this moment. :raises ParcelNotFound: the order has no such parcel."""
    found = Parcel.find(order_id, parcel_id, consistent=True)
    if found is None:
        raise ParcelNotFound()
    return found


def open_shipment(order: Order, shipment_id: str | None = None) -> tuple[Shipment, list[Shipment]]:
    """The shipment to ship from (of several, the one named), and the others of the order.

    :raises NotToShip: the order is not being processed. :raises ShipmentNotFound, ShipmentUnclear, NothingToShip:
    """
    if order.status is not OrderStatus.PROCESSING:
        raise NotToShip(order_status=order.status.value)
    known = of_order(order.id)
    if shipment_id is not None:
        found = [each for each in known if each.id == shipment_id]
        if not found:
            raise ShipmentNotFound()
    else:
        found = [each for each in known if each.status in OPEN]
        if len(found) > 1:
            raise ShipmentUnclear()
    if not found or found[0].status not in OPEN:
        raise NothingToShip()
    return found[0], [each for each in known if each.id != found[0].id]


def plan(tx: Transaction, order: Order) -> None:
    """Plan one shipment of the whole order; it is then being processed. Nothing, if it is not ready (any more).

    :raises OrderChanged: (at commit) it changed since it was read: read it again.
    """
    if order.status is not OrderStatus.PAID or order.holds:
        log.info("nothing to plan", extra={"order_id": order.id, "status": order.status.value, "holds": order.holds})
        return
    origin, now = origin_of(order), clock.now()
    orders.begin_processing(tx, order)
    tx.put(
        Shipment(
            order_id=order.id,
            id=ids.new("shp"),
            member_id=order.member_id,
            order_number=order.number,
            origin_id=origin,
            status=ShipmentStatus.PLANNED,
            origin_status=origin_status(origin, ShipmentStatus.PLANNED),
            open_origin=origin,
            lines=[
                ShipmentLine(line=position, **line.model_dump(include=_OF_LINE))
                for position, line in enumerate(order.lines)
            ],
            planned_at=now,
            ship_by=_ship_by(order, order.paid_at or now),
        )
    )


def _ship_by(order: Order, paid_at: datetime) -> datetime:
    """The mall's own deadline, or what the order was promised, if that is later."""
    usual = paid_at + timedelta(hours=settings().ship_within_hours)
    return max(usual, order.ship_by) if order.ship_by is not None else usual


def cancel(tx: Transaction, shipment: Shipment) -> None:
    """What is left of the shipment stays. :raises ShipmentChanged: (at commit) it changed since it was read."""
    step(tx, shipment, ShipmentStatus.CANCELED)


def step(tx: Transaction, shipment: Shipment, to: ShipmentStatus, *actions: Action) -> None:
    """Add the shipment's step *to* to *tx*: the shipment must be as it was read.

    :raises ShipmentChanged: (at commit)
    """
    still_open = Shipment.open_origin.set(shipment.origin_id) if to in OPEN else Shipment.open_origin.remove()
    states.move(
        tx,
        Shipment(order_id=shipment.order_id, id=shipment.id),
        Shipment.status,
        SHIPMENT_STEPS,
        to,
        Shipment.origin_status.set(origin_status(shipment.origin_id, to)),
        Shipment.version.set(shipment.version + 1),
        still_open,
        *actions,
        also=Shipment.version == shipment.version,
        otherwise=ShipmentChanged(),
    )


def move(tx: Transaction, shipment: Shipment, origin_id: str) -> None:
    """Another place sends what is left of an open shipment. :raises ShipmentChanged: (at commit)"""
    tx.update(
        Shipment(order_id=shipment.order_id, id=shipment.id),
        [
            Shipment.origin_id.set(origin_id),
            Shipment.origin_status.set(origin_status(origin_id, shipment.status)),
            Shipment.open_origin.set(origin_id),
            Shipment.version.set(shipment.version + 1),
        ],
        only_if=(Shipment.version == shipment.version) & Shipment.status.is_in(*OPEN),
        otherwise=ShipmentChanged(),
    )


def mine(member_id: str, order_id: str) -> ParcelsView:
    """The parcels of the member's order. :raises OrderNotFound: it is not theirs, or does not exist."""
    order = orders.load(member_id, order_id)
    shipped = {line.line: line.shipped_quantity for each in of_order(order.id) for line in each.lines}
    known = carriers.all_carriers()
    return ParcelsView(
        lines=[
            ShippedLineView(
                line=position,
                sku_id=line.sku_id,
                quantity=line.quantity,
                shipped_quantity=shipped.get(position, 0),
            )
            for position, line in enumerate(order.lines)
        ],
        parcels=[ParcelView.of(each, known) for each in parcels_of(order.id)],
    )


def view(order: Order) -> ShippingView:
    """What is planned and what has left of an order, for staff."""
    known = carriers.all_carriers()
    return ShippingView(
        order_number=order.number,
        order_version=order.version,
        shipments=[ShipmentView.of(each) for each in of_order(order.id)],
        parcels=[DeskParcelView.of(each, known) for each in parcels_of(order.id)],
    )
