"""How staff find shipments. Every question has a key; none scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.stores import service as stores
from chalicelib.mall.stores.errors import NotAnOrigin, StoreNotFound
from chalicelib.trade.fulfillment.shipments import service
from chalicelib.trade.fulfillment.shipments.desk.schemas import ListShipments, MoveShipment
from chalicelib.trade.fulfillment.shipments.errors import ShipmentChanged
from chalicelib.trade.fulfillment.shipments.models import Shipment, origin_status
from chalicelib.trade.fulfillment.shipments.schemas import ShipmentView, ShippingView
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.desk.service import by_number


def find(asked: ListShipments) -> Page[ShipmentView]:
    """One page of shipments of a place, in two round trips (three, if the place is not named).

    Late, or without a question, what is to ship: the most urgent first. Of a status: what waits longest first if it
    is open, else the newest.
    """
    origin = asked.origin_id or service.default_origin()
    if asked.status is None:
        found, cursor = due(origin, asked.limit, asked.cursor, late=asked.late)
    else:
        is_open = asked.status in service.OPEN
        keys, cursor = pages.query(
            Shipment.by_origin,
            origin_status(origin, asked.status),
            limit=asked.limit,
            cursor=asked.cursor,
            newest_first=not is_open,
        )
        found = [each for each in load_all(keys) if each.status is asked.status]
    wanted = [each for each in found if not (asked.unprinted and each.print_count)]
    return Page[ShipmentView](items=[ShipmentView.of(each) for each in wanted], cursor=cursor)


def due(origin: str, limit: int, cursor: str | None, *, late: bool = False) -> tuple[list[Shipment], str | None]:
    """One page of what a place has still to ship, the most urgent first; *late*: what should have left by now."""
    condition = Shipment.ship_by <= clock.now() if late else None
    keys, rest = pages.query(Shipment.by_due, origin, condition, limit=limit, cursor=cursor, newest_first=False)
    return [each for each in load_all(keys) if each.open_origin is not None], rest


def move(number: str, asked: MoveShipment, actor: str) -> ShippingView:
    """Let another place send what is left of a shipment. The same place again: nothing.

    :raises NotToShip, NothingToShip, ShipmentNotFound, ShipmentUnclear, ShipmentChanged:
    :raises StoreNotFound: no such place. :raises NotAnOrigin: it ships no parcels.
    """
    order = by_number(number)
    shipment, _ = service.open_shipment(order, asked.shipment_id)
    place = stores.find(asked.origin_id)
    if place is None:
        raise StoreNotFound()
    if not place.is_origin:
        raise NotAnOrigin()
    if shipment.origin_id != place.id:
        if shipment.version != asked.version:
            raise ShipmentChanged()
        with Transaction() as tx:
            service.move(tx, shipment, place.id)
            orders.note(tx, order, actor, f"改由“{place.name}”发货")
    return service.view(order)


def load_all(keys: Sequence[Any]) -> list[Shipment]:
    """The shipments that an index named, this moment: an index lags."""
    pairs = [(key.order_id, key.id) for key in keys]
    found = batch_get({Shipment: pairs}, consistent=True)[Shipment]
    return [found[pair] for pair in pairs if pair in found]
