"""How an order is found by a tracking number: a finder of the order desk (orders/desk/searching/leads)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chalicelib.core.tables import batch_get
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments.models import Parcel, Purpose, waybill_key
from chalicelib.trade.orders.models import Order

_NUMBER = re.compile(r"[0-9A-Z\-]{6,64}")


class ByTrackingNumber:
    """By the number alone: every courier whose form it has is asked for, those switched off too."""

    def fits(self, text: str) -> bool:
        return any(True for _ in _waybills(text))

    def find(self, text: str) -> list[tuple[str, str]]:
        """The orders of the parcels that have it; of an after-sale's parcel, the order of the after-sale."""
        keys = [(key.order_id, key.id) for each in _waybills(text) for key in Parcel.by_waybill.query(each)]
        parcels = batch_get({Parcel: keys})[Parcel] if keys else {}
        return [key for key in map(_order_of, parcels.values()) if key is not None]


def _waybills(text: str) -> Iterator[str]:
    number = carriers.plain(text)
    if _NUMBER.fullmatch(number):  # a name needs no list of couriers
        for code, each in carriers.all_carriers().items():
            if each.accepts(number):
                yield waybill_key(code, number)


def _order_of(parcel: Parcel) -> tuple[str, str] | None:
    if parcel.purpose is Purpose.ORDER:
        return parcel.member_id, parcel.order_id
    found = (each.id for each in Order.by_number.query(parcel.order_number, limit=1))
    order_id = next(found, None)
    return (parcel.member_id, order_id) if order_id is not None else None
