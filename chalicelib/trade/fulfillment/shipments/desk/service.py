"""How staff find shipments. Every question has a key; none scans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.core import clock, pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.trade.fulfillment.shipments import service
from chalicelib.trade.fulfillment.shipments.desk.schemas import ListShipments
from chalicelib.trade.fulfillment.shipments.models import Shipment, origin_status
from chalicelib.trade.fulfillment.shipments.schemas import ShipmentView


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
    return Page[ShipmentView](items=[ShipmentView.of(each) for each in found], cursor=cursor)


def due(origin: str, limit: int, cursor: str | None, *, late: bool = False) -> tuple[list[Shipment], str | None]:
    """One page of what a place has still to ship, the most urgent first; *late*: what should have left by now."""
    condition = Shipment.ship_by <= clock.now() if late else None
    keys, rest = pages.query(Shipment.by_due, origin, condition, limit=limit, cursor=cursor, newest_first=False)
    return [each for each in load_all(keys) if each.open_origin is not None], rest


def load_all(keys: Sequence[Any]) -> list[Shipment]:
    """The shipments that an index named, this moment: an index lags."""
    pairs = [(key.order_id, key.id) for key in keys]
    found = batch_get({Shipment: pairs}, consistent=True)[Shipment]
    return [found[pair] for pair in pairs if pair in found]
