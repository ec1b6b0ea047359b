"""Whose a tracking number is, and how a wrong one is mended. See docs/algorithms/delivery.md, "Shipping"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.errors import NoWaybill, ParcelChanged, TooLateToCorrect, WaybillInUse
from chalicelib.trade.fulfillment.shipments.events import WaybillCorrected
from chalicelib.trade.fulfillment.shipments.models import Parcel, ParcelStatus, Waybill, waybill_key
from chalicelib.trade.fulfillment.shipments.waybills.schemas import CorrectWaybill
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.models import Order, OrderStatus

KEEP = timedelta(days=400)
CORRECTABLE = (OrderStatus.PROCESSING, OrderStatus.SHIPPED)


def claim(tx: Transaction, order: Order, waybill: str, *, even_if_used: bool) -> None:
    """The waybill is the order's from now on; if it is another's, and that is allowed, it stays theirs.

    :raises WaybillInUse: (at commit) another order was shipped under it.
    """
    item, expires_at = Waybill(id=waybill), int((clock.now() + KEEP).timestamp())
    if even_if_used:
        first = [
            Waybill.order_id.set(Waybill.order_id | order.id),
            Waybill.order_number.set(Waybill.order_number | order.number),
            Waybill.expires_at.set(expires_at),
        ]
        tx.update(item, first)
        return
    tx.update(
        item,
        [
            Waybill.order_id.set(order.id),
            Waybill.order_number.set(order.number),
            Waybill.expires_at.set(expires_at),
        ],
        only_if=Waybill.order_id.does_not_exist() | (Waybill.order_id == order.id),
        otherwise=_in_use,
    )


def correct(number: str, parcel_id: str, asked: CorrectWaybill, actor: str) -> Parcel:
    """Give a parcel its right waybill. What was known of the wrong one is void. The right one again: nothing.

    :raises NoWaybill, ParcelChanged, TooLateToCorrect, WaybillInUse:
    :raises CarrierUnknown, CarrierOff, TrackingNumberInvalid:
    """
    order = by_number(number)
    parcel = shipments.parcel(order.id, parcel_id)
    if parcel.waybill is None:
        raise NoWaybill()
    courier, right = carriers.checked(asked.carrier, asked.tracking_number)
    waybill = waybill_key(courier.code, right)
    if waybill == parcel.waybill:
        return parcel
    if parcel.version != asked.version:
        raise ParcelChanged()
    if order.status not in CORRECTABLE:
        raise TooLateToCorrect()
    with Transaction() as tx:
        _mend(tx, parcel, courier.code, right)
        orders.require(tx, order, *CORRECTABLE)
        claim(tx, order, waybill, even_if_used=asked.even_if_used)
        _release(tx, order, parcel)
        text = f"改运单：{parcel.carrier} {parcel.tracking_number} → {courier.name} {right}"
        orders.note(tx, order, actor, text)
        tx.emit(
            WaybillCorrected(
                member_id=order.member_id, order_id=order.id, parcel_id=parcel.id, old_waybill=parcel.waybill
            )
        )
    return shipments.parcel(order.id, parcel_id)


def _mend(tx: Transaction, parcel: Parcel, code: str, number: str) -> None:
    # Not by PARCEL_STEPS: what the courier said of the wrong number, "delivered" too, was another parcel's.
    tx.update(
        Parcel(order_id=parcel.order_id, id=parcel.id),
        [
            Parcel.carrier.set(code),
            Parcel.tracking_number.set(number),
            Parcel.waybill.set(waybill_key(code, number)),
            Parcel.corrected_at.set(clock.now()),
            Parcel.version.set(parcel.version + 1),
            Parcel.status.set(ParcelStatus.CREATED),
            *(each.remove() for each in (Parcel.status_at, Parcel.delivered_at, Parcel.last_text)),
            *(each.remove() for each in (Parcel.last_moved_at, Parcel.trouble, Parcel.trouble_at)),
        ],
        only_if=Parcel.version == parcel.version,
        otherwise=ParcelChanged(),
    )


def _release(tx: Transaction, order: Order, parcel: Parcel) -> None:
    """The wrong number is free again, unless it is another order's, or another parcel of this one has it."""
    old = str(parcel.waybill)
    held = Waybill.find(old, consistent=True)
    shared = any(each.waybill == old and each.id != parcel.id for each in shipments.parcels_of(order.id))
    if held is not None and held.order_id == order.id and not shared:
        tx.delete(Waybill(id=old), only_if=Waybill.order_id == order.id, otherwise=ParcelChanged())


def _in_use(old: Mapping[str, Any] | None) -> DomainError:
    return WaybillInUse(order_number=(old or {}).get("order_number", {}).get("S", ""))
